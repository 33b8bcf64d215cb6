"""The tuned transformer reads words in their place, and nothing beside a text changes its vector."""

import numpy as np
import pytest

from entregent.adapters.coders.coder import carried_coder
from entregent.adapters.coders.pipeline import code_texts
from entregent.adapters.encoders import ContextEncoder, EncoderAbsent, open_encoder
from entregent.adapters.encoders.static import fast_encoder
from entregent.adapters.encoders.tuned.documents import (
    LONGEST,
    answer_to,
    passages_in,
    whole_text,
)
from entregent.adapters.encoders.tuned.pieces import CLOSING, MARKS, OPENING, UNKNOWN, Pieces

LETTERS = "abcdefghijklmnopqrstuvwxyz.'éà"
PIECES = Pieces(
    [*MARKS, "▁", *LETTERS, "▁trop", "▁cher", "▁je"], [*[0.0] * 3, *[-5.0] * 31, *[-6.0] * 3]
)


def _words(document):
    known = [*MARKS, "▁", *LETTERS, "▁trop", "▁cher", "▁je"]
    return ["".join(known[rank] for rank in document.pieces[first:end]) for _, first, end in document.spans]  # fmt: skip


@pytest.fixture(scope="module")
def encoder():
    try:
        return open_encoder("tuned")
    except EncoderAbsent as absent:
        pytest.skip(str(absent))


# pieces and documents


def test_a_word_is_cut_into_its_likeliest_pieces():
    assert PIECES.ranks("trop cher") == [34, 35]
    assert PIECES.ranks("cherè") == [35, UNKNOWN]
    assert PIECES.ranks("TROP TROPIC") == [3, *[UNKNOWN] * 4, 34, 12, 6]
    assert PIECES.ranks(" \n") == []


def test_passages_stand_in_their_text():
    (document,) = passages_in(PIECES, "trop cher.  je pars", [(7, "trop cher."), (8, "je pars")])
    assert document.pieces == [OPENING, *PIECES.ranks("trop cher. je pars"), CLOSING]
    assert [passage for passage, _, _ in document.spans] == [7, 8]
    assert _words(document) == ["▁trop▁cher.", "▁je▁pars"]


def test_the_same_words_twice_are_two_passages():
    (document,) = passages_in(PIECES, "trop cher. trop", [(0, "trop"), (1, "trop")])
    assert document.spans == [(0, 1, 2), (1, 4, 5)]


def test_a_passage_that_is_not_in_the_text_is_read_by_itself():
    told, alone = passages_in(PIECES, "trop cher", [(0, "cher"), (1, "je")])
    assert told.pieces == [OPENING, 34, 35, CLOSING]
    assert alone.pieces == [OPENING, 36, CLOSING]
    assert alone.spans == [(1, 1, 2)]


def test_a_long_text_is_read_in_parts_that_together_are_all_of_it():
    documents = whole_text(PIECES, 0, "trop " * (LONGEST + 46))
    assert [len(one.pieces) for one in documents] == [LONGEST + 2, 48]
    assert [one.spans for one in documents] == [[(0, 1, LONGEST + 1)], [(0, 1, 47)]]


def test_an_utterance_comes_after_what_was_said_before():
    (document,) = answer_to(PIECES, 0, "je pars", "trop cher")
    assert document.pieces == [OPENING, 34, 35, CLOSING, *PIECES.ranks("je pars"), CLOSING]
    assert _words(document) == ["▁je▁pars"]


# vectors


def test_it_reads_in_context_through_the_port(encoder):
    assert isinstance(encoder, ContextEncoder)
    assert (encoder.name, encoder.width, encoder.dim) == ("tuned", 384, 640)
    assert encoder.version.endswith("+fast-" + fast_encoder().version)
    assert encoder.encode([]).shape == (0, 640)
    assert not encoder.encode([""]).any()


def test_the_same_words_mean_something_else_elsewhere(encoder):
    words = ["c'est vraiment du beau travail"] * 2
    praised, mocked = encoder.encode_within(
        words,
        [
            "Réparé en une heure, c'est vraiment du beau travail",
            "Encore en panne, c'est vraiment du beau travail",
        ],
    )
    assert not np.allclose(praised[:384], mocked[:384], atol=0.005)


def test_a_vector_does_not_depend_on_what_is_read_beside_it(encoder):
    texts = ["Je pars.", "Trois mois d'attente et aucune réponse de votre service, c'est long."]
    together = encoder.encode_within([*texts, "Je pars."], [*texts, "Je pars."])
    np.testing.assert_array_equal(together[0], together[2])
    np.testing.assert_array_equal(together[1:2], encoder.encode_within(texts[1:], texts[1:]))


def test_a_text_that_is_one_passage_is_read_alike_in_both_ways(encoder):
    text = "Conseillère très aimable."
    alone, within = encoder.encode([text]), encoder.encode_within([text], [text])
    np.testing.assert_array_equal(alone[:, :512], within[:, :512])
    # What stands around a whole text is nothing; around its passage, the text.
    assert not alone[:, 512:].any()
    np.testing.assert_array_equal(within[:, 512:], within[:, 384:512])


def test_the_package_carries_less_than_thirty_megabytes():
    from importlib.resources import files

    folder = files("entregent.catalogue") / "voice" / "encoder" / "tuned"
    sizes = {one.name: len(one.read_bytes()) for one in folder.iterdir()}
    assert set(sizes) == {"reader.onnx", "pieces.npz"}
    assert sum(sizes.values()) < 30_000_000


# the coder that the package carries


def test_the_carried_coder_reads_each_segment_for_itself_and_two_languages_only():
    try:
        coder = carried_coder("tuned")
    except EncoderAbsent as absent:
        pytest.skip(str(absent))
    text = "Fidèle depuis dix ans, mais là c'est fini, je résilie. La conseillère était charmante."
    pieces = ["Fidèle depuis dix ans, mais là c'est fini, je résilie.", "La conseillère était charmante."]  # fmt: skip
    found = coder.read_segments(pieces, [text, text])
    assert found["movement"].answers == ["A", "N"]
    assert found["sentiment"].answers[1] == "+"
    assert found["justice_I"].answers == ["no", "yes"]
    assert (coder.reads("fr"), coder.reads("de"), coder.reads(None)) == (True, False, True)


def test_spark_and_the_desk_code_alike():
    try:
        coder = carried_coder("tuned")
    except EncoderAbsent as absent:
        pytest.skip(str(absent))
    rows = [(1, "Trop cher. Je pars !"), (2, "Trois mois sans réponse de votre part. Honteux.")]
    (together,) = code_texts(rows, coder)
    alone = [coded for row in rows for coded in code_texts([row], coder)]
    for part in ("segments", "texts"):
        one_by_one = [row for coded in alone for row in getattr(coded, part).to_pylist()]
        for row, same in zip(getattr(together, part).to_pylist(), one_by_one, strict=True):
            assert row == pytest.approx(same, abs=1e-6)
