"""What every page owes to hands: two languages, a keyboard alone, a phone."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.workspace import NADIA

PLACES = [
    ("/mesurer/", "Où en sommes-nous ?", "Where do we stand?"),
    ("/comprendre/clients/", "Qui sont nos clients ?", "Who are our customers?"),
    ("/ecouter/verbatims/", "Que disent nos clients ?", "What do our customers say?"),
    ("/donnees/audit/", "Qui a vu ou fait quoi ?", "Who saw or did what?"),
    ("/donnees/collegues/", "Qui travaille ici ?", "Who works here?"),
]


@pytest.mark.parametrize(("address", "french", "english"), PLACES)
def test_the_language_is_switched_where_one_stands_and_back(page_of, address, french, english):
    page = page_of("administrator", address)
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text(french)
    page.locator(".language button").click()
    expect(title).to_have_text(english)
    expect(page).to_have_url(re.compile(re.escape(address)))
    page.locator(".language button").click()
    expect(title).to_have_text(french)


def test_the_first_tab_skips_to_the_content(page_of):
    page = page_of("adviser", "/comprendre/clients/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_a_customer_is_reached_without_a_mouse(page_of):
    page = page_of("adviser", "/mesurer/")
    page.keyboard.press("Control+k")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("benali")
    page.keyboard.press("Enter")
    link = page.get_by_role("main").get_by_role("link", name="Nadia Benali").first
    expect(link).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nadia Benali")


def test_focus_is_always_seen(page_of):
    page = page_of("adviser", "/comprendre/clients/")
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            """() => { const style = getComputedStyle(document.activeElement);
                return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1; }"""
        )
        assert outline, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def test_the_menu_opens_and_closes_by_hand_on_a_phone(page_of):
    page = page_of("manager", "/mesurer/", phone=True)
    menu = page.get_by_role("button", name="Menu")
    places = page.get_by_role("navigation", name="Les cinq verbes")
    expect(places).to_be_hidden()
    menu.click()
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(places.get_by_role("link", name="Clients")).to_be_visible()
    page.keyboard.press("Escape")
    expect(places).to_be_hidden()
    expect(menu).to_be_focused()


def test_the_file_of_a_customer_is_read_on_a_phone(page_of):
    page = page_of("adviser", f"/comprendre/clients/{NADIA}/", phone=True)
    expect(page.get_by_role("main")).to_contain_text("Ne jamais appeler avant 17 h")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
