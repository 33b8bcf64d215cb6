"""Relationships of many customers: on DuckDB and on Spark with equal results, and in the workbench.

Evidence is made by DuckDB from digests of row numbers, so that the same number of customers gives
the same rows on any machine: eight interactions, four transactions and two coded texts each, and
answers, cases, agreements and consents for some. It says nothing true of anybody; only time, memory
and equality are measured.

    python -m tests.benchmarks.relationships_at_scale build CUSTOMERS
    python -m tests.benchmarks.relationships_at_scale duckdb CUSTOMERS
    python -m tests.benchmarks.relationships_at_scale spark CUSTOMERS
    python -m tests.benchmarks.relationships_at_scale compare CUSTOMERS
    python -m tests.benchmarks.relationships_at_scale workbench HOME

`workbench` measures a workspace that is there already: everybody inferred anew, one customer after a
new interaction, and the pages.
"""

import os
import resource
import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from entregent.adapters.catalogue.profile_model import profile_model
from entregent.adapters.catalogue.shelf import shipped
from entregent.adapters.snapshot import connect
from entregent.engine.evidence import FAMILIES
from entregent.engine.relationship.profiling import (
    customer_table,
    profile_arrow,
    profile_batches,
    profiles_as_batch,
)

AT = datetime(2026, 11, 1, tzinfo=UTC)
CORES, MEMORY = 2, "4GB"
TELLING = 1e-6
"""Probabilities of two engines may differ by the order in which floating numbers are added."""


def home(customers: int) -> Path:
    return Path("var/relationships") / f"{customers}"


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def timed(name: str, work: Callable[[], Any]) -> Any:
    began, used = time.perf_counter(), time.process_time()
    done = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(
        f"{name:34} {time.perf_counter() - began:9.1f} s {time.process_time() - used:9.1f} s of CPU "
        f"{peak:8,.0f} MB at most"
    )
    return done


# Evidence out of digests

