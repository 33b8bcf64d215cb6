import re

from playwright.sync_api import expect
from tests.browser.conftest import sign_in
from tests.browser.workspace import PASSWORD, PEOPLE


def test_a_wrong_password_says_so_and_keeps_the_address(page):
    sign_in(page, PEOPLE["manager"][0], "pas le bon mot de passe")
    expect(page.get_by_role("alert")).to_contain_text("mot de passe")
    expect(page.get_by_label("Adresse e-mail")).to_have_value(PEOPLE["manager"][0])
    expect(page).to_have_url(re.compile("/compte/login/"))


def test_the_right_password_opens_the_page_where_this_persons_day_begins(page):
    sign_in(page, PEOPLE["manager"][0])
    expect(page.get_by_role("heading", level=1)).to_contain_text("Qui est traité autrement")
    expect(page.locator(".person")).to_contain_text("Marc Vasseur")


def test_signing_in_leads_to_the_page_that_was_asked_for(page):
    page.goto("/ecouter/verbatims/?q=attente")
    expect(page).to_have_url(re.compile("/compte/login/"))
    page.get_by_label("Adresse e-mail").fill(PEOPLE["adviser"][0])
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page).to_have_url(re.compile(r"/ecouter/verbatims/\?q=attente"))


def test_signing_out_closes_every_page(page):
    sign_in(page, PEOPLE["officer"][0])
    page.locator(".person summary").click()
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto("/donnees/audit/")
    expect(page).to_have_url(re.compile("/compte/login/"))


def test_each_role_is_offered_the_places_it_may_enter_and_refused_the_others(page_of):
    adviser = page_of("adviser", "/comprendre/clients/")
    menu = adviser.get_by_role("navigation", name="Les cinq verbes")
    expect(menu.get_by_role("link", name="Clients")).to_be_visible()
    for place in ("Imports", "Journal d’audit", "Réglages", "Collègues"):
        expect(menu.get_by_role("link", name=place)).to_have_count(0)
    for address in (
        "/donnees/imports/",
        "/donnees/audit/",
        "/donnees/reglages/",
        "/donnees/collegues/",
    ):
        assert adviser.goto(address).status == 403
        expect(adviser.get_by_role("main")).to_contain_text("Cette page est réservée")
    assert page_of("manager").goto("/donnees/collegues/").status == 403
    assert page_of("officer").goto("/donnees/imports/").status in {200, 403}
    assert page_of("administrator").goto("/donnees/collegues/").status == 200
