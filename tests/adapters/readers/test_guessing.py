"""What the columns of an unknown file are taken for."""

import pytest

from entregent.adapters.readers import open_reading
from entregent.adapters.readers.scales import score_of


def mapped(tmp_path, text):
    path = tmp_path / "export_mars.csv"
    path.write_text(text)
    return open_reading(path)


def test_french_names_of_columns_are_understood(tmp_path):
    reading = mapped(
        tmp_path,
        "N° client;Nom;Prénom;Courriel;Téléphone;Date;Commentaire;Note de satisfaction;Conseiller\n"
        "C1;Roy;Zoé;zoe@exemple.fr;06 39 98 12 34;21/03/2026;Très bon accueil, rien à dire;5;Inès\n"
        "C2;Le Bris;Yann;yann@exemple.fr;02 61 91 00 07;22/03/2026;J'attends depuis un mois;1;Paul\n",
    )

    assert reading.mapping.columns == {
        "N° client": ["identity.key"],
        "Nom": ["customer.last_name"],
        "Prénom": ["customer.first_name"],
        "Courriel": ["identity.email"],
        "Téléphone": ["identity.phone"],
        "Date": ["at"],
        "Commentaire": ["interaction.text"],
        "Note de satisfaction": ["answer.csat.overall"],
        "Conseiller": ["interaction.agent_id"],
    }
    assert reading.mapping.scales == {"csat.overall": (1, 5)}
    assert reading.mapping.constants == {"interaction.direction": "in"}


def test_english_names_of_columns_are_understood(tmp_path):
    reading = mapped(
        tmp_path,
        "customer_id,order_id,created_at,amount,currency,product\n"
        "17,A1,2026-03-02,12.50,EUR,Tea\n18,A2,2026-03-03,7.00,EUR,Pot\n",
    )

    assert reading.mapping.columns == {
        "customer_id": ["identity.key"],
        "order_id": ["transaction.key"],
        "created_at": ["at"],
        "amount": ["transaction.amount"],
        "currency": ["transaction.currency"],
        "product": ["transaction.product"],
    }


def test_values_tell_what_names_do_not(tmp_path):
    reading = mapped(
        tmp_path,
        "x1,x2,x3,x4\n"
        "zoe@exemple.fr,+33639981234,2026-03-02,Je ne comprends rien à cette facture\n"
        "yann@exemple.fr,+33261910007,2026-03-03,Merci pour votre aide de ce matin\n",
    )

    assert reading.mapping.columns == {
        "x1": ["identity.email"],
        "x2": ["identity.phone"],
        "x3": ["at"],
        "x4": ["interaction.text"],
    }


def test_a_register_of_complaints_becomes_cases(tmp_path):
    reading = mapped(
        tmp_path,
        "Numéro de dossier;Date d'ouverture;Date de clôture;Statut;Motif;Réclamation;Client\n"
        "D1;2026-03-02;2026-03-09;clos;délai;Deux mois pour un simple avenant au contrat;C1\n",
    )

    assert reading.mapping.columns == {
        "Numéro de dossier": ["case.key", "interaction.case_key"],
        "Date d'ouverture": ["case.opened_at", "at"],
        "Date de clôture": ["case.closed_at"],
        "Statut": ["case.status"],
        "Motif": ["case.cause"],
        "Réclamation": ["interaction.text"],
        "Client": ["identity.key"],
    }


def test_a_review_without_author_keeps_the_language_of_its_words(tmp_path):
    reading = mapped(
        tmp_path,
        "review_id,text,rating,language,company_reply_text\n"
        "6a1499834e09c78b1dd3edac,Colis reçu en deux jours et bien emballé,5,fr,Merci de votre avis et à bientôt\n",
    )

    assert reading.mapping.columns["text"] == ["interaction.text"]
    assert reading.mapping.columns["language"] == ["interaction.language"]
    assert "company_reply_text" not in reading.mapping.columns


@pytest.mark.parametrize(
    ("question", "values", "instrument", "scale"),
    [
        ("NPS", ["0", "10", "7"], "nps", (0, 10)),
        ("Recommanderiez-vous notre service ?", ["3", "2"], "nps", (0, 10)),
        ("Note", ["1", "5", "3"], "csat", (1, 5)),
        ("Note", ["0", "4"], "csat", (0, 5)),
        ("Satisfaction", ["6", "7"], "csat", (1, 7)),
        ("Satisfaction", ["0", "9"], "csat", (0, 10)),
        ("Note", ["14", "8"], "csat", (0, 20)),
        ("Score", ["85", "40"], "csat", (0, 100)),
        ("Il m'a été facile de résoudre mon problème", ["2", "5"], "ces", (1, 5)),
    ],
)
def test_the_scale_is_guessed_from_the_values_and_the_question(question, values, instrument, scale):
    score = score_of(question, values)

    assert score is not None
    assert (score.instrument, (score.lowest, score.highest)) == (instrument, scale)


def test_scores_written_with_their_wording_become_numbers():
    score = score_of("Recommandation", ["10 - Tout à fait", "0 - Pas du tout", "5"])

    assert score is not None
    assert score.words == {"10 - Tout à fait": "10", "0 - Pas du tout": "0"}


@pytest.mark.parametrize("values", [["oui", "non"], ["11", "4"], ["-3", "4"]])
def test_values_beyond_a_scale_are_no_scores(values):
    assert score_of("NPS", values) is None


def test_the_scale_taken_is_said(tmp_path):
    reading = mapped(tmp_path, "date,note\n2026-03-02,5\n2026-03-03,1\n")

    said = [notice.facts for notice in reading.notices if notice.code == "scale_guessed"]
    assert said == [{"column": "note", "lowest": "1", "highest": "5", "instrument": "csat"}]
