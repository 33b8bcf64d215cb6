"""What was read in customers' words: seen, filtered, found by likeness, and as it arrives."""

import re

from playwright.sync_api import expect
from tests.browser.test_imports import account, drop, settle

EXPLORER = "/ecouter/verbatims/"
NEWS = """Billet;Client;E-mail;Date;Canal;Message
Z1;ZC1;z1@exemple.fr;12/03/2026 09:14;e-mail;Merci beaucoup, votre conseillère a été adorable.
Z2;ZC2;z2@exemple.fr;12/03/2026 09:52;e-mail;Je résilie à l’échéance, c’est devenu trop cher.
"""


def test_words_are_filtered_by_what_was_read_and_each_mark_tells_how_sure_it_is(page_of):
    page = page_of("adviser", EXPLORER)
    page.get_by_text("Filtrer par ce que la machine a lu").click()
    page.get_by_label("Mouvement", exact=True).select_option("A")
    page.wait_for_url(re.compile("movement=A"))
    expect(page.get_by_label("Mouvement", exact=True)).to_have_value("A")
    texts = page.locator("ol.verbatims > li.verbatim")
    for one in texts.all():
        expect(one).to_contain_text("← s’éloigne")
    mark = texts.first.locator(".codes", has_text="← s’éloigne").first
    told = mark.locator(".says")
    expect(told).to_be_hidden()
    mark.focus()
    expect(told).to_be_visible()
    expect(told).to_contain_text(re.compile(r"Mouvement\s: loin de l’entreprise, sûr à \d+\s%"))
    assert mark.get_attribute("aria-label") == "\u202f; ".join(
        line.inner_text() for line in told.locator(".line").all()
    )
    page.keyboard.press("Escape")
    expect(told).to_be_hidden()


def test_marks_fit_a_phone(page_of):
    page = page_of("adviser", EXPLORER + "?sentiment=-", phone=True)
    page.locator(".codes").nth(2).focus()
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= page.viewport_size["width"]


def test_what_answers_is_counted_by_code_and_each_count_is_a_way_in(page_of):
    page = page_of("analyst", EXPLORER)
    page.get_by_text("Répartition par code de ce qui répond").click()
    way = page.locator(".spread").get_by_role("link", name="Vers l’entreprise")
    count = way.locator("xpath=following-sibling::span").inner_text()
    way.click()
    page.wait_for_url(re.compile("movement=T"))
    expect(page.locator(".question .lead")).to_contain_text(re.compile(rf"^\s*{count} textes?\b"))


def test_what_resembles_words_is_shown_beside_those_who_wrote_them(page_of):
    page = page_of("adviser", EXPLORER + "?q=remboursement")
    page.get_by_text("Aussi").click()
    alike = page.locator(".alike .verbatim")
    expect(alike.first).to_contain_text(re.compile(r"ressemblance 0,\d\d"))
    alike.first.locator(".when").click()
    expect(page.get_by_role("heading", name="Ce qui ressemble")).to_be_visible()
    expect(page.locator("#alike")).to_contain_text("La ressemblance va de 0 à 1")


def test_what_arrives_is_told_and_stops_while_somebody_reads(page_of):
    live, paused = (page_of("adviser", f"{EXPLORER}en-direct/{end}") for end in ("", "?pause"))
    latest = paused.locator("#arrivals .verbatim").first.inner_text()
    importing = page_of("analyst")
    drop(importing, "arrivees.csv", NEWS.encode())
    settle(importing, "Arrivées")
    account(importing)
    arrived = live.locator("#arrivals .verbatim", has_text="Je résilie à l’échéance, c’est devenu")
    expect(arrived.first).to_contain_text("← s’éloigne", timeout=60_000)
    expect(live.locator("#news")).to_contain_text(re.compile(r"\d+ nouveaux? textes?"))
    assert paused.locator("#arrivals .verbatim").first.inner_text() == latest
    paused.get_by_role("link", name="Reprendre").click()
    expect(paused.locator("#arrivals")).to_contain_text("votre conseillère a été adorable")
