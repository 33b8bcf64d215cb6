import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect


def names(page: Page) -> list[str]:
    return page.locator("tbody th").all_inner_texts()


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def nadia(page: Page) -> None:
    """Find the file of Nadia Benali by the search box, and open it."""
    page.goto("/comprendre/clients/")
    page.keyboard.press("Control+k")
    page.keyboard.type("nadia benali")
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("link", name="Nadia Benali").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nadia Benali")


def test_a_customer_is_found_by_a_part_of_the_name_without_accents(page_of):
    page = page_of("adviser", "/comprendre/clients/")
    page.get_by_role("main").get_by_label("Nom, e-mail, téléphone, numéro").fill("etienne le g")
    page.keyboard.press("Enter")
    expect(page.locator("tbody th")).to_contain_text(["Étienne Le Goff"])
    assert asked(page)["q"] == ["etienne le g"]


def test_filters_and_order_live_in_the_address_so_that_a_colleague_sees_the_same(page_of):
    page = page_of("manager", "/comprendre/clients/")
    page.get_by_label("Dossier ouvert").check()
    page.wait_for_url(re.compile("open="))
    page.get_by_role("link", name="Chiffre d’affaires").click()
    page.wait_for_url(re.compile("sort="))
    shown = names(page)
    assert shown
    other = page_of("adviser", page.url)
    assert names(other) == shown
    amounts = [
        float(re.sub(r"[^\d,-]", "", cell.replace("−", "-")).replace(",", "."))
        for cell in other.locator("tbody td[data-label^='chiffre' i]").all_inner_texts()
    ]
    assert amounts == sorted(amounts, reverse=True) or amounts == sorted(amounts)


def test_pages_follow_each_other_and_lead_back(page_of):
    page = page_of("adviser", "/comprendre/clients/")
    first = names(page)
    page.get_by_role("link", name="Suivant").click()
    page.wait_for_url(re.compile("after="))
    second = names(page)
    assert second
    assert not set(first) & set(second)
    page.get_by_role("link", name="Précédent").click()
    page.wait_for_url(re.compile("before="))
    assert names(page) == first


def test_nobody_found_teaches_what_to_try_next(page_of):
    page = page_of("adviser", "/comprendre/clients/?q=zzzz")
    expect(page.get_by_role("main")).to_contain_text("Personne ne répond à ces critères")
    page.get_by_role("link", name="Voir tout le monde").click()
    expect(page.locator("tbody tr").first).to_be_visible()


def test_the_timeline_is_narrowed_to_a_word_and_opened_again(page_of):
    page = page_of("adviser")
    nadia(page)
    history = page.locator("#timeline")
    before = history.locator(".timeline > li").count()
    history.get_by_role("searchbox").fill("expert")
    history.get_by_role("button", name="Chercher").click()
    page.wait_for_url(re.compile("q=expert"))
    found = page.locator("#timeline .timeline > li")
    assert 0 < found.count() < before
    expect(page.locator("#timeline")).to_contain_text("expert")
    page.locator("#timeline").get_by_role("link", name="Tout montrer").click()
    expect(page.locator("#timeline .timeline > li")).to_have_count(before)


def test_a_promise_is_noted_then_marked_as_kept(page_of):
    page = page_of("adviser")
    nadia(page)
    page.locator(".note summary").click()
    note = page.locator(".note form")
    note.get_by_label("Nature").select_option("promise")
    note.get_by_role("textbox").first.fill("Envoyer le double du constat")
    note.get_by_role("button").click()
    expect(note).to_contain_text("Une promesse a une date")
    note.get_by_label("À tenir avant le").fill("2030-06-30")
    note.get_by_role("button").click()
    promise = page.locator(".agreed li", has_text="Envoyer le double du constat").first
    expect(promise).to_be_visible()
    promise.get_by_role("button", name="Tenue").first.click()
    expect(page.locator("li", has_text="Envoyer le double du constat").first).to_contain_text(
        re.compile("tenue", re.IGNORECASE)
    )


def test_the_hand_over_sheet_tells_what_to_know_and_is_shared_by_a_link(page_of):
    page = page_of("adviser")
    nadia(page)
    page.get_by_role("link", name=re.compile("Relevé de passation|passation")).first.click()
    sheet = page.get_by_role("main")
    expect(sheet).to_contain_text("Ne jamais appeler avant 17 h")
    expect(sheet).to_contain_text("Solde de l’indemnisation versé")
    page.get_by_role("button", name="Obtenir un lien à partager").click()
    link = page.locator("#link").input_value()
    colleague = page_of("manager", link)
    expect(colleague.get_by_role("main")).to_contain_text("Nadia Benali")


def test_the_hand_over_sheet_prints_on_one_or_two_pages_without_the_frame(page_of):
    page = page_of("adviser")
    nadia(page)
    page.goto(page.url.split("?")[0].split("#")[0] + "releve/")
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    expect(page.get_by_role("button", name="Imprimer")).to_be_hidden()
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert 1 <= printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") <= 2


def test_looking_at_a_file_leaves_a_line_that_the_officer_can_read(page_of):
    """The trail names a file by its number, so that it keeps no name once the file is erased."""
    page = page_of("manager")
    nadia(page)
    number = re.search(r"/clients/(\d+)/", page.url).group(1)
    trail = page_of("officer", f"/donnees/audit/?about=client+n°+{number}")
    expect(trail.locator("tbody")).to_contain_text("Marc Vasseur")
    expect(trail.locator("tbody")).to_contain_text("a consulté")


def test_an_adviser_can_neither_export_nor_erase(page_of):
    page = page_of("adviser", "/comprendre/clients/")
    expect(page.get_by_role("link", name="XLSX")).to_have_count(0)
    assert page.goto("/comprendre/clients/export/csv/").status == 403
    nadia(page)
    expect(page.get_by_role("link", name="Effacer cette personne")).to_have_count(0)
    assert page.goto(page.url.split("#")[0] + "effacer/").status == 403
