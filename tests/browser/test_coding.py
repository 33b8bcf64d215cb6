"""Two people code the same texts blind, learn how far they agree, settle, and teach the machine."""

import re

from playwright.sync_api import Page, expect

TEXTS = 8
# Keys of effort: high, low, not said. At the third text the two read differently.
ADVISER = ("h", "s", "h", "z", "z", "z", "s", "z")
ANALYST = ("h", "s", "s", "z", "z", "z", "s", "z")
LEARNING = 150_000


def opened_queue(page: Page, name: str, code: str, people: list[str], size: int = TEXTS) -> str:
    """A queue made as a person makes it; returns its address."""
    page.goto("/ecouter/codage/nouvelle/")
    page.get_by_label("Nom de la file").fill(name)
    for box in page.get_by_role("group", name="Codes à donner").get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("group", name="Codes à donner").get_by_label(code, exact=True).check()
    for person in people:
        page.get_by_label(person).check()
    page.get_by_label("Nombre de textes").fill(str(size))
    page.get_by_role("button", name="Ouvrir cette file").click()
    page.wait_for_url(re.compile(r"/codage/\d+/$"))
    expect(page.get_by_role("main")).to_contain_text("0 sur", timeout=60_000)
    return page.url


def code_by_keyboard(page: Page, address: str, keys: tuple[str, ...]) -> None:
    """As fast as the keys can be pressed: every answer waits its turn and none is lost."""
    page.goto(f"{address}coder/")
    expect(page.locator("form#coding")).to_be_focused()
    for number, key in enumerate(keys, 1):
        expect(page.locator("form#coding")).to_contain_text(f"Texte {number} sur {len(keys)}")
        page.keyboard.press(key)
        page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text(f"Vous avez fini : {len(keys)} textes codés")


def test_two_people_code_blind_agree_settle_and_teach_the_machine(page_of):
    manager = page_of("manager")
    address = opened_queue(
        manager, "Épreuve à deux", "Effort du client", ["Claire Petit", "Anaïs Roche"]
    )

    adviser = page_of("adviser")
    assert adviser.goto(f"{address}accord/").status == 403
    code_by_keyboard(adviser, address, ADVISER)
    analyst = page_of("analyst")
    code_by_keyboard(analyst, address, ANALYST)

    analyst.get_by_role("link", name="Voir l’accord").click()
    expect(analyst.get_by_role("main")).to_contain_text("1 désaccord, dont 1 à trancher.")
    row = analyst.locator("tbody tr", has_text="Effort du client")
    expect(row).to_contain_text("88 %")
    # Krippendorff's alpha of these sixteen answers, reckoned by hand: 1 - 15·2/(16² - 3² - 5² - 8²).
    expect(row).to_contain_text("0,81")
    expect(row).to_contain_text(re.compile("Claire Petit – Anaïs Roche.*0,80"))

    analyst.get_by_role("link", name="Trancher les désaccords").click()
    difference = analyst.locator("article.difference")
    expect(difference).to_have_count(1)
    difference.get_by_label("Faible").check()
    difference.get_by_label("Pourquoi").fill("Il dit que c’était simple.")
    difference.get_by_role("button", name="Trancher ainsi").click()
    expect(analyst.locator("article.difference")).to_contain_text("Il dit que c’était simple.")

    analyst.goto("/ecouter/codage/machine/apprentissages/")
    analyst.get_by_role("button", name="Lancer un apprentissage").click()
    expect(analyst.get_by_role("heading", name="Le mettre en service ?")).to_be_visible(
        timeout=LEARNING
    )
    expect(analyst.get_by_role("main")).to_contain_text("Effort du client")
    analyst.get_by_label("Pourquoi").fill("Il a lu nos textes.")
    analyst.get_by_role("button", name="Accepter ce codeur").click()
    expect(analyst.locator(".messages")).to_contain_text(
        "Ce codeur lit désormais les mots des clients"
    )

    analyst.goto("/ecouter/codage/machine/")
    expect(analyst.get_by_role("link", name="Le vôtre")).to_have_attribute("aria-current", "page")
    expect(analyst.locator(".lead")).to_contain_text("en usage")
    analyst.get_by_text("Revenir au codeur livré").click()
    analyst.get_by_label("Pourquoi").fill("Pour la suite des essais.")
    analyst.get_by_role("button", name="Y revenir").click()
    expect(analyst.locator(".messages")).to_contain_text("lit de nouveau")


def test_every_move_of_the_coding_page_has_its_key(page_of):
    manager = page_of("manager")
    address = opened_queue(
        manager, "Toutes les touches", "Sentiment", ["Marc Vasseur", "Anaïs Roche"], size=3
    )
    manager.goto(f"{address}coder/")
    coding = manager.locator("form#coding")
    pressed = coding.locator(".choice[aria-pressed=true]")
    manager.keyboard.press("2")
    expect(pressed).to_contain_text("Défavorable")
    manager.keyboard.press("g")
    expect(pressed).to_contain_text("Favorable")
    manager.keyboard.press("q")
    expect(pressed).to_contain_text("Je ne sais pas")
    manager.keyboard.press("Control+z")
    expect(pressed).to_have_count(0)
    expect(coding.get_by_role("status")).to_contain_text("Réponse retirée")
    manager.keyboard.press("Enter")
    expect(coding.get_by_role("status")).to_contain_text("Il manque")
    manager.keyboard.press("Space")
    # The next place may be of the same text or of the next one.
    expect(coding.get_by_role("status")).not_to_contain_text("Il manque")
    manager.keyboard.press("Backspace")
    expect(pressed).to_contain_text("Neutre")
    manager.keyboard.press("?")
    expect(manager.get_by_role("dialog")).to_contain_text("Coder sans souris")
    manager.keyboard.press("Escape")

    manager.get_by_label("touches").uncheck()
    coding.focus()
    manager.keyboard.press("u")
    expect(pressed).to_contain_text("Neutre")

    manager.reload()
    expect(manager.get_by_label("touches")).not_to_be_checked()
    manager.get_by_label("touches").check()


def test_keys_pressed_in_a_burst_are_all_kept(page_of):
    manager = page_of("manager")
    address = opened_queue(
        manager, "D’un trait", "Effort du client", ["Marc Vasseur", "Anaïs Roche"], size=4
    )
    manager.goto(f"{address}coder/")
    expect(manager.locator("form#coding")).to_be_focused()
    for key in ("h", "Enter", "s", "Enter", "z", "Enter", "h", "Enter"):
        manager.keyboard.press(key)
    expect(manager.get_by_role("main")).to_contain_text("Vous avez fini : 4 textes codés")


def test_an_adviser_codes_a_customers_words_in_one_click_from_the_file(page_of):
    page = page_of("adviser", "/comprendre/clients/151/")
    reading = page.locator(".reading:not(:has(.reading))", has_text="Relation").first
    reading.locator("summary").click()
    reading.get_by_role("button", name="Captif").click()
    section = page.locator(
        "section", has=page.get_by_role("heading", name="Ce que disent ses mots")
    )
    expect(section.get_by_role("status")).to_contain_text("Enregistré")
    expect(section.locator(".tag.good").first).to_contain_text("Claire Petit")
