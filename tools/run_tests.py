"""Everything that proves the product, in the order that fails soonest.

As root on Debian it installs what the tests need (Chromium, PostgreSQL, Java). Otherwise it says
what was left out, and how to add it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
NEEDS = {
    "chromium": ["chromium"],
    "postgresql": ["postgresql", "postgresql-contrib"],
    "java": ["default-jre-headless"],
}


def main() -> int:
    missing = [] if "--lint" in sys.argv else install_missing()
    for title, command in checks():
        if code := run(title, command):
            return code
    if "--lint" in sys.argv:
        return 0
    leave_out = []
    if "chromium" in missing:
        leave_out.append("not browser")
    if "java" in missing:
        leave_out.append("not spark")
    marks = ["-m", " and ".join(leave_out)] if leave_out else []
    if code := run(
        "Tests on SQLite", [BIN / "python", "-m", "pytest", "-n", "2", "--dist", "loadfile", *marks]
    ):
        return code
    if "postgresql" not in missing:
        with (
            tempfile.TemporaryDirectory(prefix="entregent-postgres-") as folder,
            postgres(Path(folder)) as url,
        ):
            environment = {**os.environ, "DATABASE_URL": url}
            command = [BIN / "python", "-m", "pytest", "-n", "2", "--dist", "loadfile", "tests/web"]
            if code := run("Tests on PostgreSQL", command, environment):
                return code
    if missing:
        say(
            "Left out: "
            + ", ".join(missing)
            + ". To run them too, run `make test` as root on Debian, or install:"
        )
        say("  apt-get install " + " ".join(package for name in missing for package in NEEDS[name]))
    return 0


def checks() -> list[tuple[str, list[object]]]:
    return [
        ("Formatting", [BIN / "ruff", "format", "--check", "--quiet", "src", "tests", "tools"]),
        ("Lint", [BIN / "ruff", "check", "--quiet", "src", "tests", "tools"]),
        ("Import contracts", [BIN / "lint-imports", "--no-logo"]),
        ("Templates", [BIN / "djlint", "--quiet", "--lint", "src/entregent/web"]),
        ("Types", [BIN / "mypy"]),
        (
            "Migrations",
            [
                BIN / "python",
                "-m",
                "django",
                "makemigrations",
                "--check",
                "--dry-run",
                "--settings",
                "entregent.web.settings",
            ],
        ),
    ]


def found() -> dict[str, bool]:
    return {
        "chromium": shutil.which("chromium") is not None,
        "postgresql": postgres_programs() is not None,
        "java": shutil.which("java") is not None,
    }


def install_missing() -> list[str]:
    missing = [name for name, there in found().items() if not there]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [package for name in missing for package in NEEDS[name]]
        say(f"Installing {', '.join(packages)}…")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(
            ["apt-get", "update", "-qq"], check=True, env=environment, stdout=subprocess.DEVNULL
        )
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", *packages],
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        missing = [name for name, there in found().items() if not there]
    return missing


def postgres_programs() -> Path | None:
    """The folder of initdb and pg_ctl."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in [*versions, *(Path(place) for place in os.environ["PATH"].split(":"))]:
        # A mere link may lead to an installation without its share folder: ask the program itself.
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


class postgres:  # noqa: N801  a context manager, named as it is used
    """A PostgreSQL of the tests' own, on a socket in a folder of theirs; gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = postgres_programs()
        # The server refuses to run as root.
        self.user = (
            ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            if os.geteuid() == 0
            else []
        )

    def __enter__(self) -> str:
        if self.user:
            shutil.chown(self.folder, "nobody", "nogroup")
        self.call(
            "initdb",
            "--pgdata",
            f"{self.folder}/data",
            "--username",
            "entregent",
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
        )
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        self.call(
            "pg_ctl",
            "--pgdata",
            f"{self.folder}/data",
            "--wait",
            "--log",
            f"{self.folder}/log",
            "--options",
            options,
            "start",
        )
        return f"postgres://entregent@{str(self.folder).replace('/', '%2F')}/postgres"

    def __exit__(self, *_: object) -> None:
        self.call(
            "pg_ctl", "--pgdata", f"{self.folder}/data", "--mode", "immediate", "--wait", "stop"
        )

    def call(self, program: str, *args: str) -> None:
        subprocess.run(
            [*self.user, f"{self.programs}/{program}", *args],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )


def run(title: str, command: list[object], environment: dict[str, str] | None = None) -> int:
    say(f"— {title}")
    # The tests' own settings: a variable of the caller's would come before them.
    inherited = {
        name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"
    }
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**inherited, **(environment or {})},
        check=False,
    ).returncode


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
