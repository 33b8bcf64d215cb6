"""axe-core on every page of the product, in both languages, wide and narrow, light and dark.

The list comes from the addresses themselves: a new page is visited without being named here, and
one whose address needs an example fails until it has one.
"""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import get_resolver
from playwright.sync_api import Page
from tests.browser.workspace import DRAFT, IMPORTED, NADIA, UNREADABLE

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"runOnly": STANDARDS, "resultTypes": ["violations"]}
# Another colour scheme changes colours only.
COLOURS = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}

EXAMPLES = {
    "find": ["/chercher/", "/chercher/?q=nadia", "/chercher/?q=zzzz"],
    "verbatims:explorer": ["/ecouter/verbatims/?q=remboursement", "/ecouter/verbatims/?q=zzzz"],
    "verbatims:verbatim": ["/ecouter/verbatims/echange/1/"],
    "customers:list": ["/comprendre/clients/", "/comprendre/clients/?q=zzzz"],
    "customers:file": [f"/comprendre/clients/{NADIA}/", "/comprendre/clients/1/"],
    "customers:shared": ["/comprendre/clients/releve-partage/perdu/"],
    "customers:identity": [f"/comprendre/clients/{NADIA}/identite/"],
    "customers:merge": [
        f"/comprendre/clients/{NADIA}/fusionner/",
        f"/comprendre/clients/{NADIA}/fusionner/?duplicate=1",
    ],
    "customers:erase": [f"/comprendre/clients/{NADIA}/effacer/"],
    "customers:handover": [f"/comprendre/clients/{NADIA}/releve/"],
    "board:rows": [f"/mesurer/lignes/{name}/" for name in ("nps", "calls", "exchanges", "cases", "value")],
    "sources:import": [f"/donnees/imports/{one}/" for one in (IMPORTED, DRAFT, UNREADABLE)],
    "sources:undo": [f"/donnees/imports/{IMPORTED}/annuler/"],
    "sources:source": ["/donnees/sources/1/"],
    "accounts:change": ["/donnees/collegues/1/"],
    "account_confirm_email": ["/compte/confirm-email/perdu/"],
    "account_reset_password_from_key": ["/compte/password/reset/key/1-perdu/"],
    "relationships:kind": ["/comprendre/relations/genres/basic_exchange/"],
    "relationships:edit_kind": ["/comprendre/relations/genres/fling/modifier/"],
    "relationships:version": ["/comprendre/relations/genres/catalogue/versions/0/"],
    "plans:new": ["/decider/plans/nouveau/", "/decider/plans/nouveau/?origin=basic_exchange&goal=buddy&cost=2"],
    "plans:export_concerned": ["/decider/plans/nouveau/export/csv/?origin=basic_exchange&goal=buddy"],
    "plans:export_planned": ["/decider/plans/1/export/csv/"],
    "relationships:family": ["/comprendre/relations/familles/exchange/"],
    "themes:theme": ["/ecouter/themes/1/", "/ecouter/themes/2/?sens=-"],
    "themes:causes": ["/ecouter/themes/causes/", "/ecouter/themes/causes/?by=cost"],
    "themes:export": ["/ecouter/themes/export/csv/"],
    "themes:export_causes": ["/ecouter/themes/causes/export/csv/"],
    "themes:export_passages": ["/ecouter/themes/1/export/csv/"],
    "decisions:export_groups": ["/decider/1/cote-a-cote/csv/"],
    "coding:queue": ["/ecouter/codage/1/", "/ecouter/codage/2/"],
    "coding:code": ["/ecouter/codage/1/coder/?texte=0", "/ecouter/codage/1/coder/", "/ecouter/codage/2/coder/"],
    "coding:card": [f"/ecouter/codage/machine/?profil={one}" for one in ("fast", "accurate")],
    "verbatims:surroundings": ["/ecouter/verbatims/echange/1/contexte/"],
    "relationships:export_gaps": ["/comprendre/relations/ecarts/export/csv/"],
    "playbooks:worklist": ["/agir/", "/agir/?whose=all", "/agir/?whose=all&channel=letter"],
    "playbooks:playbook": [f"/agir/conduites/{key}/" for key in ("broken_promise", "something_new")],
    "playbooks:edit": ["/agir/conduites/broken_promise/modifier/"],
    "playbooks:simulate": ["/agir/conduites/broken_promise/simuler/"],
    "playbooks:simulation": ["/agir/conduites/broken_promise/simulations/1/"],
    "playbooks:switch_on": ["/agir/conduites/broken_promise/en-service/"],
    "playbooks:switch_off": ["/agir/conduites/broken_promise/arret/"],
    "playbooks:outcomes": [f"/agir/conduites/{key}/resultats/" for key in ("broken_promise", "something_new")],
    "playbooks:export": ["/agir/export/csv/"],
    "refused": ["/comprendre/clients/999999/"],
}  # fmt: skip
SAYING_NO = {"/comprendre/clients/999999/", "/comprendre/clients/releve-partage/perdu/"}
# Nothing more to fetch or to draw.
SETTLED = "() => !document.querySelector('.htmx-request, [data-picture]:not([data-drawn])')"
FOR_STRANGERS = {
    "account_login", "account_signup", "account_inactive", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "account_confirm_email",
    "account_email_verification_sent",
}  # fmt: skip
# Sign-in by other firms' accounts is off; its addresses only tell strangers so.
ELSEWHERE = re.compile("^(socialaccount_|None$|account_confirm_login_code|mfa_authenticate)")
# There only once a second factor is active; test_second_factor.py looks at them.
WITH_SECOND_FACTOR = {
    "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_download_recovery_codes", "mfa_generate_recovery_codes",
}  # fmt: skip


