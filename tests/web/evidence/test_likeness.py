"""Meanings are measured with an encoder that reads what the coder in use reads."""

from types import SimpleNamespace

import pytest

from entregent.web.evidence import likeness


@pytest.mark.parametrize(
    ("profile", "encoder"),
    [("fast", "fast"), ("tuned", "fast"), ("multilingual", "multilingual"), ("accurate", "multilingual")],
)  # fmt: skip
def test_the_encoder_reads_the_languages_of_the_coder_in_use(monkeypatch, profile, encoder):
    coder = SimpleNamespace(card={"profile": profile})
    monkeypatch.setattr(likeness, "coder_in_use", lambda: coder)
    assert likeness.encoder_in_use() == encoder
