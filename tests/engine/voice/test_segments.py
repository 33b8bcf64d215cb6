"""Texts are cut at the right places, and what is not the customer's own new words is set apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entregent.engine.voice.segments import Kind, segments_of, words_of


def _cut(text):
    return [text[one.start : one.end] for one in words_of(text)]


def _kinds(text):
    return [(text[one.start : one.end], one.kind) for one in segments_of(text)]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Prix correct. Je reste !", ["Prix correct.", "Je reste !"]),
        ("Service nul.Je pars!!!Jamais vu ça…", ["Service nul.", "Je pars!!!", "Jamais vu ça…"]),
        ("M. Dupont a appelé le 12.03.2024 à 10h.", ["M. Dupont a appelé le 12.03.2024 à 10h."]),
        ("It works e.g. on Mr. Smith's line. Good.", ["It works e.g. on Mr. Smith's line.", "Good."]),
        ("Voir https://www.site.fr/aide.html. Nul", ["Voir https://www.site.fr/aide.html.", "Nul"]),
        ("écrit à a.b@c.fr hier. Rien.", ["écrit à a.b@c.fr hier.", "Rien."]),
        ("1) prix trop cher\n2) pas de réponse\n- injoignable", ["prix trop cher", "pas de réponse", "injoignable"]),
        ("SUPER ACCUEIL ! JE RECOMMANDE 👍👍 merci", ["SUPER ACCUEIL !", "JE RECOMMANDE 👍👍", "merci"]),
        ("trop cher ; trop lent", ["trop cher ;", "trop lent"]),
        ("Prix à 12.50 € par mois", ["Prix à 12.50 € par mois"]),
        ("« Rappelez demain. » Et rien.", ["« Rappelez demain. »", "Et rien."]),
        ("😡😡", ["😡😡"]),
        ("... !!! ---", []),
        ("", []),
    ],
)  # fmt: skip
def test_sentences_are_cut_where_people_stop(text, pieces):
    assert _cut(text) == pieces


def test_a_sentence_that_never_stops_is_cut_at_its_links():
    run_on = " ".join(["j'attends depuis des mois une réponse de votre part"] * 3)
    text = f"{run_on} mais personne ne rappelle jamais {run_on} donc je vais résilier"
    pieces = _cut(text)
    assert pieces[1].startswith("mais personne")
    assert pieces[-1].endswith("donc je vais résilier")
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_greeting_and_signature_are_set_apart():
    assert _kinds("Bonjour Madame Dupont,\nToujours rien.\nCordialement,\nPaul Martin") == [
        ("Bonjour Madame Dupont,", Kind.GREETING),
        ("Toujours rien.", Kind.WORDS),
        ("Cordialement,\nPaul Martin", Kind.SIGNATURE),
    ]


def test_a_greeting_does_not_swallow_the_sentence_after_it():
    assert _cut("Bonjour je voudrais savoir où en est mon dossier") == [
        "je voudrais savoir où en est mon dossier"
    ]


def test_a_closing_word_inside_a_sentence_signs_nothing():
    assert _cut("Il m'a cordialement raccroché au nez.") == [
        "Il m'a cordialement raccroché au nez."
    ]


@pytest.mark.parametrize(
    "reply",
    [
        "Le 3 mai 2024 à 10:02, Service client a écrit :\n> Bonjour\n> Votre dossier est clos",
        "On 3 May 2024 at 10:00, Support wrote:\n> Hello",
        "-----Message d'origine-----\nDe : Service\nVotre dossier est clos",
        "From: Support\nSent: Monday\nYour file is closed",
    ],
)
def test_what_a_mail_quotes_is_not_coded(reply):
    text = f"Je ne suis pas d'accord.\n\n{reply}"
    assert _cut(text) == ["Je ne suis pas d'accord."]
    assert segments_of(text)[-1].kind is Kind.QUOTED


def test_quoted_lines_inside_an_answer_are_set_apart():
    text = "> Votre dossier est clos\nNon, il ne l'est pas.\n> Cordialement\nVous plaisantez ?"
    assert _cut(text) == ["Non, il ne l'est pas.", "Vous plaisantez ?"]


def test_only_the_customers_turns_of_a_transcript_are_coded():
    text = (
        "10:02 Agent (Léa) : Que puis-je pour vous ?\n"
        "10:03 Client : ma box ne marche plus. J'en ai assez\n"
        "10:04 Conseiller : je regarde"
    )
    assert _cut(text) == ["ma box ne marche plus.", "J'en ai assez"]
    assert [kind for _, kind in _kinds(text)].count(Kind.AGENT) == 2


def test_in_a_chat_that_says_me_every_other_name_is_the_firms():
    text = (
        "Moi : je prête ma voiture à ma fille\n"
        "Thibault : Bonjour, je vous écoute.\nJe regarde.\n"
        "Moi : rien d'urgent\n"
        "Anne Le Gall : C'est fait."
    )
    assert _cut(text) == ["je prête ma voiture à ma fille", "rien d'urgent"]
    assert [kind for _, kind in _kinds(text)] == [Kind.WORDS, Kind.AGENT, Kind.WORDS, Kind.AGENT]
    assert _cut("Moi : je garde\nThibault : bien") == ["Moi : je garde", "Thibault : bien"]


def test_a_colon_alone_makes_no_transcript():
    assert _cut("Résultat : problème résolu") == ["Résultat : problème résolu"]


@given(
    st.text(alphabet=st.sampled_from("ab É.!?…;,:>-\n•👍1 '’()«»@"), max_size=120)
    | st.text(max_size=80)
)
def test_segments_never_overlap_and_never_hold_outer_spaces(text):
    found = segments_of(text)
    last = 0
    for one in found:
        piece = text[one.start : one.end]
        assert last <= one.start < one.end <= len(text)
        assert piece == piece.strip() != ""
        last = one.end


@given(
    st.lists(
        st.sampled_from(["nul", "je pars", "très bien", "too slow", "ok"]), min_size=1, max_size=6
    )
)
def test_no_word_of_plain_sentences_is_lost(sentences):
    text = ". ".join(sentences) + "."
    assert "".join(_cut(text)).replace(" ", "") == text.replace(" ", "")
