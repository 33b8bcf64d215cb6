"""The product's settings on a home of the tests' own, jobs within the request."""

import os
import tempfile

# One home for each process of tests: what one remembers is not for another.
if "PYTEST_XDIST_WORKER" in os.environ or "ENTREGENT_HOME" not in os.environ:
    os.environ["ENTREGENT_HOME"] = tempfile.mkdtemp(prefix="entregent-tests-")
os.environ["ENTREGENT_WORKERS_NOW"] = "1"

from entregent.web.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":  # noqa: F405
    # A file, since the snapshot reads the store by a connection of its own.
    DATABASES["default"]["TEST"] = {"NAME": HOME / "tests.sqlite3"}  # noqa: F405

# Seconds for each import of a test; the room that infers relationships asks for it itself.
RECKONS_RELATIONSHIPS = False
# A coder to open for each test that stores a message; the tests of coded words ask for it themselves.
CODES_WORDS = False
