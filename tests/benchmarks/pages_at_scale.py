"""The pages over a million customers and ten million interactions: p50, p95 and queries of each.

The store is generated once, by bulk statements and not through an import, and kept under
var/scale/. Pages are asked for through the test client, one after another: what is measured is the
product's own time, from request to the last byte.

    python -m tests.benchmarks.pages_at_scale build [INTERACTIONS]
    python -m tests.benchmarks.pages_at_scale measure [INTERACTIONS] [PAGE ...]
"""

import os
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

START, DAYS = datetime(2023, 7, 1), 1_095
BATCH = 100_000
CHANNELS = ("phone", "email", "chat", "review", "survey", "web", "app")
SHARES = (0.45, 0.25, 0.15, 0.03, 0.02, 0.06, 0.04)
COMMON = [
    "bonjour",
    "merci",
    "contrat",
    "dossier",
    "remboursement",
    "sinistre",
    "réponse",
    "téléphone",
    "conseiller",
    "attente",
    "rappel",
    "délai",
    "client",
    "prime",
    "assurance",
    "habitation",
    "voiture",
    "mutuelle",
    "courrier",
    "facture",
    "paiement",
    "résilier",
    "augmentation",
    "service",
    "rapide",
    "satisfait",
]
FIRST = [
    "Léa",
    "Paul",
    "Nadia",
    "Hugo",
    "Inès",
    "Marc",
    "Chloé",
    "Karim",
    "Anne",
    "Yves",
    "Élodie",
    "Luc",
    "Fatou",
    "Jean",
    "Zoé",
    "Omar",
    "Claire",
    "Rémi",
    "Sarah",
    "Louis",
]
SYLLABLES = [
    "ba",
    "be",
    "bi",
    "bo",
    "du",
    "da",
    "fe",
    "ga",
    "li",
    "lo",
    "ma",
    "mi",
    "no",
    "pa",
    "ro",
    "sa",
    "ti",
    "va",
    "ve",
    "vi",
    "chan",
    "bour",
    "mont",
    "ville",
    "mar",
    "tin",
    "ber",
    "nar",
]


def home(interactions: int) -> Path:
    return Path("var/scale") / f"{interactions // 1_000_000}m"