def routes(patterns=None, room: str = "", prefix: str = "/") -> Iterator[tuple[str, str]]:
    """Every named route and its address."""
    for pattern in patterns or get_resolver().url_patterns:
        address = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            inner = f"{room}{pattern.namespace}:" if pattern.namespace else room
            yield from routes(pattern.url_patterns, inner, address)
        else:
            yield f"{room}{pattern.name}", address


def pages() -> dict[str, list[str]]:
    found = {"refused": EXAMPLES["refused"]}
    for name, address in routes():
        if not ELSEWHERE.match(name) and name not in WITH_SECOND_FACTOR:
            # The first of its kind stands for all, where no example says otherwise.
            found[name] = EXAMPLES.get(name, [re.sub("<[^>]+>", "1", address)])
    return found


def test_every_example_is_of_a_page_that_exists():
    assert set(EXAMPLES) | FOR_STRANGERS | WITH_SECOND_FACTOR <= {name for name, _ in routes()} | {
        "refused"
    }


def barriers(page: Page, options: dict) -> list[str]:
    return [
        f"{rule['id']}: {node['target']} {node['html'][:160]}"
        for rule in Axe().run(page, options=options).response["violations"]
        for node in rule["nodes"]
    ]


def is_page(page: Page, address: str) -> bool:
    """Whether an address answers with a page, and not with a part of one, a file, or to writes only."""
    answer = page.request.get(address, max_redirects=5)
    if answer.status == 405:
        return False
    assert answer.status == 200 or address in SAYING_NO, f"{address} says {answer.status}"
    if "attachment" in answer.headers.get("content-disposition", ""):
        return False
    return "html" in answer.headers["content-type"] and "<html" in answer.text()


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", pages())
def test_no_barrier_stands_on_the_page(name, language, page_of):
    page = page_of(None if name in FOR_STRANGERS else "administrator", language=language)
    found: list[str] = []
    for address in pages()[name]:
        if is_page(page, address):
            page.goto(address)
            page.wait_for_function(SETTLED)
            assert page.locator("html").get_attribute("lang") == language
            found += [f"{address} {one}" for one in looked_at_every_way(page, language)]
    assert found == []


def looked_at_every_way(page: Page, language: str) -> Iterator[str]:
    ways = [(1440, "light", EVERYTHING), (390, "light", EVERYTHING)]
    if language == "fr":
        ways += [(390, "dark", COLOURS), (1440, "dark", COLOURS)]
    for width, scheme, options in ways:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        yield from (f"{width} {scheme} {one}" for one in barriers(page, options))
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield f"{width} scrolls sideways"
