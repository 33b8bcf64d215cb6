"""The commands that keep the workbench: import, serve, demo, people, snapshot."""

import os
import secrets
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

DEMO_PEOPLE = (
    ("camille.adviser", "Camille Aubry", "adviser"),
    ("marc.manager", "Marc Vasseur", "manager"),
    ("anais.analyst", "Anaïs Roche", "analyst"),
    ("odile.officer", "Odile Blanc", "officer"),
    ("ada.admin", "Ada Lenoir", "administrator"),
)


def register(app: typer.Typer) -> None:
    app.command("import")(import_file)
    app.command()(serve)
    app.command()(demo)
    app.command()(upgrade)
    app.command("add-person")(add_person)
    app.command("refresh")(refresh)


def import_file(
    file: Annotated[Path, typer.Argument(help="the export to read")],
    source: Annotated[str, typer.Option(help="the name of where it comes from")],
    mapping: Annotated[
        Path | None, typer.Option(help="a JSON file that says what the columns mean")
    ] = None,
    choices: Annotated[
        str, typer.Option(help="JSON: encoding, delimiter, sheet, day_first…")
    ] = "{}",
    later: Annotated[
        bool, typer.Option("--later", help="leave search, lists and snapshot for later")
    ] = False,
) -> None:
    """Import a file into the workbench, with the account of every row."""
    _ready()
    _manage("import_file", str(file), source=source, mapping=mapping, choices=choices, later=later)


def upgrade() -> None:
    """Make or upgrade the database; figures measured by the version before are measured anew."""
    _manage("migrate", verbosity=0)
    from django.core.cache import cache

    cache.clear()


def refresh(
    rebuild: Annotated[
        bool, typer.Option(help="drop search index, lists and snapshot first")
    ] = False,
) -> None:
    """Bring search, lists and snapshot up to date with the evidence."""
    _ready()
    from entregent.web.evidence import refresh as derived

    if rebuild:
        derived.rebuild_everything()
    else:
        derived.refresh_everything()


def add_person(
    email: str,
    role: Annotated[
        str, typer.Option(help="adviser, manager, analyst, officer or administrator")
    ] = "administrator",
    name: str = "",
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)
    ] = "",
) -> None:
    """Give a colleague an account."""
    _ready()
    from django.core.exceptions import ValidationError

    from entregent.web.accounts.actions import add_person as add
    from entregent.web.accounts.forms import NewPersonForm

    form = NewPersonForm(
        {
            "email": email,
            "name": name,
            "role": role,
            "password": password,
            "is_active": "on",
            "language": "",
        }
    )
    if not form.is_valid():
        raise typer.BadParameter(
            "; ".join(
                f"{field}: {' '.join(map(str, errors))}" for field, errors in form.errors.items()
            )
        )
    try:
        add(**form.cleaned_data)
    except ValidationError as problem:
        raise typer.BadParameter(str(problem)) from problem


def serve(
    bind: Annotated[str, typer.Option(help="address and port to listen on")] = "127.0.0.1:8000",
    workers: Annotated[int, typer.Option(help="web processes")] = 2,
) -> None:
    """Serve the workbench: web processes and one worker for long jobs."""
    _manage("migrate", verbosity=0)
    _manage("collectstatic", interactive=False, verbosity=0)
    _run(bind, workers)


def demo(
    bind: Annotated[str, typer.Option(help="address and port to listen on")] = "127.0.0.1:8000",
    customers: Annotated[
        int, typer.Option(help="how many customers the fictional firm has")
    ] = 2000,
    load_only: Annotated[
        bool, typer.Option("--load-only", help="make the workspace and stop")
    ] = False,
) -> None:
    """Make the demonstration workspace if there is none, serve it, and say how to sign in."""
    upgrade()
    from entregent.web.workspace.models import this_workspace

    if not this_workspace().demo:
        typer.echo("Making the demonstration workspace: a fictional insurer and its customers…")
        _manage("load_demo", customers=customers, today=date.today().isoformat())  # noqa: DTZ011  the reader's own day
    password = _demo_people()
    _manage("load_demo_changes", today=date.today().isoformat())  # noqa: DTZ011  the reader's own day
    _manage("load_demo_playbooks")
    _manage("propose_themes")
    if load_only:
        return
    _manage("collectstatic", interactive=False, verbosity=0)
    typer.echo(f"\n  http://{bind}\n\n  Sign in with any of these, password: {password}")
    for account, name, role in DEMO_PEOPLE:
        typer.echo(f"    {account + '@demo.entregent.example':<42} {name}, {role}")
    typer.echo("\n  Ctrl C stops; the data stays for the next time.\n")
    _run(bind, 2)


def _demo_people() -> str:
    """The demonstration's colleagues, with one password made on this machine and kept beside the data."""
    from entregent.web.accounts.actions import add_person as add
    from entregent.web.accounts.models import User
    from entregent.web.settings import HOME

    kept = HOME / "demo_password"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text("-".join(secrets.token_hex(2) for _ in range(3)))
    password = kept.read_text()
    for account, name, role in DEMO_PEOPLE:
        email = f"{account}@demo.entregent.example"
        if not User.objects.filter(email=email).exists():
            add(email=email, password=password, name=name, role=role)
    return password


def _run(bind: str, workers: int) -> None:
    """Run web and worker until either stops or somebody stops us."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "entregent.web.settings",
        "PYTHONUNBUFFERED": "1",
    }
    # Browsers open connections ahead of need: a worker that serves one at a time would wait on an idle one.
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "entregent.web.wsgi", "--bind", bind, "--workers", str(workers),
             "--worker-class", "gthread", "--threads", "4", "--timeout", "120", "--max-requests", "5000", "--max-requests-jitter", "500", "--log-level", "warning"],
            env=environment,
        ),
        subprocess.Popen([sys.executable, "-m", "django", "work"], env=environment),
    ]  # fmt: skip

    def stop(*_: Any) -> None:
        for process in running:
            process.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while all(process.poll() is None for process in running):
        time.sleep(0.3)
    stop()
    failed = max(abs(process.wait()) for process in running)
    raise typer.Exit(0 if failed in {0, signal.SIGTERM, signal.SIGINT} else 1)


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entregent.web.settings")
    import django

    django.setup()


def _ready() -> None:
    """Make the database, or bring it up to this version, where that is not done."""
    _django()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        _manage("migrate", verbosity=0)


def _manage(command: str, *args: str, **options: Any) -> None:
    _django()
    from django.core.management import CommandError, call_command

    try:
        call_command(command, *args, **options)
    except CommandError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem
