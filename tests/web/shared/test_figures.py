import pytest
from django.utils.translation import override

from entregent.web.shared.templatetags.figures import (
    currency_sign,
    duration,
    money,
    number,
    percent,
    speak_currency,
)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ["−1\u202f234,5", "−3\u202f%", "−1\u202f128\u00a0€", "12\u00a0€"]),
        ("en", ["−1,234.5", "−3%", "−€1,128", "€12"]),
    ],
)
def test_what_is_below_zero_bears_a_minus_and_no_hyphen(language, said):
    with override(language):
        assert [number(-1234.5, 1), percent(-0.03), money(-1128), money(12)] == said


@pytest.mark.parametrize(("language", "said"), [("fr", "11 j 18 h"), ("en", "11 d 18 h")])
def test_days_are_told_in_the_reader_s_language(language, said):
    with override(language):
        assert duration((11 * 24 + 18) * 3600) == said


def test_amounts_of_which_nothing_is_said_are_in_the_firms_currency():
    try:
        with override("fr"):
            assert money(12) == "12\u00a0€"
            speak_currency("BRL")
            assert (money(12), currency_sign()) == ("12\u00a0R$", "R$")
            assert money(12, "EUR") == "12\u00a0€"
    finally:
        speak_currency("EUR")
