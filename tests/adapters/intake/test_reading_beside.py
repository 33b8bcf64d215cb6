"""Reading a file in a process of its own says the same as reading it here."""

import pickle
from pathlib import Path

import pytest

from entregent.adapters.intake.mapping import Mapping
from entregent.adapters.intake.packing import packed, unpacked
from entregent.adapters.intake.reading import Export, converted, converted_beside
from entregent.adapters.readers.batches import UnreadableFile
from entregent.adapters.readers.choices import Choices

MESSAGES = Mapping(
    columns={"id": ["interaction.key"], "mail": ["identity.email"], "quand": ["at"], "mots": ["interaction.text"], "ville": ["attribute.ville"]},
    timezone="Europe/Paris",
)  # fmt: skip


def export(path: Path) -> Export:
    return Export(path, path.name, Choices(), MESSAGES, "Boîte mail")


@pytest.fixture
def messages(tmp_path):
    path = tmp_path / "boite.csv"
    rows = [
        f"m{n},c{n % 7}@exemple.fr,{'hier' if n % 11 == 0 else f'2026-03-{1 + n % 28:02d} 09:00:00'},mot {n},Lille"
        for n in range(500)
    ]
    path.write_text("\n".join(["id,mail,quand,mots,ville", *rows, "m500,trop peu", ""]))
    return path


def test_the_process_beside_hands_over_what_is_read_here(messages):
    here, beside = (list(read(export(messages), 120)) for read in (converted, converted_beside))
    assert len(here) == 5
    assert beside == [pickle.loads(pickle.dumps(batch)) for batch in here]
    assert sum(len(batch.refusals) for batch in beside) == len(range(0, 500, 11))
    assert [row.reason.code for batch in beside for row in batch.unreadable] == ["too_few_cells"]


def test_the_process_beside_says_why_a_file_cannot_be_read(tmp_path):
    empty = tmp_path / "vide.csv"
    empty.write_text("")
    with pytest.raises(UnreadableFile) as refusal:
        list(converted_beside(export(empty), 100))
    assert refusal.value.reason.code == "empty_file"


def test_whoever_stops_listening_ends_the_process_beside(messages):
    batches = converted_beside(export(messages), 10)
    assert next(batches).numbers[0] == 2
    batches.close()
    assert list(batches) == []


@pytest.mark.parametrize(
    "column",
    [
        [],
        [""],
        ["oui", "", "non"],
        ["one that holds \x1e the sign between", "another"],
        ["a text", None],
        [None, "a text"],
        [1, 2.5, None],
        [b"a" * 16, b"b" * 16],
        range(3),
    ],
)
def test_a_column_arrives_as_it_left(column):
    assert unpacked(pickle.loads(pickle.dumps(packed(column)))) == column
