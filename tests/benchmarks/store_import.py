"""Importing a million interactions, validated, with identities and ledger, beside a raw copy.

The raw copy is the least anyone could do: DuckDB reads the CSV, rows go into one SQLite table with
no key, no check and no account. Both run in one go on the same file; the ratio is what counts.

    python -m tests.benchmarks.store_import [ROWS]
"""

import csv
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

WORDS = [
    "bonjour",
    "je",
    "vous",
    "contacte",
    "au",
    "sujet",
    "de",
    "mon",
    "contrat",
    "habitation",
    "suite",
    "au",
    "dégât",
    "des",
    "eaux",
    "merci",
    "de",
    "me",
    "rappeler",
    "le",
    "dossier",
    "avance",
    "pas",
    "remboursement",
    "délai",
    "conseiller",
    "sinistre",
    "prime",
    "augmentation",
    "résilier",
    "satisfait",
    "rapide",
    "attente",
    "téléphone",
]
COLUMNS = [
    "message_id",
    "customer_key",
    "email",
    "date",
    "channel",
    "direction",
    "agent",
    "wait",
    "text",
]


def write_messages(path: Path, rows: int) -> None:
    draw = random.Random(3)
    start = datetime(2024, 1, 1)
    with path.open("w", newline="", encoding="utf-8") as out:
        lines = csv.writer(out)
        lines.writerow(COLUMNS)
        for number in range(rows):
            customer = draw.randrange(max(1, rows // 10))
            lines.writerow([
                f"m{number}", f"c{customer}", f"client{customer}@exemple.fr" if customer % 2 else "",
                (start + timedelta(seconds=draw.randrange(5 * 10**7))).isoformat(" "),
                draw.choice(["phone", "email", "chat"]), draw.choice(["in", "out"]), f"a{customer % 50}",
                draw.randrange(300), " ".join(draw.choices(WORDS, k=draw.randrange(4, 18))),
            ])  # fmt: skip


def raw_copy(source: Path, target: Path) -> tuple[float, float]:
    began, used = time.perf_counter(), time.process_time()
    store = sqlite3.connect(target)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=NORMAL")
    store.execute(f"CREATE TABLE messages ({', '.join(COLUMNS)})")
    rows = duckdb.sql(f"SELECT * REPLACE (CAST(date AS VARCHAR) AS date) FROM read_csv('{source}')")
    marks = ", ".join("?" * len(COLUMNS))
    while batch := rows.fetchmany(50_000):
        store.executemany(f"INSERT INTO messages VALUES ({marks})", batch)
    store.commit()
    store.close()
    return time.perf_counter() - began, time.process_time() - used


IMPORT = """
import sys, time, resource
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from entregent.adapters.intake.mapping import Mapping
from entregent.web.sources import actions
mapping = Mapping(columns={"message_id": ["interaction.key"], "customer_key": ["identity.key"], "email": ["identity.email"],
    "date": ["at"], "channel": ["interaction.channel"], "direction": ["interaction.direction"],
    "agent": ["interaction.agent_id"], "wait": ["interaction.wait_seconds"], "text": ["interaction.text"]}, timezone="UTC")
with open(sys.argv[1], "rb") as file:
    received = actions.receive_file(file=file, name="messages.csv", by=None)
actions.settle_import(of_import=received, source_name="messages", mapping=mapping, choices={}, shape="", by=None)
def used(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime
before, began = used(resource.RUSAGE_SELF), time.perf_counter()
done = actions.run_import(received.pk)
assert done.rows_read == done.created, (done.state, done.failure)
print(time.perf_counter() - began, used(resource.RUSAGE_SELF) - before, used(resource.RUSAGE_CHILDREN))
print(*(resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
"""


def our_import(source: Path, home: Path) -> list[float]:
    """Seconds; seconds of CPU of the process that stores and of the one that reads; peak MB of each."""
    environment = {
        **os.environ,
        "ENTREGENT_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "entregent.web.settings",
    }
    said = subprocess.run(
        [sys.executable, "-c", IMPORT, str(source)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return [float(figure) for figure in said.stdout.split()]


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_messages(place / "messages.csv", rows)
        raw, raw_used = min(
            raw_copy(place / "messages.csv", place / f"raw{turn}.sqlite3") for turn in range(2)
        )
        ours, storing, reading, peak, peak_beside = our_import(
            place / "messages.csv", place / "home"
        )
    longest = max(storing, reading)
    print(f"rows {rows:,}")
    print(f"raw copy            {raw:8.1f} s   {raw_used:6.1f} s of CPU")
    print(
        f"import              {ours:8.1f} s   {storing:6.1f} s of CPU to store, {reading:.1f} to read beside; peak {peak:.0f} + {peak_beside:.0f} MB"
    )
    print(
        f"speed beside raw    {raw / ours:8.2f}   by CPU of the longer of the two {raw_used / longest:.2f}   (at least 0.50)"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
