"""A whole workbench for the browser's tests: web, worker and a filled workspace, made once."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page
from tests.browser.workspace import PASSWORD, PEOPLE

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or ""
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
PATIENCE = 60


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    if not CHROMIUM:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    return {"executable_path": CHROMIUM, "headless": True, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(workbench: str) -> dict:
    return {
        "base_url": workbench,
        "locale": "fr-FR",
        "timezone_id": "Europe/Paris",
        "viewport": {"width": 1440, "height": 900},
        "reduced_motion": "reduce",
    }


@pytest.fixture(scope="session")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running workbench with the demonstration firm and a few people more.

    ENTREGENT_WORKBENCH names one that runs already, filled by workspace.py, while writing tests.
    """
    if running_already := os.environ.get("ENTREGENT_WORKBENCH"):
        yield running_already
        return
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ENTREGENT_")},
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "entregent.web.settings",
        "ENTREGENT_HOME": str(tmp_path_factory.mktemp("workbench")),
        "PYTHONPATH": str(HERE.parent.parent),
    }
    subprocess.run([sys.executable, HERE / "workspace.py"], env=environment, check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    web = [sys.executable, "-m", "gunicorn", "entregent.web.wsgi", "--bind", address, "--worker-class", "gthread", "--threads", "4", "--log-level", "warning"]  # fmt: skip
    work = [sys.executable, "-m", "django", "work"]
    running = [subprocess.Popen(command, env=environment) for command in (web, work)]
    try:
        wait_for(f"http://{address}/compte/login/")
        yield f"http://{address}"
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=30)


def wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(address, timeout=PATIENCE).close()
        except urllib.error.URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


@pytest.fixture(scope="session")
def sessions(browser, browser_context_args: dict) -> Callable[[str], dict]:
    """What a browser keeps once somebody of this role has signed in; each signs in once."""
    kept: dict[str, dict] = {}

    def session(role: str) -> dict:
        if role not in kept:
            with browser.new_context(**browser_context_args) as context:
                page = context.new_page()
                sign_in(page, PEOPLE[role][0])
                page.wait_for_url(lambda address: "/compte/" not in address)
                kept[role] = context.storage_state()
        return kept[role]

    return session


@pytest.fixture
def page_of(new_context: Callable[..., BrowserContext], sessions) -> Iterator[Callable[..., Page]]:
    """A page of somebody signed in; at the end, no script failed and nothing was blocked on it."""
    problems: list[str] = []

    def opened(
        role: str | None = "manager",
        address: str = "",
        *,
        language: str = "fr",
        phone: bool = False,
    ) -> Page:
        context = new_context(storage_state=sessions(role) if role else None)
        context.add_cookies(
            [{"name": "language", "value": language, "domain": "127.0.0.1", "path": "/"}]
        )
        page = context.new_page()
        if phone:
            page.set_viewport_size({"width": 390, "height": 844})
        page.on("pageerror", lambda problem: problems.append(str(problem)))
        page.on("console", lambda said: problems.append(said.text) if is_trouble(said) else None)
        if address:
            page.goto(address)
        return page

    yield opened
    assert problems == []


def is_trouble(said) -> bool:
    # The browser also reports every refusal (403, 404, 422), which tests ask for on purpose.
    return said.type == "error" and not said.text.startswith("Failed to load resource")


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/compte/login/")
    page.get_by_label("Adresse e-mail").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter").click()
