"""A playbook simulated, switched on, and an action worked from the list, as people do it."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser.workspace import NADIA

PLAYBOOK = "/agir/conduites/take_over_well/"


def test_a_playbook_is_simulated_then_switched_on_and_its_actions_come(page_of):
    page = page_of("manager", "/agir/conduites/")
    page.get_by_role("link", name="Changer d’interlocuteur sans perdre le fil").click()
    expect(page.get_by_role("button", name="Mettre en service")).to_have_count(0)
    page.get_by_role("button", name="Voir qui elle concerne").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("qui serait concerné")
    expect(page.locator(".lead")).to_have_text(re.compile(r"\d+ clients sur 15\d"))
    page.get_by_label("Laisser de côté, pour comparer (%)").fill("0")
    page.get_by_role("button", name="Mettre en service").click()
    expect(page.get_by_role("status")).to_contain_text("Conduite en service")
    # The worker draws, once it has done what came before.
    for _ in range(90):
        page.goto("/agir/?whose=all&playbook=take_over_well")
        if page.locator("[data-row]").count():
            break
        page.wait_for_timeout(1000)
    expect(page.locator("[data-row]").first).to_contain_text("remettre la fiche de passage")


def test_an_action_is_worked_from_the_list_by_keyboard_and_taken_back(page_of):
    page = page_of("adviser", "/agir/?whose=all&playbook=broken_promise")
    rows = page.locator("[data-row]")
    before = rows.count()
    name = rows.nth(1).get_by_role("heading").get_by_role("link").inner_text()
    rows.first.get_by_role("heading").get_by_role("link").focus()
    page.keyboard.press("j")
    expect(rows.nth(1).get_by_role("heading").get_by_role("link")).to_be_focused()
    page.keyboard.press("f")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("Elle attendait ce signe.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"{name}, fait.")
    expect(rows).to_have_count(before - 1)
    closed = page.get_by_role("listitem").filter(has_text=name).last
    closed.get_by_role("button", name="annuler").click()
    expect(page.get_by_role("status")).to_contain_text("de nouveau à faire")
    expect(rows).to_have_count(before)


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Que faire maintenant"), ("en", "What to do now")],
)
def test_the_file_says_what_to_do_next(page_of, language, words):
    page = page_of("adviser", f"/comprendre/clients/{NADIA}/", language=language)
    panel = page.locator("section").filter(has=page.get_by_role("heading", name=words))
    expect(panel.locator(".what").first).to_be_visible(timeout=20_000)
    expect(panel.locator(".never").first).to_be_visible()


def test_an_offer_to_customers_who_are_held_is_refused_in_words(page_of):
    page = page_of("manager", "/agir/conduites/constraint_into_pledge/modifier/", language="en")
    page.get_by_label("It proposes to buy, to renew or to commit").check()
    page.get_by_role("button", name="Keep this version").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved")
    expect(page.get_by_text("by what holds or hurts them (constraint)")).to_be_visible()


def test_the_worklist_works_on_a_phone(page_of):
    page = page_of("adviser", "/agir/?whose=all", phone=True)
    expect(page.locator("[data-row]").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    later = page.locator("[data-row]").first.locator("details[data-key=r] summary")
    later.click()
    expect(page.locator("[data-row]").first.get_by_label("Jusqu’au")).to_be_visible()
