"""Groups of texts are named by phrases that their writers used, never by people or by verbs."""

from entregent.engine.voice.naming import Naming, family

GRAMMAR = {
    *("le", "la", "les", "l'", "un", "une", "du", "de", "d'", "en", "est", "et", "mon", "ma", "mes"),
    *("j'", "ai", "été", "je", "pas", "il", "a", "très", "trop", "long"),
}  # fmt: skip


def _named(group, others, **words):
    naming = Naming([*group, *others], stop_words=frozenset(GRAMMAR), **words)
    return naming.of(range(len(group)))


def test_the_phrase_that_a_word_mostly_stands_in_names():
    late = [
        "le délai de remboursement",
        "un délai de remboursement trop long",
        "mon délai de remboursement",
    ]
    named = _named(late, ["le prix", "la hausse de prix", "le prix du contrat"])
    assert named.phrases == ("délai de remboursement",)
    assert named.words[:2] == ("délai", "remboursement")
    assert named.told == 1


def test_single_words_name_where_no_phrase_is_common():
    named = _named(
        ["la cotisation", "ma cotisation", "le tarif"], ["le dossier", "un courrier"] * 3
    )
    assert named.phrases == ("cotisation", "tarif")


def test_forms_of_one_word_name_once_and_in_the_commonest_form():
    wanted = ["mon remboursement", "le remboursement", "les remboursements", "rembourser"]
    named = _named(wanted, ["le prix"] * 4)
    assert named.phrases == ("remboursement",)
    assert named.words == ("remboursement",)


def test_families():
    for one, other in (
        ("écrit", "écrire"), ("cher", "chère"), ("appel", "appelle"), ("conseiller", "conseillère"),
        ("résilier", "résiliation"), ("prices", "price"), ("bills", "billing"),
    ):  # fmt: skip
        assert family(one) == family(other)
    for one, other in (("prix", "prise"), ("cher", "chez"), ("site", "sinistre")):
        assert family(one) != family(other)


def test_a_call_and_a_call_back_are_named_once():
    calls = ["un appel", "mon appel", "un rappel", "le rappel", "l'appel"]
    assert _named(calls, ["le prix"] * 5).phrases == ("appel",)


def test_verbs_name_nothing_and_nouns_do():
    asked = [
        "je résilie et il résilie le contrat",
        "je résilie le contrat",
        "il résilie mon contrat",
    ]
    assert _named(asked, ["le prix"] * 3).words == ("contrat",)


def test_a_participle_ends_a_phrase_and_never_stands_alone():
    paid = ["la facture acquittée"] * 3 + ["acquittée la facture"]
    assert _named(paid, ["le prix"] * 4).phrases == ("facture acquittée",)


def test_people_and_firms_name_nothing():
    named = _named(
        ["merci à Gaëtan du service", "un service de Gaëtan", "le service, dit Oriane"], ["le prix"] * 3
    )  # fmt: skip
    assert not {"gaëtan", "oriane"} & {*named.words, *" ".join(named.phrases).split()}
    assert named.phrases[0] == "service"


def test_a_completing_word_needs_another():
    stopped = {"completing": frozenset({"client"}), "group": ["le service client"] * 3}
    naming = Naming(
        [*stopped["group"], "le client", "un client"],
        stop_words=frozenset(GRAMMAR | {"client"}), completing=stopped["completing"],
    )  # fmt: skip
    assert naming.of([0, 1, 2]).phrases == ("service client",)
    assert naming.of([3, 4]).phrases == ()


def test_a_phrase_never_runs_over_a_comma_nor_through_a_bare_article():
    listed = ["prix, garantie", "le prix la garantie", "garantie : prix"]
    assert _named(listed, ["le dossier"] * 3).phrases == ("garantie", "prix")


def test_english_words_name_in_english():
    waits = ["the lack of communication", "a lack of communication", "lack of communication again"]
    naming = Naming(
        [*waits, "the bill", "my bill", "a bill"], stop_words=frozenset({"the", "a", "my", "again"})
    )
    assert naming.of([0, 1, 2]).phrases == ("lack of communication",)
    assert naming.of([3, 4, 5]).phrases == ("bill",)


def test_a_word_that_everybody_uses_tells_nothing():
    groups = ["bonjour le colis", "bonjour mon colis"], ["bonjour le prix", "bonjour mon prix"]
    assert _named(*groups).words == ("colis",)
