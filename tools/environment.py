"""Make the project's environment with nothing but Python and a package index.

    python3 tools/environment.py [extra …]

Debian ships Python without `ensurepip`; then pip's own wheel is fetched from the package index
that pip is configured to use, and installs itself. Done again with nothing changed, it does nothing.
"""

import configparser
import hashlib
import html.parser
import os
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
STAMP = FOLDER / "installed"


class Links(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def main(extras: list[str]) -> None:
    wanted = fingerprint(extras)
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    if not PYTHON.exists():
        say("Making the environment…")
        venv.create(FOLDER, with_pip=False, symlinks=True)
    if subprocess.run(
        [PYTHON, "-m", "pip", "--version"], capture_output=True, check=False
    ).returncode:
        install_pip()
    say("Installing what Entregent needs (a few minutes the first time)…")
    name = f"{ROOT}[{','.join(extras)}]" if extras else str(ROOT)
    constraints = ["--constraint", str(ROOT / "constraints.txt")]
    pip("install", "--quiet", *constraints, "--editable", name)
    STAMP.write_text(wanted)


def fingerprint(extras: list[str]) -> str:
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(
        b"\0".join([*parts, " ".join(extras).encode(), str(ROOT).encode()])
    ).hexdigest()


def install_pip() -> None:
    try:
        import ensurepip

        del ensurepip
        subprocess.run([PYTHON, "-m", "ensurepip", "--upgrade"], check=True, capture_output=True)
    except (ImportError, subprocess.CalledProcessError):
        with tempfile.TemporaryDirectory() as folder:
            wheel = fetch_pip(Path(folder))
            subprocess.run(
                [PYTHON, wheel / "pip", "install", "--quiet", "--no-index", str(wheel)], check=True
            )


def fetch_pip(folder: Path) -> Path:
    """pip's newest wheel, from the configured index."""
    index = configured_index().rstrip("/") + "/pip/"
    with urllib.request.urlopen(index, timeout=60) as page:
        links = Links()
        links.feed(page.read().decode())
    wheels = [
        link for link in links.found if urllib.parse.urlsplit(link).path.endswith("-none-any.whl")
    ]
    newest = max(wheels, key=lambda link: version(urllib.parse.urlsplit(link).path))
    wheel = folder / Path(urllib.parse.unquote(urllib.parse.urlsplit(newest).path)).name
    with urllib.request.urlopen(urllib.parse.urljoin(index, newest), timeout=120) as content:
        wheel.write_bytes(content.read())
    return wheel


def version(path: str) -> tuple[int, ...]:
    said = Path(path).name.split("-")[1].split(".")
    return tuple(int(part) for part in said) if all(part.isdigit() for part in said) else (0,)


def configured_index() -> str:
    if given := os.environ.get("PIP_INDEX_URL"):
        return given
    for place in (
        os.environ.get("PIP_CONFIG_FILE", ""), str(Path.home() / ".config/pip/pip.conf"),
        str(Path.home() / ".pip/pip.conf"), "/etc/pip.conf",
    ):  # fmt: skip
        config = configparser.ConfigParser(interpolation=None)
        if place and config.read(place) and config.has_option("global", "index-url"):
            return config.get("global", "index-url")
    return "https://pypi.org/simple"


def pip(*args: str) -> None:
    subprocess.run([PYTHON, "-m", "pip", "--disable-pip-version-check", *args], check=True)


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except subprocess.CalledProcessError as problem:
        say(
            f"The environment could not be made: {' '.join(map(str, problem.cmd))} failed. Nothing else was changed."
        )
        sys.exit(1)
