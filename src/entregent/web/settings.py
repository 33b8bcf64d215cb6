"""Settings, each with a safe default for one's own machine; production sets the environment.

ENTREGENT_HOME         folder for database, snapshot, uploads and keys (default: ./var)
DATABASE_URL           default: SQLite in ENTREGENT_HOME; postgres://… in production
ENTREGENT_SECRET_KEY   default: made once and kept in ENTREGENT_HOME
ENTREGENT_HOSTS        host names served, separated by commas (default: this machine only)
ENTREGENT_HTTPS        1 behind TLS: secure cookies, HSTS
ENTREGENT_DEBUG        1 while developing
ENTREGENT_SIGNUP       1 lets anyone who reaches the page make an account (default: closed)
ENTREGENT_EMAIL_URL    smtp://user:password@host:port (default: mails are printed)
ENTREGENT_WORKERS_NOW  1 runs jobs within the request, for tests and tiny installations
ENTREGENT_MODEL_KEY    key of a language model, where one is allowed (or any name beginning so)
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

WEB = Path(__file__).resolve().parent
HOME = Path(os.environ.get("ENTREGENT_HOME", "var")).resolve()
HOME.mkdir(parents=True, exist_ok=True)


def _switched_on(name: str) -> bool:
    return os.environ.get(name, "") in {"1", "true", "yes", "on"}


def _secret_key() -> str:
    if given := os.environ.get("ENTREGENT_SECRET_KEY"):
        return given
    kept = HOME / "secret_key"
    if not kept.exists():
        # Exclusive creation: two processes starting together must not each keep their own.
        try:
            with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as key:
                key.write(get_random_secret_key())
        except FileExistsError:
            pass
    return kept.read_text()


DEBUG = _switched_on("ENTREGENT_DEBUG")
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("ENTREGENT_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
HTTPS = _switched_on("ENTREGENT_HTTPS")

INSTALLED_APPS = [
    "entregent.web.shared",
    "entregent.web.accounts",
    "entregent.web.workspace",
    "entregent.web.audit",
    "entregent.web.evidence",
    "entregent.web.sources",
    "entregent.web.board",
    "entregent.web.customers",
    "entregent.web.verbatims",
    "entregent.web.themes",
    "entregent.web.decisions",
    "entregent.web.relationships",
    "entregent.web.playbooks",
    "entregent.web.plans",
    "entregent.web.coding",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "django_htmx",
    "csp",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "entregent.web.accounts.middleware.PreferredLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "entregent.web.relationships.middleware.OneCatalogue",
    # Last, so that every page needs signing in unless its view says otherwise.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]

ROOT_URLCONF = "entregent.web.urls"
WSGI_APPLICATION = "entregent.web.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "entregent.web.shared.navigation.navigation",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "entregent.web.shared.templatetags.figures",
                "entregent.web.shared.templatetags.pages",
            ],
        },
    }
]

DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{HOME / 'entregent.sqlite3'}",
        conn_max_age=600,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Take the write lock when a transaction begins: waiting there beats failing in the middle.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
            "PRAGMA mmap_size=1073741824; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON"
        ),
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "entregent.web.accounts.sign_up.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
# Addresses are given by an administrator: a second factor does not wait for a mail to be answered.
MFA_ALLOW_UNVERIFIED_EMAIL = True
SIGN_UP_OPEN = _switched_on("ENTREGENT_SIGNUP")

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("Français")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": HOME / "files", "base_url": None, "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "entregent.web.shared.storage.StaticFiles"},
}
# Until they are collected, static files are served from the packages themselves.
WHITENOISE_USE_FINDERS = True
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
SNAPSHOT_FOLDER = HOME / "snapshot"
# Coders of customers' words that the firm trained itself, one folder each.
CODERS_FOLDER = HOME / "coders"
# Keys of language models stand in variables whose name begins so: no other secret can be sent to a server.
MODEL_KEYS = "ENTREGENT_MODEL_KEY"
# Vectors of customers' words, to find what resembles a text.
VECTORS_FOLDER = HOME / "vectors"
# What customers say is coded as it comes.
CODES_WORDS = True
# Relationships are inferred anew whenever the snapshot has moved on.
RECKONS_RELATIONSHIPS = True

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": HOME / "cache",
        "OPTIONS": {"MAX_ENTRIES": 2000},
    }
}

TASKS = {
    "default": {
        "BACKEND": "django_tasks.backends.immediate.ImmediateBackend"
        if _switched_on("ENTREGENT_WORKERS_NOW")
        else "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default"],
    }
}

if smtp := os.environ.get("ENTREGENT_EMAIL_URL"):
    _server = urlsplit(smtp)
    EMAIL_HOST = _server.hostname or "localhost"
    EMAIL_PORT = _server.port or 25
    EMAIL_HOST_USER = unquote(_server.username or "")
    EMAIL_HOST_PASSWORD = unquote(_server.password or "")
    EMAIL_USE_TLS = _server.scheme == "smtps"
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("ENTREGENT_FROM", "entregent@localhost")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"entregent": {"level": "INFO"}},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
