"""What words are about, apart from how they are said."""

import numpy as np

from entregent.adapters.subjects import nearest_tag, seven_p, subject_of, subject_vectors
from entregent.adapters.subjects.subjects import empty_words


def test_judgement_and_grammar_name_no_subject():
    assert subject_of("C'est une honte, vraiment, je ne suis pas du tout satisfait !!!") == ""
    assert subject_of("Thank you so much, excellent!") == ""
    assert subject_of("") == ""


def test_whoever_signs_or_is_named_is_no_subject():
    assert subject_of("Bernard Labat") == subject_of("sandrine labat") == ""
    assert subject_of("Appel de Benoît Labat.") == "appel"
    assert subject_of("Soustons, le 3 septembre 2026") == ""
    assert subject_of("Client rappelé, ras, cit.") == "rappelé"


def test_the_same_subject_praised_and_blamed_lies_in_one_place():
    praised, blamed, other = subject_vectors(
        [
            subject_of("Remboursement rapide, parfait, merci"),
            subject_of("Quelle honte, ce remboursement, jamais vu ça"),
            subject_of("La conseillère de l'agence a de la patience"),
        ]
    )
    assert praised @ blamed > 0.9 > praised @ other


def test_french_and_english_subjects_lie_near_each_other():
    french, english, other = subject_vectors(["remboursement", "reimbursement", "téléphone"])
    assert french @ english > french @ other


def test_no_subject_is_no_place():
    vectors = subject_vectors(["", "contrat"])
    assert np.linalg.norm(vectors, axis=1).round(5).tolist() == [0, 1]


def test_tags_are_proposed_from_words():
    def tag(words):
        return nearest_tag(tuple(words.split()), subject_vectors([words])[0])

    assert tag("tarif cotisation augmentation") == "price"
    assert tag("conseillère écoute") == "people"
    assert tag("délai dossier traitement") == "process"
    assert len({one.id for one in seven_p()}) == 7


def test_every_word_of_a_tag_names_a_subject():
    empty = empty_words()
    assert {word for tag in seven_p() for word in tag.words if word in empty} == set()
