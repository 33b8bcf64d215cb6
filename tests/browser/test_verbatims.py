import re

from playwright.sync_api import expect


def test_words_are_found_marked_and_shared_by_the_address(page_of):
    page = page_of("adviser", "/ecouter/verbatims/")
    page.get_by_role("searchbox", name="Les mots à trouver").fill("remboursement")
    page.get_by_role("main").get_by_role("button", name="Chercher").click()
    page.wait_for_url(re.compile("q=remboursement"))
    marks = page.locator(".verbatims mark")
    expect(marks.first).to_be_visible()
    assert {text.lower().rstrip("s") for text in marks.all_inner_texts()} == {"remboursement"}
    said = page.locator(".verbatim").first.inner_text()
    other = page_of("manager", page.url)
    assert other.locator(".verbatim").first.inner_text() == said


def test_a_verbatim_has_an_address_of_its_own_and_shows_what_was_said_around(page_of):
    page = page_of("adviser", "/ecouter/verbatims/?q=voisin+du+dessus")
    page.get_by_role("link", name="Nadia Benali").first.wait_for()
    around = page.locator(".verbatim", has_text="Nadia Benali").first.locator("details.around")
    around.locator("summary").click()
    expect(around).to_contain_text("un expert passera jeudi")
    page.locator(".verbatim .when").first.click()
    expect(page.locator("blockquote.big mark").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Ce qui s’est dit autour")


def test_filters_narrow_what_is_found_and_are_undone_together(page_of):
    page = page_of("adviser", "/ecouter/verbatims/?q=remboursement")
    everything = page.locator(".question .lead").inner_text()
    page.get_by_label("Canal").select_option("chat")
    page.wait_for_url(re.compile("channel=chat"))
    assert page.locator(".question .lead").inner_text() != everything
    page.get_by_role("link", name="Tout effacer").click()
    expect(page).to_have_url(re.compile("/ecouter/verbatims/$"))


def test_nothing_found_says_what_to_try(page_of):
    page = page_of("adviser", "/ecouter/verbatims/?q=zzzz")
    expect(page.get_by_role("main")).to_contain_text("Personne n’a écrit cela")
    expect(page.get_by_role("link", name="Tout voir")).to_be_visible()


def test_those_who_may_take_what_answers_away_as_a_file(page_of):
    page = page_of("analyst", "/ecouter/verbatims/?q=remboursement")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    text = download.value.path().read_text("utf-8-sig")
    assert text.splitlines()[0].startswith("Quand;Client;Nom")
    assert "remboursement" in text.lower()
