"""A language model's answers are held to the codebook, whatever its server does."""

import json

import pytest
from tests.adapters.coders.stand_in import StandIn, good

from entregent.adapters.coders.language_model import (
    TRIES,
    Endpoint,
    LanguageModelCoder,
    ServerRefuses,
)

TEXTS = [("a", "Trop lent. Je pars."), ("b", "Mme Lefebvre ne rappelle pas, 06 12 34 56 78.")]


def _coder(server, place, pauses=None, *, seconds=30.0, **options):
    waited = pauses if pauses is not None else []
    endpoint = Endpoint(server.address, "small", seconds=seconds, **options)
    return LanguageModelCoder(endpoint, place / "kept.jsonl", pause=waited.append)


def test_texts_are_coded_segment_by_segment(tmp_path):
    with StandIn() as server:
        first, second = _coder(server, tmp_path).code(TEXTS)
    assert [(one["start"], one["end"]) for one in first.segments] == [(0, 10), (11, 19)]
    assert first.segments[0]["justice"] == "DP"
    assert second.codes == {"relationship": "exchange", "stage": "unknown", "effort": "none"}
    assert first.problem is None


def test_what_names_a_person_never_leaves(tmp_path):
    with StandIn() as server:
        list(_coder(server, tmp_path).code(TEXTS))
        sent = json.dumps(server.bodies, ensure_ascii=False)
    assert "Lefebvre" not in sent
    assert "06 12 34" not in sent
    assert "[name 1]" in sent


def _wrong_code(question):
    answer = good(question)
    answer["texts"][0]["segments"][0]["movement"] = "LEAVING"
    return answer


def _one_segment_short(question):
    answer = good(question)
    answer["texts"][0]["segments"].pop()
    return answer


@pytest.mark.parametrize(
    "turn",
    [
        "slow",
        "not json at all",
        "nonsense",
        '{"texts": []}',
        "[1, 2]",
        500,
        429,
        _wrong_code,
        _one_segment_short,
    ],
    ids=lambda turn: getattr(turn, "__name__", str(turn)),
)
def test_a_bad_answer_is_asked_again(turn, tmp_path):
    patience = 1.5 if turn == "slow" else 30.0
    with StandIn(turn) as server:
        found = list(_coder(server, tmp_path, seconds=patience).code(TEXTS))
        assert len(server.asked) == 2
    assert [one.problem for one in found] == [None, None]


def test_json_in_a_fence_is_read(tmp_path):

    with StandIn() as server:
        answer = (
            "```json\n" + json.dumps(good({"texts": [{"id": 0, "segments": [1, 2]}]})) + "\n```"
        )
        server.turns.append(answer)
        (found,) = _coder(server, tmp_path).code(TEXTS[:1])
    assert found.problem is None


def test_a_server_that_asks_to_wait_is_waited_for(tmp_path):
    pauses = []
    with StandIn(429, 429) as server:
        list(_coder(server, tmp_path, pauses).code(TEXTS))
    assert pauses == [3.0, 3.0]


@pytest.mark.parametrize("turn", ["refusal", "cut"])
def test_a_text_the_model_declines_does_not_take_the_others_with_it(turn, tmp_path):
    with StandIn(turn, turn) as server:
        found = {one.key: one for one in _coder(server, tmp_path).code(TEXTS)}
        assert len(server.asked) == 3
    assert found["a"].problem
    assert found["a"].segments == []
    assert found["b"].problem is None


def test_a_text_that_never_gets_a_good_answer_is_left_uncoded(tmp_path):
    with StandIn(*["no json"] * 3 * TRIES) as server:
        found = list(_coder(server, tmp_path).code(TEXTS))
    assert all("codebook" in one.problem for one in found)
    assert (tmp_path / "kept.jsonl").read_text() == ""


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refusal_for_good_stops_at_once(status, tmp_path):
    with StandIn(status) as server:
        with pytest.raises(ServerRefuses, match=str(status)):
            list(_coder(server, tmp_path).code(TEXTS))
        assert len(server.asked) == 1
    assert not (tmp_path / "kept.jsonl").exists()


def test_what_was_coded_is_not_sent_again(tmp_path):
    with StandIn() as server:
        before = list(_coder(server, tmp_path).code(TEXTS))
        after = list(_coder(server, tmp_path).code([*TEXTS, ("c", "Merci, parfait.")]))
        assert len(server.asked) == 2
        assert len(server.asked[1]["texts"]) == 1
    assert [one.codes for one in after[:2]] == [one.codes for one in before]


def test_a_run_that_was_killed_goes_on(tmp_path):
    with StandIn() as server:
        list(_coder(server, tmp_path).code(TEXTS[:1]))
        kept = tmp_path / "kept.jsonl"
        kept.write_text(kept.read_text() + '{"coder": "half a li')
        found = list(_coder(server, tmp_path).code(TEXTS))
        assert [len(one["texts"]) for one in server.asked] == [1, 1]
    assert [one.problem for one in found] == [None, None]


def test_a_changed_text_is_coded_anew(tmp_path):
    with StandIn() as server:
        list(_coder(server, tmp_path).code([("a", "Trop lent.")]))
        list(_coder(server, tmp_path).code([("a", "Très rapide.")]))
        assert len(server.asked) == 2


def test_a_text_without_words_costs_nothing(tmp_path):
    with StandIn() as server:
        (found,) = _coder(server, tmp_path).code([("a", "...")])
        assert server.asked == []
    assert found.problem is None


def test_the_cost_is_told_before_anything_is_sent(tmp_path):
    with StandIn() as server:
        coder = _coder(server, tmp_path, price_in=2.0, price_out=8.0)
        cost = coder.estimate(TEXTS * 8)
        assert server.asked == []
    assert (cost.texts, cost.requests, cost.segments) == (16, 2, 24)
    assert cost.price == pytest.approx((2 * cost.tokens_in + 8 * cost.tokens_out) / 1e6)


def test_only_web_addresses_are_asked(tmp_path):
    with pytest.raises(ServerRefuses):
        LanguageModelCoder(Endpoint("file:///etc/passwd", "x"), tmp_path / "kept")
