"""Mails, alone or many in one file."""

from pathlib import Path

import pytest

from entregent.adapters.readers import Choices, open_reading
from entregent.adapters.readers.quoting import html_text, parted

SAMPLES = Path(__file__).parents[3] / "src/entregent/adapters/readers/samples"


def mails(path, **choices):
    reading = open_reading(path, choices=Choices(**choices))
    return next(iter(reading.batches()))


def test_new_words_stand_apart_from_the_mail_they_answer():
    batch = mails(SAMPLES / "boite_reclamations.mbox")

    assert batch.cells["text"][1] == (
        "Madame,\n\nVous avez raison : un mois, c'est trop. Le virement part ce soir."
    )
    assert batch.cells["quoted"][1].startswith("Le mar. 3 févr. 2026 à 09:14, Odile Lemaire")
    assert batch.cells["quoted"][0] == "-- \nOdile Lemaire\n02 98 00 00 07"


def test_the_firm_is_the_domain_that_takes_part_in_nearly_every_mail():
    batch = mails(SAMPLES / "boite_reclamations.mbox")

    assert batch.cells["direction"] == ["in", "out", "in", "in"]
    assert batch.cells["customer_email"] == [
        *["odile.lemaire@exemple.fr"] * 3, "yann.lebris@courriel-ouest.example"
    ]  # fmt: skip
    assert batch.cells["thread"][:3] == ["m1@exemple.fr"] * 3


def test_the_person_can_say_which_domains_are_theirs():
    batch = mails(SAMPLES / "boite_reclamations.mbox", own_domains=("exemple.fr",))

    assert batch.cells["direction"] == ["out", "in", "out", "in"]


def test_attachments_are_named_and_never_kept():
    batch = mails(SAMPLES / "boite_reclamations.mbox")

    assert batch.cells["attachments"] == ["", "", "facture-2.pdf", ""]
    assert batch.cells["text"][2] == "Reçu, merci de votre franchise.\n\nJe joins l'autre facture."


def test_a_line_that_begins_with_from_is_given_back_as_written():
    batch = mails(SAMPLES / "boite_reclamations.mbox")

    assert batch.cells["text"][3].endswith(
        "\nFrom what your site says, it takes a minute. It does not."
    )


def test_a_single_mail_is_read_without_its_phone_signature():
    batch = mails(SAMPLES / "reclamation.eml")

    assert batch.cells["at"] == ["2026-01-26T20:41:13+01:00"]
    assert batch.cells["text"][0].endswith("Karim Benali")
    assert batch.cells["quoted"] == ["Envoyé de mon iPhone"]


@pytest.mark.parametrize(
    "rest",
    [
        "-----Message d'origine-----\nDe : Service\nObjet : Devis",
        "De : Service clients\nEnvoyé : lundi 3 mars 2026\nÀ : Zoé\nObjet : Devis\n\nBonjour",
        "From: Support\nSent: Monday\nTo: Zoe\nSubject: Quote\n\nHello",
        "On Mon, Mar 2, 2026 at 9:14 AM Support <s@x.example>\nwrote:\n> Hello",
        "Le lun. 2 mars 2026 à 09:14, Service clients <s@x.example>\na écrit :\n\n> Bonjour",
        "-- \nZoé",
        "Envoyé depuis mon téléphone Orange",
    ],
)
def test_the_ways_mail_programs_begin_what_is_not_new(rest):
    assert parted(f"Merci, c'est noté.\n\n{rest}") == ("Merci, c'est noté.", rest.strip())


def test_words_that_look_like_an_introduction_stay_new():
    body = "Le conseiller m'a écrit deux fois.\nDe : rien n'est joint.\nOn verra."

    assert parted(body) == (body, "")


def test_answers_between_quoted_lines_are_new_words():
    assert parted("> Quand ?\nMardi.\n> Où ?\nChez moi.") == (
        "Mardi.\nChez moi.",
        "> Quand ?\n> Où ?",
    )


def test_html_becomes_words_without_scripts():
    html = "<style>p{}</style><p>Bonjour&nbsp;!</p><script>x()</script><div>À <b>demain</b></div>"

    assert html_text(html) == "Bonjour !\n\nÀ demain"


def test_a_mail_without_sender_or_date_is_refused_alone(tmp_path):
    path = tmp_path / "box.mbox"
    good = "From a@x.example Mon\nFrom: a@x.example\nDate: Mon, 26 Jan 2026 20:41:13 +0100\n\nBonjour\n\n"
    path.write_text(f"{good}From nobody Mon\nX-Junk: 1\n\nrien\n\n{good}")

    batch = mails(path)

    assert batch.numbers == [1, 3]
    assert [(row.number, row.reason.code) for row in batch.unreadable] == [(2, "broken_mail")]
