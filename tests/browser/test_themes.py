import re

from playwright.sync_api import expect


def test_a_theme_is_opened_named_and_found_again_under_its_name(page_of):
    page = page_of("manager", "/ecouter/themes/?period=all")
    expect(page.get_by_role("heading", level=1)).to_contain_text("De quoi parlent vos clients")
    page.locator("tbody a").first.click()
    expect(page.locator(".lead")).to_contain_text(re.compile(r"textes sur .* en parlent"))
    expect(page.get_by_role("heading", name="Reproches typiques")).to_be_visible()
    page.get_by_label("Nom").fill("Ce qui traîne")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui traîne")
    page.goto("/ecouter/themes/?period=all")
    expect(page.get_by_role("link", name="Ce qui traîne")).to_be_visible()


def test_a_theme_left_out_can_be_taken_back(page_of):
    page = page_of("analyst", "/ecouter/themes/?period=all&level=fine")
    theme = page.locator("tbody a").last
    name = theme.inner_text()
    theme.click()
    page.get_by_role("button", name="Écarter ce thème").click()
    expect(page.get_by_role("status").first).to_contain_text("ne compte plus")
    expect(page.locator("tbody").get_by_role("link", name=name, exact=True)).to_have_count(0)
    page.get_by_text("Thèmes écartés").click()
    page.get_by_role("button", name=f"Reprendre {name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_the_main_causes_are_drawn_and_told(page_of):
    page = page_of("adviser", "/ecouter/themes/causes/?period=all", language="en", phone=True)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Which causes")
    expect(page.locator("[data-picture]")).to_be_visible()
    expect(page.locator("tbody tr").first).to_contain_text("yes")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