MADE = {
    "customers": (
        1.0,
        ("i AS customer_id, 'person' AS kind, 'Client ' || i AS name, "
        "(DATE '2026-10-31' - (u('since', i) ** 2 * 7000)::INT) AS since"),
    ),
    "interactions": (
        8.0,
        ("i AS interaction_id, whose(i, 'i') AS customer_id, moment('i', i) AS at, "
        "['phone','email','chat','review','web','app','letter','shop'][1 + pick('ch', i, 8)] AS channel, "
        "CASE WHEN u('dir', i) < 0.55 THEN 'in' ELSE 'out' END AS direction, "
        "['appel','question','campagne','rappel','relance','merci','demande de résiliation'][1 + pick('act', i, 7)] AS activity, "
        "['', 'Bonjour Madame Client, nous vous prions d’agréer nos salutations.', 'Coucou ! Merci à toi.', 'Votre dossier avance.'][1 + pick('txt', i, 4)] AS text, "
        "'a' || pick('agent', i, 300) AS agent_id, CASE WHEN pick('ch', i, 8) = 0 THEN u('wait', i) * 300 END AS wait_seconds, "
        "pick('lost', i, 12) = 0 AS abandoned, CASE WHEN u('case', i) < 0.1 THEN pick('caseno', i, 100000) END AS case_id"),
    ),
    "transactions": (
        4.0,
        ("i AS transaction_id, whose(i, 't') AS customer_id, moment('t', i) AS at, "
        "(20 + u('amount', i) * 300)::DECIMAL(18,2) * CASE WHEN pick('back', i, 25) = 0 THEN -1 ELSE 1 END AS amount, "
        "'EUR' AS currency, 'produit ' || pick('product', i, 12) AS product, 'purchase' AS kind"),
    ),
    "answers": (
        0.8,
        ("'r' || i AS response_id, whose(i, 'a') AS customer_id, moment('a', i) AS at, "
        "CASE pick('ins', i, 4) WHEN 0 THEN 'nps' WHEN 1 THEN 'csat' ELSE 'relation' END AS instrument, '1' AS instrument_version, "
        "CASE pick('ins', i, 4) WHEN 0 THEN 'recommend' WHEN 1 THEN 'satisfaction' WHEN 2 THEN 'metaphor' ELSE 'scale_liking' END AS item, "
        "CASE pick('ins', i, 4) WHEN 0 THEN pick('v', i, 11) WHEN 1 THEN 1 + pick('v', i, 5) WHEN 2 THEN NULL ELSE 1 + pick('v', i, 7) END::DOUBLE AS value, "
        "CASE pick('ins', i, 4) WHEN 2 THEN ['Simple échange','Meilleurs amis','Vieux amis','Partenaires d’affaires'][1 + pick('m', i, 4)] END AS text"),
    ),
    "cases": (
        0.1,
        ("i AS case_id, whose(i, 'c') AS customer_id, moment('c', i) AS opened_at, moment('c', i) + INTERVAL 3 DAY AS resolved_at, "
        "moment('c', i) + INTERVAL 3 DAY AS closed_at, CASE WHEN u('kind', i) < 0.6 THEN 'complaint' ELSE 'request' END AS kind, "
        "'closed' AS status, 'medium' AS severity, pick('re', i, 3)::BIGINT AS reopened"),
    ),
    "agreements": (
        1.2,
        ("i AS agreement_id, whose(i, 'g') AS customer_id, ['contract','contract','exit_fee','promise','preference'][1 + pick('k', i, 5)] AS kind, "
        "(DATE '2026-10-01' - pick('from', i, 2000)) AS \"from\", "
        "CASE WHEN u('ends', i) < 0.4 THEN DATE '2026-12-01' - pick('until', i, 900) END AS until, "
        "CASE WHEN u('kept', i) < 0.3 THEN u('kept', i) < 0.2 END AS kept"),
    ),
    "consents": (
        0.5,
        ("whose(i, 'n') AS customer_id, 'offres' AS purpose, moment('n', i) AS given_at, "
        "CASE WHEN u('back', i) < 0.2 THEN moment('n', i) + INTERVAL 30 DAY END AS withdrawn_at"),
    ),
    "coded_texts": (
        2.0,
        "i AS interaction_id, whose(i, 'x') AS customer_id, moment('x', i) AS at, "
        + ", ".join(
            f"((0.05 + u('{family}', i)) / 5.5)::DOUBLE AS p_{family}"
            for family in FAMILIES
        )
        + ", 'exchange' AS relationship, 0.5::DOUBLE AS relationship_confidence, 'established' AS stage, 0.6::DOUBLE AS stage_confidence, 'made' AS coder",
    ),
    "coded_segments": (
        4.0,
        ("i // 2 AS interaction_id, whose(i // 2, 'x') AS customer_id, moment('x', i // 2) AS at, i % 2 AS position, "
        "['T','A','N','N','N'][1 + pick('mo', i, 5)] AS movement, 0.5 + u('mc', i) / 2 AS movement_confidence, "
        "['+','-','0','~'][1 + pick('se', i, 4)] AS sentiment, 0.5 + u('sc', i) / 2 AS sentiment_confidence, "
        "['','D','P','I','F','PF'][1 + pick('ju', i, 6)] AS justice, 0.5 + u('jc', i) / 2 AS justice_confidence, "
        "['','','C+','C-','H-','B+'][1 + pick('tr', i, 6)] AS trust, 0.5 + u('tc', i) / 2 AS trust_confidence, 'made' AS coder"),
    ),
}  # fmt: skip
"""Table → rows per customer, and how each row follows from its number `i`."""


