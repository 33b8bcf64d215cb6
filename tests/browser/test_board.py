import re

from playwright.sync_api import expect


def number(text: str) -> int:
    return int(re.sub(r"\D", "", re.search(r"[\d\s  ]+", text).group()))


def test_a_figure_opens_as_many_rows_as_it_says_and_they_are_exported(page_of):
    page = page_of("manager", "/mesurer/")
    card = page.locator("article", has_text="Recommandation (NPS)").first
    answers = number(re.search(r"·\s*([\d\s  ]+)\s*réponses", card.inner_text()).group(1))
    card.get_by_role("link", name="les réponses").click()
    expect(page.locator(".question .lead")).to_contain_text(re.compile(r"lignes"))
    assert number(page.locator(".question .lead").inner_text()) == answers
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == answers + 1


def test_open_cases_are_counted_and_opened(page_of):
    page = page_of("manager", "/mesurer/")
    card = page.locator("article", has_text="Dossiers ouverts").first
    cases = number(card.locator(".figure-value").inner_text())
    card.locator(".figure-value a").click()
    assert number(page.locator(".question .lead").inner_text()) == cases


def test_a_period_is_chosen_at_once_and_stays_in_the_address(page_of):
    page = page_of("manager", "/mesurer/")
    page.get_by_label("Période").select_option("30d")
    page.wait_for_url(re.compile("period=30d"))
    expect(page.get_by_label("Période")).to_have_value("30d")


def test_pictures_are_drawn_with_a_description(page_of):
    page = page_of("manager", "/mesurer/?period=all")
    expect(page.locator("[data-picture] svg").first).to_be_visible(timeout=20_000)
    for picture in page.locator("[data-picture]").all():
        assert picture.get_attribute("aria-label")


def test_a_convention_of_the_house_changes_the_figure_at_once(page_of):
    page = page_of("administrator", "/mesurer/?period=all")
    card = page.locator("article", has_text="Appels répondus en").first
    before = card.locator(".figure-value").inner_text()
    settings = page_of("administrator", "/donnees/reglages/")
    field = settings.get_by_label("Répondre aux appels en moins de (secondes)")
    field.fill("300")
    settings.get_by_role("button", name="Enregistrer").click()
    expect(settings.locator(".messages")).to_contain_text("Réglages enregistrés")
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Appels répondus en 300 s")
    assert card.locator(".figure-value").inner_text() != before
    settings.get_by_label("Répondre aux appels en moins de (secondes)").fill("20")
    settings.get_by_role("button", name="Enregistrer").click()
    page.reload()
    expect(card.locator(".figure-value")).to_have_text(before)