def prepare(interactions: int, place: Path | None = None) -> None:
    os.environ["ENTREGENT_HOME"] = str((place or home(interactions)).resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "entregent.web.settings"
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()


def build(interactions: int) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from entregent.web.accounts.models import User
    from entregent.web.accounts.roles import Role
    from entregent.web.evidence import refresh, snapshot, summaries
    from entregent.web.workspace.models import Workspace

    User.objects.create_user(
        "marc@exemple.fr", "une phrase de passe longue", name="Marc", role=Role.MANAGER
    )
    Workspace(firm="Grande maison").save()
    path = home(interactions) / "entregent.sqlite3"
    _timed("rows", lambda: _fill(path, interactions))
    _timed("search", refresh.index_new_words)
    _timed("summaries", summaries.catch_up)
    _timed("snapshot", snapshot.refresh_snapshot)


def _timed(name: str, work: Callable[[], Any]) -> None:
    began, used = time.perf_counter(), time.process_time()
    work()
    say(
        f"{name:12} {time.perf_counter() - began:8.1f} s, {time.process_time() - used:8.1f} s of CPU"
    )


def _fill(path: Path, interactions: int) -> None:
    store = sqlite3.connect(path, isolation_level=None)
    store.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; PRAGMA temp_store=MEMORY"
    )
    store.execute(
        "INSERT INTO evidence_source (name, shape, mapping, created_at) VALUES ('échelle', '', '{}', '2023-07-01')"
    )
    tables = [
        f"evidence_{name}"
        for name in ("customer", "identity", "interaction", "transaction", "answer", "case")
    ]
    named = ", ".join(f"'{name}'" for name in tables)
    indexes = store.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({named})"
    ).fetchall()
    for name, _ in indexes:
        store.execute(f'DROP INDEX "{name}"')
    draw = np.random.default_rng(11)
    texts, names = _texts(), _names()
    customers = interactions // 10
    for table, columns, rows in (
        ("customer", "id, kind, name, language, since, attributes", _customers(customers, names)),
        ("identity", "customer_id, scheme, value", _identities(customers)),
        ("interaction", "customer_id, row_key, content, source_id, at, channel, direction, activity, text, language, agent_id, wait_seconds, handle_seconds, abandoned",
         _interactions(interactions, customers, texts, draw)),
        ("transaction", "customer_id, row_key, content, source_id, at, amount, currency, product, kind", _transactions(interactions // 5, customers, draw)),
        ("answer", "customer_id, row_key, content, source_id, response_id, at, instrument, instrument_version, item, value, text",
         _answers(interactions * 3 // 100, customers, texts, draw)),
        ("case", "customer_id, row_key, content, source_id, source_key, opened_at, acknowledged_at, resolved_at, closed_at, kind, cause, remedy_asked, remedy_given, severity, status",
         _cases(interactions // 200, customers, draw)),
    ):  # fmt: skip
        marks = ", ".join("?" * (columns.count(",") + 1))
        for batch in rows:
            store.execute("BEGIN")
            store.executemany(f"INSERT INTO evidence_{table} ({columns}) VALUES ({marks})", batch)
            store.execute("COMMIT")
    for _, sql in indexes:
        store.execute(sql)
    store.execute("ANALYZE")
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()


def _texts() -> list[str]:
    """Sentences of a vocabulary whose words are as unequal as in life."""
    draw = random.Random(5)
    rare = ["".join(draw.choices(SYLLABLES, k=draw.randrange(2, 5))) for _ in range(30_000)]
    words = [*COMMON, *rare]
    weights = np.cumsum(1 / (np.arange(len(words)) + 2.7))
    said = []
    for _ in range(200_000):
        places = np.searchsorted(
            weights,
            np.random.default_rng(draw.randrange(2**32)).random(draw.randrange(4, 24))
            * weights[-1],
        )
        said.append(" ".join(words[place] for place in places).capitalize() + ".")
    return said


def _names() -> list[str]:
    draw = random.Random(7)
    return [
        "".join(draw.choices(SYLLABLES, k=draw.randrange(2, 4))).capitalize() for _ in range(20_000)
    ]


def _parts(total: int) -> Iterator[range]:
    return (range(start, min(start + BATCH, total)) for start in range(0, total, BATCH))


def _moments(part: range, total: int, draw: np.random.Generator) -> list[str]:
    """In the order of the file, as exports are."""
    seconds = (np.arange(part.start, part.stop) + draw.random(len(part))) / total * DAYS * 86_400
    moments = (np.datetime64(START, "s") + seconds.astype("timedelta64[s]")).astype(str)
    return [moment.replace("T", " ") for moment in moments.tolist()]


def _whose(part: range, customers: int, draw: np.random.Generator) -> list[int]:
    """Some come often, most seldom."""
    return (
        1 + (draw.beta(0.7, 1.6, len(part)) * customers).astype(int) * 7919 % customers
    ).tolist()


def _key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def _customers(customers: int, names: list[str]) -> Iterator[list[tuple[Any, ...]]]:
    draw = random.Random(13)
    for part in _parts(customers):
        yield [
            (n + 1, "organisation" if n % 20 == 0 else "person", f"{draw.choice(FIRST)} {draw.choice(names)}",
             "en" if n % 9 == 0 else "fr", (START - timedelta(days=draw.randrange(4_000))).date().isoformat(), "{}")
            for n in part
        ]  # fmt: skip


def _identities(customers: int) -> Iterator[list[tuple[Any, ...]]]:
    for part in _parts(customers):
        yield [
            pair
            for n in part
            for pair in ((n + 1, "échelle", f"C{n:07}"), (n + 1, "email", f"client{n}@exemple.fr"))
        ]


def _interactions(
    total: int, customers: int, texts: list[str], draw: np.random.Generator
) -> Iterator[list[tuple[Any, ...]]]:
    for part in _parts(total):
        n = len(part)
        channels = draw.choice(len(CHANNELS), n, p=SHARES).tolist()
        said, inward = draw.integers(0, len(texts), n).tolist(), (draw.random(n) < 0.6).tolist()
        waits, lost, agents = (
            draw.exponential(40, n).tolist(),
            (draw.random(n) < 0.06).tolist(),
            draw.integers(0, 400, n).tolist(),
        )
        yield [
            (whose, _key(number), b"", 1, at, CHANNELS[channel], "in" if coming else "out", "", texts[place], "fr", f"a{agent}",
             wait if channel == 0 else None, wait * 6 if channel == 0 else None, gone if channel == 0 else None)
            for number, whose, at, channel, coming, place, wait, gone, agent
            in zip(part, _whose(part, customers, draw), _moments(part, total, draw), channels, inward, said, waits, lost, agents, strict=True)
        ]  # fmt: skip


def _transactions(
    total: int, customers: int, draw: np.random.Generator
) -> Iterator[list[tuple[Any, ...]]]:
    for part in _parts(total):
        amounts = draw.lognormal(4, 1, len(part)).tolist()
        yield [
            (whose, _key(number), b"", 1, at, f"{amount:.4f}", "EUR", f"produit {number % 40}", "purchase")
            for number, whose, at, amount in zip(part, _whose(part, customers, draw), _moments(part, total, draw), amounts, strict=True)
        ]  # fmt: skip


def _answers(
    total: int, customers: int, texts: list[str], draw: np.random.Generator
) -> Iterator[list[tuple[Any, ...]]]:
    asked = (("nps", "recommend", 0, 11), ("csat", "overall", 1, 6), ("ces", "effort", 1, 8))
    for part in _parts(total):
        n = len(part)
        scores, said = draw.random(n).tolist(), draw.integers(0, len(texts), n).tolist()
        rows = []
        for number, whose, at, score, place in zip(
            part,
            _whose(part, customers, draw),
            _moments(part, total, draw),
            scores,
            said,
            strict=True,
        ):
            instrument, item, low, end = asked[number % 3]
            rows.append(
                (
                    whose,
                    _key(number),
                    b"",
                    1,
                    f"r{number}",
                    at,
                    instrument,
                    "",
                    item,
                    float(low + int(score**0.6 * (end - low))),
                    texts[place] if number % 2 else "",
                )
            )
        yield rows


def _cases(
    total: int, customers: int, draw: np.random.Generator
) -> Iterator[list[tuple[Any, ...]]]:
    for part in _parts(total):
        opened = _moments(part, total, draw)
        days = draw.exponential(6, len(part)).tolist()
        rows = []
        for number, whose, at, day in zip(
            part, _whose(part, customers, draw), opened, days, strict=True
        ):
            moment = datetime.fromisoformat(at)
            done = None if number % 30 == 0 else str(moment + timedelta(seconds=int(day * 86_400)))
            seen = str(moment + timedelta(seconds=int(day * 9_000)))
            rows.append(
                (
                    whose,
                    _key(number),
                    b"",
                    1,
                    f"D{number}",
                    at,
                    seen,
                    done,
                    done,
                    "complaint" if number % 3 else "incident",
                    f"cause {number % 25}",
                    "",
                    "",
                    "",
                    "closed" if done else "open",
                )
            )
        yield rows


# The pages


def measure(interactions: int, chosen: list[str]) -> None:
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from entregent.web.accounts.models import User

    client = Client(SERVER_NAME="localhost", headers={"accept-language": "fr"})
    client.force_login(
        User.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    say(f"{'page':44} {'p50 ms':>8} {'p95 ms':>8} {'CPU p95':>8} {'slowest':>8}  queries")
    for page, addresses in _pages(interactions // 10).items():
        if chosen and not any(page.startswith(one) for one in chosen):
            continue
        for cold in (True, False) if page == "board" else (False,):
            walls, used, asked = [], [], set()
            worst = ("", 0.0)
            cache.clear()
            client.get(addresses[0])
            for address in addresses:
                if cold:
                    cache.clear()
                elif page == "board":
                    client.get(address)
                began, cpu = time.perf_counter(), time.process_time()
                with CaptureQueriesContext(connection) as queries:
                    answer = client.get(address)
                    assert answer.status_code == 200, (address, answer.status_code)
                walls.append((time.perf_counter() - began) * 1000)
                used.append((time.process_time() - cpu) * 1000)
                asked.add(len(queries))
                worst = max(worst, (address, walls[-1]), key=lambda pair: pair[1])
            said = f"{page}{', cold' if cold else ', warm' if page == 'board' else ''}"
            say(
                f"{said:44} {statistics.median(walls):8.0f} {_p95(walls):8.0f} {_p95(used):8.0f} {max(walls):8.0f}  {min(asked)}-{max(asked)}   {worst[0][:70]}"
            )


def _p95(figures: list[float]) -> float:
    return float(np.percentile(figures, 95))


def _pages(customers: int) -> dict[str, list[str]]:
    draw = random.Random(17)
    lists = [
        "", "?sort=revenue&dir=desc", "?sort=last&dir=desc", "?sort=interactions&dir=desc", "?value=A&sort=revenue&dir=desc", "?language=en&sort=name",
        "?open=1&sort=open&dir=desc", "?nps=detractor&sort=last&dir=desc", "?quiet=365&sort=revenue&dir=desc", "?kind=organisation&sort=since", "?q=martin", "?q=léa+ba", "?q=client4242",
        "?channel=chat&sort=nps", "?value=C&language=en&sort=contacts&dir=desc",
    ]  # fmt: skip
    words = ["bonjour", "merci", "remboursement", "assurance", "satisfait", "montville", "chanbour", "vavemonmar", '"bonjour merci"', '"contrat dossier"',
             "résilier OR augmentation", "bonjour -merci", "rembours*", "bon*", "délai rappel", "vivitinba"]  # fmt: skip
    filters = [
        "",
        "&channel=phone",
        "&direction=in",
        "&language=fr",
        "&since=2025-01-01&until=2025-02-01",
        "&rating=low",
    ]
    periods = [
        "",
        "?period=30d",
        "?period=3m",
        "?period=all",
        "?from=2025-01-01&to=2025-03-31",
        "?from=2024-02-10&to=2024-09-09",
        "?from=2023-07-01&to=2026-01-01",
    ]
    return {
        "customers": [f"/comprendre/clients/{one}" for one in lists] * 2,
        "file": [f"/comprendre/clients/{draw.randrange(1, customers)}/" for _ in range(200)],
        "verbatims": [f"/ecouter/verbatims/?q={word}{one}" for word in words for one in filters],
        "board": [f"/mesurer/{one}" for one in periods],
    }


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000_000
    prepare(rows)
    build(rows) if sys.argv[1] == "build" else measure(rows, sys.argv[3:])