def build(customers: int) -> None:
    folder = home(customers)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    duck = duckdb.connect(config={"threads": CORES, "memory_limit": MEMORY})
    duck.execute("SET TimeZone = 'UTC'")
    duck.execute("CREATE MACRO u(salt, i) AS (hash(salt || i) % 1000003) / 1000003.0::DOUBLE")
    duck.execute("CREATE MACRO pick(salt, i, n) AS (hash(salt || i) % n)::INT")
    # Some come often, most seldom.
    duck.execute(
        f"CREATE MACRO whose(i, salt) AS (floor(u('who' || salt, i) ** 1.6 * {customers}))::BIGINT"
    )
    duck.execute(
        "CREATE MACRO moment(salt, i) AS TIMESTAMPTZ '2026-10-31 20:00:00+00' "
        "- INTERVAL 1 SECOND * (u('at' || salt, i) * 900 * 86400)::BIGINT"
    )
    for name, (each, columns) in MADE.items():
        rows = int(each * customers)
        duck.execute(
            f"COPY (SELECT {columns} FROM (SELECT range AS i FROM range({rows}))) "
            f"TO '{folder / name}.parquet' (ROW_GROUP_SIZE 200000)"
        )
        say(f"{name:16} {rows:12,} rows")


# The same expression on two engines


def tables_of(customers: int, engine: Any) -> dict[str, Any]:
    folder = home(customers).resolve()
    return {
        name: engine.read_parquet(str(folder / f"{name}.parquet"), table_name=f"made_{name}")
        for name in MADE
    }


def model() -> Any:
    return profile_model(shipped(), sector="insurance")


def run_duckdb(customers: int) -> None:
    table, out = customer_table(tables_of(customers, connect(threads=CORES, memory=MEMORY)), AT, model()), home(customers)  # fmt: skip
    read = out / "duckdb-read.parquet"
    timed("everything known, one row each", lambda: table.to_parquet(read))

    def profiles() -> None:
        writer = None
        back = ibis.duckdb.connect(threads=CORES, memory_limit=MEMORY).read_parquet(read)
        for batch in profile_batches(back, model(), at=AT):
            writer = writer or pq.ParquetWriter(out / "duckdb.parquet", batch.schema)
            writer.write_batch(batch)
        if writer:
            writer.close()

    timed("profiles", profiles)


