"""Texts come out as coded evidence, in the contract's columns, in constant memory, as on Spark."""

import json
import tracemalloc
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from tests.adapters.coders.small import NoEncoder, small_coder

from entregent.adapters.coders.coder import (
    AnotherEncoder,
    NoSuchCoder,
    carried_card,
    carried_coder,
    read_coder,
)
from entregent.adapters.coders.pipeline import (
    Verbatim,
    arrow_coder,
    code_texts,
    segments_schema,
    texts_schema,
)
from entregent.engine.evidence import DERIVED

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def coder():
    return small_coder()


def _rows(count):
    return [
        Verbatim(n, f"Bonjour, trop lent {n}. Je résilie demain !", n % 7, AT) for n in range(count)
    ]


def test_every_column_of_the_contracts_is_there(coder):
    (coded,) = code_texts(_rows(3), coder)
    assert coded.segments.schema.names == [one.name for one in DERIVED["coded_segments"].columns]
    wanted = [one.name for one in DERIVED["coded_texts"].columns]
    assert coded.texts.schema.names == [*wanted, "language"]


def test_places_point_into_the_original(coder):
    (coded,) = code_texts(_rows(1), coder)
    rows = coded.segments.to_pylist()
    text = _rows(1)[0].text
    assert [text[row["start"] : row["end"]] for row in rows] == [
        "trop lent 0.",
        "Je résilie demain !",
    ]
    assert [row["position"] for row in rows] == [0, 1]
    assert {row["coder"] for row in rows} == {coder.name}
    assert coded.texts.to_pylist()[0]["language"] == "fr"


def test_probabilities_of_families_sum_to_one(coder):
    (coded,) = code_texts(_rows(5), coder)
    for row in coded.texts.to_pylist():
        assert sum(value for name, value in row.items() if name.startswith("p_")) == pytest.approx(
            1
        )


def test_codes_are_legal_or_unsaid(coder):
    segments = pa.Table.from_batches(
        [one.segments for one in code_texts(_rows(40), coder)]
    ).to_pylist()
    assert {row["movement"] for row in segments} <= {"T", "A", "N", None}
    assert {row["sentiment"] for row in segments} <= {"+", "-", "~", "0", None}
    assert all(set(row["justice"]) <= set("DPIF") for row in segments)
    assert all(0 <= row["movement_confidence"] <= 1 for row in segments)


def test_talk_is_coded_only_about_a_declared_change(coder):
    about = Verbatim(
        1, "je préfère payer en ligne", target="payer en ligne", before="Et en ligne ?"
    )
    plain = Verbatim(2, "je préfère payer en ligne")
    (coded,) = code_texts([about, plain], coder)
    first, second = coded.segments.to_pylist()
    assert first["target"] == "payer en ligne"
    assert first["talk_confidence"] is not None
    assert second["talk"] is second["talk_confidence"] is second["target"] is None


def test_a_text_without_words_has_no_segment_and_one_row(coder):
    (coded,) = code_texts([("x", "…"), ("y", "")], coder)
    assert (coded.segments.num_rows, coded.texts.num_rows) == (0, 2)
    assert coded.segments.schema == segments_schema(pa.string())
    assert coded.texts.schema == texts_schema(pa.string())


def test_how_many_at_once_changes_nothing(coder):
    one = pa.Table.from_batches([b.segments for b in code_texts(_rows(30), coder)])
    many = pa.Table.from_batches([b.segments for b in code_texts(_rows(30), coder, at_once=7)])
    names = [name for name in one.column_names if not name.endswith("confidence")]
    assert one.select(names).equals(many.select(names))


def test_memory_does_not_grow_with_the_number_of_texts(coder):
    def peak(count):
        rows = (Verbatim(n, f"trop lent {n % 50}. Nul !") for n in range(count))
        tracemalloc.start()
        for _ in code_texts(rows, coder, at_once=200):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(400)
    assert peak(4000) < 1.3 * peak(800)


