import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect
from tests.browser.conftest import sign_in
from tests.browser.test_accessibility import looked_at_every_way
from tests.browser.workspace import PASSWORD, PEOPLE

PAGES = ("", "totp/deactivate/", "recovery-codes/", "recovery-codes/generate/")


def code(secret: str) -> str:
    """What an authenticator application shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def protected(page):
    """A newcomer who has just made a second factor of their telephone; taken off again afterwards."""
    sign_in(page, PEOPLE["newcomer"][0])
    page.wait_for_url(lambda address: "/compte/" not in address)
    page.goto("/compte/2fa/totp/activate/")
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Confirmer").click()
    secret = page.locator("#authenticator_secret").input_value()
    page.locator("[name=code]").fill(code(secret))
    page.get_by_role("main").get_by_role("button", name="Activer").click()
    expect(page.get_by_role("main")).to_contain_text("codes de récupération", ignore_case=True)
    yield page, secret
    page.goto("/compte/2fa/totp/deactivate/")
    page.get_by_role("main").get_by_role("button").last.click()


def test_a_second_factor_is_made_asked_for_and_its_pages_stop_nobody(protected, new_context):
    page, _secret = protected
    found = []
    for address in PAGES:
        assert page.goto(f"/compte/2fa/{address}").status == 200
        found += [f"{address} {one}" for one in looked_at_every_way(page, "fr")]
    assert found == []
    other = new_context().new_page()
    sign_in(other, PEOPLE["newcomer"][0])
    expect(other).to_have_url("/compte/2fa/authenticate/")
    assert list(looked_at_every_way(other, "fr")) == []