def run_spark(customers: int) -> None:
    # Its workers need what this process has.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession
    from pyspark.sql.pandas.types import from_arrow_schema

    out = home(customers).resolve()
    session = (
        SparkSession.builder.master(f"local[{CORES}]")
        .config("spark.driver.memory", "6g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "16")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "50000")
        .config("spark.sql.autoBroadcastJoinThreshold", "-1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    engine = ibis.pyspark.connect(session)
    known = model()
    table = customer_table(tables_of(customers, engine), AT, known)
    read = f"{out}/spark-read.parquet"
    timed(
        "everything known, one row each", lambda: engine.to_parquet(table, read, mode="overwrite")
    )
    frame = session.read.parquet(read)
    names = frame.columns
    one = next(pq.ParquetFile(next(Path(read).glob("*.parquet"))).iter_batches(1))
    schema = from_arrow_schema(profiles_as_batch(profile_arrow(one, known), known, AT).schema)

    def profiled(batches: Any) -> Any:
        for batch in batches:
            if batch.num_rows:
                named = batch.rename_columns(names)
                yield profiles_as_batch(profile_arrow(named, known), known, AT)

    timed(
        "profiles",
        lambda: (
            # Spark takes a point in a name for a field of a field.
            frame.toDF(*(name.replace(".", "__") for name in names))
            .mapInArrow(profiled, schema)
            .write.mode("overwrite")
            .parquet(f"{out}/spark.parquet")
        ),
    )
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    session.stop()
    say(f"the largest of Spark's processes held {children.ru_maxrss / 1024:,.0f} MB at most")


def compare(customers: int) -> None:
    """Every profile of one engine beside the other's."""
    mine, other = (
        pq.read_table(home(customers) / f"{engine}.parquet").sort_by("customer_id")
        for engine in ("duckdb", "spark")
    )
    assert mine.column("customer_id").equals(
        other.column("customer_id").cast(mine.schema.field("customer_id").type)
    )
    say(f"{len(mine):,} customers on both engines")
    for name in mine.column_names:
        left, right = mine.column(name).combine_chunks(), other.column(name).combine_chunks()
        if pa.types.is_floating(left.type):
            unknown = int(pc.sum(pc.not_equal(left.is_null(), right.is_null())).as_py() or 0)
            apart = np.abs(_floats(left) - _floats(right))
            say(f"{name:24} largest difference {np.nanmax(apart, initial=0.0):.1e}, beyond {TELLING:g}: {int((apart > TELLING).sum())}, known to one only: {unknown}")  # fmt: skip
        elif name not in {"at", "customer_id"}:
            say(
                f"{name:24} otherwise: {int(pc.sum(pc.not_equal(left, right.cast(left.type))).as_py() or 0)}"
            )


def _floats(column: pa.Array) -> np.ndarray[Any, np.dtype[np.float64]]:
    return column.to_numpy(zero_copy_only=False).astype(float)


# The workbench


def run_workbench(place: Path) -> None:
    os.environ["ENTREGENT_HOME"] = str(place.resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "entregent.web.settings"
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    from django.test import Client

    from entregent.web.accounts.models import User
    from entregent.web.evidence.models import Customer, Interaction, Source
    from entregent.web.relationships import actions

    reckoning = timed("everybody inferred anew", actions.reckon)
    say(f"{reckoning.customers:,} customers")
    draw = np.random.default_rng(3)
    listed = list(Customer.objects.filter(merged_into=None).values_list("pk", flat=True))
    source = Source.objects.first()
    walls = []
    for rank, pk in enumerate(draw.choice(listed, 200, replace=False).tolist()):
        row = Interaction.objects.create(
            customer_id=pk, source=source, row_key=b"measured" + rank.to_bytes(8), content=b"",
            at=datetime.now(UTC) - timedelta(minutes=5), channel="phone", direction="in",
        )  # fmt: skip
        began = time.perf_counter()
        actions.refresh_profile(pk)
        walls.append((time.perf_counter() - began) * 1000)
        row.delete()
    _spread("one customer, after a new row", walls)
    client = Client(SERVER_NAME="localhost", headers={"accept-language": "fr"})
    client.force_login(
        User.objects.first(), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    pages = {
        "map": [f"/comprendre/relations/carte/{one}" for one in ("", "?level=kinds", "?figure=margin", "?figure=complaints", "?figure=minutes&level=kinds")],
        "gaps": [f"/comprendre/relations/ecarts/{one}" for one in ("", "?direction=close", "?sort=name", "?page=3", "?sure=0.8")],
        "file, relationship": [f"/comprendre/relations/clients/{pk}/" for pk in draw.choice(listed, 40).tolist()],
        "file, why": [f"/comprendre/relations/clients/{pk}/pourquoi/" for pk in draw.choice(listed, 40).tolist()],
    }  # fmt: skip
    for page, addresses in pages.items():
        walls = []
        client.get(addresses[0])
        for address in addresses * (200 // len(addresses)):
            began = time.perf_counter()
            answer = client.get(address)
            walls.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, (address, answer.status_code)
        _spread(page, walls)


def _spread(name: str, walls: list[float]) -> None:
    say(f"{name:34} p50 {np.percentile(walls, 50):6.0f} ms  p95 {np.percentile(walls, 95):6.0f} ms  slowest {max(walls):6.0f} ms  ({len(walls)})")  # fmt: skip


if __name__ == "__main__":
    what, size = sys.argv[1:3]
    if what == "workbench":
        run_workbench(Path(size))
    else:
        {"build": build, "duckdb": run_duckdb, "spark": run_spark, "compare": compare}[what](
            int(size)
        )