def test_batches_of_spark_give_the_same():
    rows = _rows(9)
    table = pa.table(
        {
            name: [getattr(row, name) for row in rows]
            for name in ("interaction_id", "customer_id", "at", "text")
        }
    ).cast(
        pa.schema(
            [
                ("interaction_id", pa.int64()),
                ("customer_id", pa.int64()),
                ("at", pa.timestamp("us", "UTC")),
                ("text", pa.string()),
            ]
        )
    )
    given = table.to_batches(max_chunksize=4)
    for what in ("segments", "texts"):
        got = pa.Table.from_batches(list(arrow_coder(what)(iter(given))))
        alone = pa.Table.from_batches([getattr(one, what) for one in code_texts(rows)])
        names = [
            name
            for name in alone.column_names
            if not pa.types.is_float64(alone.schema.field(name).type)
        ]
        assert got.select(names).equals(alone.select(names))


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore")
def test_spark_itself_gives_the_same():
    sql = pytest.importorskip("pyspark.sql")
    spark = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    rows = _rows(40)
    frame = spark.createDataFrame(
        [(row.interaction_id, row.customer_id, row.at, row.text) for row in rows],
        "interaction_id long, customer_id long, at timestamp, text string",
    ).repartition(3)
    schema = ", ".join(
        f"`{one.name}` {_spark_type(one.type)}" for one in segments_schema(pa.int64())
    )
    got = frame.mapInArrow(arrow_coder("segments"), schema).toPandas()
    alone = pa.Table.from_batches([one.segments for one in code_texts(rows)]).to_pandas()
    keys = ["interaction_id", "position"]
    for column in ("start", "end", "movement", "sentiment", "justice", "trust", "coder"):
        assert got.sort_values(keys)[column].tolist() == alone.sort_values(keys)[column].tolist()


def _spark_type(arrow):
    if pa.types.is_timestamp(arrow):
        return "timestamp"
    return {"int64": "long", "double": "double", "string": "string"}[str(arrow)]


def test_the_carried_coder_knows_plain_cases():
    (coded,) = code_texts(
        [(1, "Je résilie mon contrat, fuyez !"), (2, "Accueil très agréable, merci.")],
        carried_coder(),
    )
    first, second = coded.segments.to_pylist()
    assert first["movement"] == "A"
    assert second["sentiment"] == "+"
    assert "I" in second["justice"]


def test_the_card_says_what_was_measured():
    card = carried_card("fast")
    (judged,) = card["scores"]
    by_code = {row["code"]: row for row in judged["codes"]}
    assert {
        "movement",
        "sentiment",
        "trust",
        "relationship",
        "effort",
        "sentiment_of_three",
    } <= set(by_code)
    assert all(row["low"] <= row["f1"] <= row["high"] for row in by_code.values())
    assert card["trained_on"]["segments"]["fr"] > 1000


def test_heads_come_back_from_their_folder(coder, tmp_path):
    coder.write(tmp_path)
    again = read_coder(tmp_path, NoEncoder())
    assert again.name == coder.name
    (before,), (after,) = code_texts(_rows(5), coder), code_texts(_rows(5), again)
    assert before.segments["movement"].equals(after.segments["movement"])


def test_heads_refuse_the_vectors_of_another_encoder(coder, tmp_path):
    coder.write(tmp_path)
    other = NoEncoder()
    other.version = "2"
    with pytest.raises(AnotherEncoder):
        read_coder(tmp_path, other)


def test_a_folder_without_heads_is_no_coder(tmp_path):
    with pytest.raises(NoSuchCoder):
        read_coder(tmp_path, NoEncoder())
    (tmp_path / "card.json").write_text(json.dumps({"panels": ["segment"]}))
    with pytest.raises(NoSuchCoder):
        read_coder(tmp_path, NoEncoder())
    with pytest.raises(NoSuchCoder):
        carried_coder("nobody")


def test_a_language_the_table_does_not_know_is_left_unread():
    texts = [
        Verbatim(1, "Produto chegou antes do prazo, recomendo muito.", language="pt"),
        Verbatim(2, "Colis arrivé en avance, je recommande vraiment.", language="fr"),
    ]
    (coded,) = code_texts(texts, carried_coder())
    assert set(coded.segments["interaction_id"].to_pylist()) == {2}
    unread, read = coded.texts.to_pylist()
    kept = {"interaction_id", "customer_id", "at", "coder", "language"}
    assert all(value is None for name, value in unread.items() if name not in kept)
    assert unread["language"] == "pt"
    assert read["p_exchange"] is not None
