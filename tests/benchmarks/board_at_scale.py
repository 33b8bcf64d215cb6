"""The steering board over the evidence of a large firm, of which only the snapshot is made.

The board reads nothing else, so ten million interactions take a minute to make here and half an
hour in `pages_at_scale`. The columns it reads are drawn as that benchmark draws them: evenly over
three years, the same channels, waits, scores, amounts and cases, a tenth as many customers.

    python -m tests.benchmarks.board_at_scale [INTERACTIONS]
"""

import sys
import tempfile
import time
from pathlib import Path

import duckdb
from tests.benchmarks import pages_at_scale
from tests.benchmarks.pages_at_scale import CHANNELS, DAYS, SHARES, START, say

ROWS_PER_PART = 500_000


def columns(total: int, customers: int) -> dict[str, tuple[int, str]]:
    """Table → how many rows, and the SELECT list of one, `n` being its number from 0."""
    bounds = [sum(SHARES[: place + 1]) for place in range(len(SHARES))]
    channel = " ".join(
        f"WHEN chance < {bound} THEN '{name}'" for name, bound in zip(CHANNELS, bounds, strict=True)
    )
    whose = f"1 + CAST(floor(pow(random(), 1.7) * {customers}) AS BIGINT) * 7919 % {customers}"

    def at(rows: int, within: str = "random()") -> str:
        return f"TIMESTAMPTZ '{START}+00' + to_seconds((n + {within}) / {rows} * {DAYS * 86_400})"

    phone = "CASE WHEN channel = 'phone' THEN {} END"
    return {
        "interactions": (
            total,
            f"""{at(total)} AS "at", CASE {channel} ELSE 'app' END AS channel,
            CASE WHEN random() < 0.6 THEN 'in' ELSE 'out' END AS direction,
            {phone.format("-40 * ln(1 - random())")} AS wait_seconds,
            {phone.format("random() < 0.06")} AS abandoned""",
        ),
        "transactions": (
            total // 5,
            f"""{at(total // 5)} AS "at", {whose} AS customer_id,
            CAST(exp(4 + sqrt(-2 * ln(1 - chance)) * cos(2 * pi() * random())) AS DECIMAL(18, 4)) AS amount,
            'purchase' AS kind""",
        ),
        "answers": (
            total * 3 // 100,
            f"""{at(total * 3 // 100)} AS "at", ['nps', 'csat', 'ces'][1 + n % 3] AS instrument,
            ['recommend', 'overall', 'effort'][1 + n % 3] AS item, '' AS instrument_version,
            CAST([0, 1, 1][1 + n % 3] + floor(pow(random(), 0.6) * [11, 5, 7][1 + n % 3]) AS DOUBLE) AS value""",
        ),
        "cases": (
            total // 200,
            f"""{at(total // 200, "chance")} AS opened_at,
            opened_at + to_seconds(-6 * 9000 * ln(1 - chance)) AS acknowledged_at,
            CASE WHEN n % 30 > 0 THEN opened_at + to_seconds(-6 * 86400 * ln(1 - chance)) END AS resolved_at,
            resolved_at AS closed_at, NULL::BIGINT AS reopened""",
        ),
    }


def main(interactions: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pages_at_scale.prepare(interactions, Path(folder))
        from django.conf import settings
        from django.core.management import call_command

        from entregent.adapters.snapshot import Manifest, Part
        from entregent.adapters.snapshot.daily_sums import write_sums
        from entregent.web.accounts.models import User
        from entregent.web.accounts.roles import Role
        from entregent.web.workspace.models import Workspace

        call_command("migrate", verbosity=0)
        User.objects.create_user("marc@exemple.fr", "une phrase de passe longue", role=Role.MANAGER)
        Workspace(firm="Grande maison").save()
        place = Path(settings.SNAPSHOT_FOLDER)
        place.mkdir(parents=True)
        duck = duckdb.connect(config={"threads": 2})
        duck.execute("SET TimeZone = 'UTC'; SELECT setseed(0.11)")
        manifest = Manifest(1, {})
        for table, (rows, select) in columns(interactions, interactions // 10).items():
            parts = manifest.tables.setdefault(table, [])
            for start in range(0, rows, ROWS_PER_PART):
                end = min(start + ROWS_PER_PART, rows)
                file = f"{table}-{start}.parquet"
                duck.execute(
                    f"COPY (SELECT {select} FROM (SELECT range AS n, random() AS chance FROM range({start}, {end}))) "
                    f"TO '{place / file}' (FORMAT parquet, COMPRESSION zstd)"
                )
                parts.append(Part(file, start + 1, end, end - start))
        began, used = time.perf_counter(), time.process_time()
        write_sums(duck, place, manifest)
        say(
            f"daily sums of {interactions:,} interactions: {time.perf_counter() - began:.1f} s, "
            f"{time.process_time() - used:.1f} s of CPU"
        )
        manifest.write(place)
        pages_at_scale.measure(interactions, ["board"])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
