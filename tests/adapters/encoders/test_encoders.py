"""Every encoder keeps the port's promises; vectors are remembered by content and version."""

import numpy as np
import pytest
from tests.adapters.coders.stand_in import StandIn

from entregent.adapters.encoders import (
    Encoder,
    EncoderAbsent,
    UnknownEncoder,
    open_encoder,
)
from entregent.adapters.encoders.cache import CachedEncoder
from entregent.adapters.encoders.combined import CombinedEncoder
from entregent.adapters.encoders.distillation import distil
from entregent.adapters.encoders.endpoint import EndpointEncoder
from entregent.adapters.encoders.port import unit_length
from entregent.adapters.encoders.static import fast_encoder, table_of


class Counting:
    """Vectors that only depend on the words' letters; counts what it is asked."""

    name, dim = "counting", 8

    def __init__(self, version="1"):
        self.version, self.asked = version, []

    def encode(self, texts):
        self.asked += texts
        found = [np.random.default_rng(sum(map(ord, text))).normal(size=8) for text in texts]
        return unit_length(np.asarray(found, np.float32).reshape(-1, 8))


def _profile(name):
    try:
        return open_encoder(name)
    except EncoderAbsent as absent:
        pytest.skip(str(absent))


@pytest.mark.parametrize("name", ["fast", "multilingual", "accurate"])
def test_a_profile_keeps_the_port(name):
    encoder = _profile(name)
    texts = ["Je suis très déçu du service", "I am very disappointed with the service"]
    found = encoder.encode(texts)
    assert isinstance(encoder, Encoder)
    assert found.shape == (2, encoder.dim)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=0.02)
    np.testing.assert_allclose(found, encoder.encode(texts), atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_the_fast_table_is_small_and_speaks_both_languages():
    encoder = fast_encoder()
    near, far = (
        encoder.encode([one, other])
        for one, other in [
            ("remboursement trop lent", "the refund is too slow"),
            ("remboursement trop lent", "lovely music in the shop"),
        ]
    )
    assert len(encoder.to_bytes()) < 6_000_000
    assert near[0] @ near[1] > far[0] @ far[1] + 0.2


def test_nothing_known_gives_zeros():
    assert not fast_encoder().encode(["", "☂☂☂"]).any()


def test_accents_and_endings_left_out_are_forgiven():
    encoder = fast_encoder()
    with_accents, without = encoder.encode(["résiliation immédiate", "resiliation immediate"])
    assert with_accents @ without > 0.7
    known, longer = encoder.encode(["remboursement", "remboursementtt"])
    assert known @ longer > 0.99


def test_a_table_comes_back_from_its_bytes():
    encoder = fast_encoder()
    again = table_of(encoder.to_bytes())
    np.testing.assert_array_equal(again.encode(["bonjour"]), encoder.encode(["bonjour"]))
    assert again.version == encoder.version


def test_distilling_comes_close_to_a_teacher_that_averages_words():
    class Averaging(Counting):
        def encode(self, texts):
            words = [
                [super(Averaging, self).encode([word])[0] for word in text.split()]
                for text in texts
            ]
            return unit_length(np.asarray([np.mean(one, axis=0) for one in words], np.float32))

    words = ["colis", "retard", "prix", "accueil", "lent", "aimable"]
    chance = np.random.default_rng(0)
    sentences = [" ".join(chance.choice(words, 4)) for _ in range(300)]
    teacher = Averaging()
    table = distil(teacher, words, sentences, dimensions=8)
    pairs = np.arange(300).reshape(-1, 2)
    told, learned = teacher.encode(sentences), table.encode(sentences)
    closeness = [[float(v[a] @ v[b]) for a, b in pairs] for v in (told, learned)]
    assert np.corrcoef(closeness)[0, 1] > 0.9


def test_vectors_are_remembered(tmp_path):
    counting = Counting()
    cached = CachedEncoder(counting, tmp_path / "vectors.sqlite")
    first = cached.encode(["a", "b", "a"])
    again = CachedEncoder(counting, tmp_path / "vectors.sqlite").encode(["b", "a", "c"])
    assert counting.asked == ["a", "b", "c"]
    np.testing.assert_array_equal(first[[1, 0]], again[:2])


def test_another_version_remembers_nothing_of_the_last(tmp_path):
    CachedEncoder(Counting("1"), tmp_path / "vectors.sqlite").encode(["a"])
    newer = Counting("2")
    CachedEncoder(newer, tmp_path / "vectors.sqlite").encode(["a"])
    assert newer.asked == ["a"]


def test_the_cache_holds_no_words(tmp_path):
    place = tmp_path / "vectors.sqlite"
    CachedEncoder(Counting(), place).encode(["confidentiel dossier"])
    assert b"confidentiel" not in place.read_bytes()


def test_two_encoders_side_by_side_have_length_one():
    both = CombinedEncoder("both", [Counting(), Counting("2")])
    assert both.dim == 16
    np.testing.assert_allclose(np.linalg.norm(both.encode(["a", "b"]), axis=1), 1, atol=1e-6)


def test_a_server_of_embeddings_is_read_in_order():
    with StandIn() as server:
        encoder = EndpointEncoder(server.address, "small")
        found = encoder.encode(["aaaa", "b", ""])
        opened = open_encoder(f"{server.address}#small")
    assert opened.version == "small"
    np.testing.assert_allclose(found[0], np.array([4, 1, 0]) / np.sqrt(17), rtol=1e-6)
    assert found.shape == (3, 3)


def test_a_server_that_gives_no_vectors_is_absent():
    with StandIn() as server:
        encoder = EndpointEncoder(server.address, "small")
        server.vectors = lambda body: {"data": []}
        with pytest.raises(EncoderAbsent):
            encoder.encode(["a"])
    with pytest.raises(EncoderAbsent):
        EndpointEncoder("http://127.0.0.1:9/v1", "small", seconds=1)
    with pytest.raises(EncoderAbsent):
        EndpointEncoder("file:///tmp/x", "small")


def test_an_unknown_name_is_refused():
    with pytest.raises(UnknownEncoder, match="best-of-all"):
        open_encoder("best-of-all")
