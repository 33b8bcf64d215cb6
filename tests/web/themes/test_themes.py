"""Themes: proposed from what customers said, kept by people, counted with their doubt."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests.web.factories import answered, customer, days_ago, paid, said

from entregent.web.audit.models import Entry
from entregent.web.board.periods import Period
from entregent.web.evidence import summaries
from entregent.web.evidence.models import CodedSegment, CodedText
from entregent.web.themes import actions, measures
from entregent.web.themes.models import Centre, Mention, Proposal, Theme
from entregent.web.themes.queries import typical

pytestmark = pytest.mark.django_db

SUBJECTS = {
    "remboursement": [
        "Mon remboursement de frais dentaires traîne depuis des semaines",
        "Le remboursement de mes lunettes n’est jamais arrivé",
        "Toujours aucun remboursement des soins",
        "Remboursement des frais d’hôpital refusé sans un mot",
    ],
    "tarif": [
        "Le tarif de la cotisation augmente encore",
        "Une hausse de tarif de vingt pour cent sur ma cotisation",
        "Cotisation et tarifs en augmentation chaque année",
        "Ma cotisation coûte plus cher que chez le voisin",
    ],
    "conseillère": [
        "La conseillère de l’agence m’a écoutée avec patience",
        "Accueil chaleureux de la conseillère en agence",
        "Ma conseillère en agence connaît mon histoire",
        "Une conseillère souriante à l’agence de Niort",
    ],
    "téléphone": [
        "Impossible de vous joindre par téléphone",
        "Le numéro de téléphone sonne dans le vide, personne au standard",
        "J’ai passé trois appels téléphoniques au standard sans réponse",
        "Le standard téléphonique raccroche au nez",
    ],
}
SIGNS = {"remboursement": "-", "tarif": "-", "conseillère": "+", "téléphone": "~"}


def read(row, sentiment):
    """The row's words as one coded segment."""
    name = "answer" if hasattr(row, "instrument") else "interaction"
    text = CodedText.objects.create(**{name: row}, coder="some coder")
    text.segments.create(position=0, start=0, end=len(row.text), sentiment=sentiment)
    return text


@pytest.fixture
def firm(tmp_path, settings):
    """Sixteen customers who each speak of the four subjects; those who wait for money score low."""
    settings.SNAPSHOT_FOLDER = tmp_path / "snapshot"
    people = [customer(f"Client {number}") for number in range(16)]
    for number, person in enumerate(people):
        paid(person, 100 + number)
        for subject, sentences in SUBJECTS.items():
            words = sentences[number % 4]
            row = (
                answered(person, 2, words, at=days_ago(9), item="recommend")
                if subject == "remboursement"
                else said(person, words, at=days_ago(9 + number % 3))
            )
            read(row, SIGNS[subject])
        praise = answered(person, 10, "Parfait, merci beaucoup !", at=days_ago(5), item="recommend")
        read(praise, "+")
    summaries.catch_up()
    return people


@pytest.fixture
def themes(firm, manager):
    actions.propose(actions.ask_for_themes(by=manager))
    return list(Theme.objects.all())


@pytest.fixture
def period():
    last = date.fromisoformat(days_ago(0).date().isoformat())
    return Period("own", date.fromisoformat(days_ago(30).date().isoformat()), last)


def leaf(subject: str) -> Theme:
    """The theme that most sentences of a subject went to."""
    found = [
        mention.theme
        for sentence in SUBJECTS[subject]
        for mention in Mention.objects.select_related("theme").filter(segment__in=spoken(sentence))
    ]
    return max(set(found), key=found.count)


def spoken(sentence):
    exchanged = CodedSegment.objects.filter(of_text__interaction__text=sentence)
    return exchanged | CodedSegment.objects.filter(of_text__answer__text=sentence)


def test_subjects_come_apart_and_thanks_are_no_theme(themes):
    told = {leaf(subject).pk for subject in SUBJECTS}
    assert len(told) == 4
    assert not Mention.objects.filter(segment__in=spoken("Parfait, merci beaucoup !")).exists()
    assert leaf("tarif").seven_p == "price"
    assert leaf("conseillère").seven_p in {"people", "place"}


def test_asking_twice_gives_the_same_themes(themes, manager):
    before = sorted(Theme.objects.values_list("name", flat=True))
    actions.propose(actions.ask_for_themes(by=manager))
    assert sorted(Theme.objects.values_list("name", flat=True)) == before


def test_only_one_proposal_is_made_at_a_time(manager):
    actions.ask_for_themes(by=manager)
    with pytest.raises(actions.AlreadyAsked):
        actions.ask_for_themes(by=manager)
    assert Proposal.objects.count() == Entry.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.create()


def test_too_few_words_change_nothing(manager):
    read(said(customer(), "Le tarif augmente"), "-")
    proposal = actions.ask_for_themes(by=manager)
    actions.propose(proposal)
    proposal.refresh_from_db()
    assert (proposal.refused, Theme.objects.count()) == ("too_few_words", 0)
    assert proposal.finished_at is not None


def test_new_words_find_their_theme_and_are_read_once(themes):
    row = said(customer("Paul"), "Le remboursement de ma prothèse dentaire se fait attendre")
    read(row, "-")
    assert actions.follow_new_words() == 1
    assert Mention.objects.get(segment__of_text__interaction=row).theme == leaf("remboursement")
    assert actions.follow_new_words() == 0


def test_words_that_go_take_their_mention_with_them(themes):
    before = Mention.objects.count()
    CodedText.objects.filter(answer__text__startswith="Mon remboursement").delete()
    assert Mention.objects.count() == before - 4


def test_what_people_named_stays_at_the_next_proposal(themes, manager):
    theme = leaf("tarif")
    actions.edit_theme(theme=theme, name="La hausse", seven_p="price", parent=None, by=manager)
    actions.propose(actions.ask_for_themes(by=manager))
    theme.refresh_from_db()
    assert theme.name == "La hausse"
    assert leaf("tarif") == theme


def test_merged_themes_share_their_words_past_and_to_come(themes, manager):
    gone, into = leaf("téléphone"), leaf("conseillère")
    held = Mention.objects.filter(theme__in=[gone, into]).count()
    actions.merge_theme(theme=gone, into=into, by=manager)
    assert Mention.objects.filter(theme=into).count() == held
    row = said(customer("Zoé"), "Le standard téléphonique ne répond pas au téléphone")
    read(row, "-")
    actions.follow_new_words()
    assert Mention.objects.get(segment__of_text__interaction=row).theme == into
    assert not Theme.objects.filter(pk=gone.pk).exists()


def test_a_theme_is_not_merged_into_itself(themes, manager):
    theme = leaf("tarif")
    before = list(Mention.objects.values_list("pk", "theme"))
    with pytest.raises(actions.NotMergeable):
        actions.merge_theme(theme=theme, into=theme, by=manager)
    assert list(Mention.objects.values_list("pk", "theme")) == before


def test_a_theme_of_two_subjects_is_split_into_them(themes, manager):
    both = actions.merge_theme(theme=leaf("téléphone"), into=leaf("tarif"), by=manager)
    held = both.mentions.count()
    parts = actions.split_theme(theme=both, by=manager)
    assert len(parts) == 2
    assert sum(part.mentions.count() for part in parts) == held
    assert leaf("téléphone") != leaf("tarif")


def test_too_small_a_theme_is_not_split(themes, manager):
    small = Theme.objects.create(name="Presque rien")
    with pytest.raises(actions.NotSplittable):
        actions.split_theme(theme=small, by=manager)
    assert Theme.objects.filter(pk=small.pk).exists()
    assert Centre.objects.count() > 0


def test_shares_tones_and_the_weight_on_the_score_are_counted_exactly(themes, period):
    found = measures.themes_over(period)
    figure = next(one for one in found.figures if one.theme == leaf("remboursement"))
    assert (found.texts, figure.texts) == (80, 16)
    assert figure.share.value == pytest.approx(16 / 80)
    assert figure.negative.value == 1
    assert found.question == ("nps", "recommend", "")
    # Half the scores are 2 and half 10: an NPS of 0, of 100 without those who wait for their money.
    assert found.score == pytest.approx(0)
    assert figure.without.value == pytest.approx(100)
    praised = next(one for one in found.figures if one.theme == leaf("conseillère"))
    assert praised.negative.value == 0
    assert praised.without is None


def test_words_in_a_row_of_their_own_belong_to_the_score_of_their_response(period, manager):
    for number in range(40):
        person = customer(f"Client {number}")
        subject = ("remboursement", "tarif")[number % 2]
        key, at = {"response_id": f"same-{number}"}, days_ago(9)
        answered(person, 0 if number % 2 else 9, at=at, item="recommend", **key)
        read(
            answered(person, None, SUBJECTS[subject][number % 4], at=at, item="comment", **key), "-"
        )
        # A review: the note and the words come from one row, as two records of one moment.
        other = customer(f"Autre {number}")
        answered(other, 9, at=days_ago(8, hour=9), item="recommend")
        reviewed = ("conseillère", "téléphone")[number % 2]
        read(said(other, SUBJECTS[reviewed][number % 4], at=days_ago(8, hour=9)), "+")
    actions.propose(actions.ask_for_themes(by=manager))
    found = {one.theme: one for one in measures.themes_over(period).figures}
    # 60 promoters and 20 detractors: an NPS of 50; 100 were those who speak of prices not there.
    assert found[leaf("tarif")].without.value == pytest.approx(50)
    assert found[leaf("conseillère")].without.value == pytest.approx(-50 / 3)


def test_a_theme_left_out_counts_nowhere_until_taken_back(themes, period, manager):
    theme = leaf("tarif")
    actions.exclude_theme(theme=theme, excluded=True, by=manager)
    assert theme not in [one.theme for one in measures.themes_over(period).figures]
    actions.exclude_theme(theme=theme, excluded=False, by=manager)
    assert theme in [one.theme for one in measures.themes_over(period).figures]


def test_a_theme_that_was_not_there_before_is_seen_to_rise(firm, manager):
    for subject in ("tarif", "conseillère", "téléphone"):
        for words in SUBJECTS[subject] * 4:
            read(said(firm[0], words, at=days_ago(45)), SIGNS[subject])
    actions.propose(actions.ask_for_themes(by=manager))
    now = measures.themes_over(Period("30d", days_ago(29).date(), days_ago(0).date()))
    growth = {one.theme.pk: one.growth for one in now.figures}
    assert growth[leaf("remboursement").pk].emerging
    assert not growth[leaf("tarif").pk].emerging


def test_complaints_count_a_customer_once_per_theme(themes, period, firm):
    read(said(firm[0], "Encore une hausse de tarif sur la cotisation", at=days_ago(2)), "-")
    actions.follow_new_words()
    ranked = measures.complaints(period)
    counts = {cause.cause: cause.count for cause in ranked.causes}
    assert counts[leaf("tarif").name] == 16
    assert leaf("conseillère").name not in counts
    assert ranked.causes[-1].cumulative_share == pytest.approx(100)


def test_typical_words_repeat_nobody(themes, manager):
    found = typical(manager, [leaf("tarif").pk])
    assert len({one.words for one in found}) == len(found) > 1


class TestPages:
    def test_before_any_words_the_page_says_what_to_do(self, manager, as_person):
        page = as_person(manager).get("/ecouter/themes/")
        assert page.status_code == 200
        assert "Importez des verbatims" in page.text

    def test_the_list_shows_each_theme_with_its_doubt(self, themes, manager, as_person, evidence):
        page = as_person(manager).get("/ecouter/themes/?period=all")
        assert leaf("tarif").name in page.text.replace("&#x27;", "'")
        assert "Ce qui pèse le plus sur la note" in page.text

    def test_every_filter_and_order_answers(self, themes, manager, as_person, evidence):
        client = as_person(manager)
        for asked in (
            "order=negative", "order=growth", "order=without", "order=name", "level=broad", "level=fine",
            "seven_p=price", "channel=email", "channel=survey", "period=30d", "order=nonsense&level=%00",
        ):  # fmt: skip
            assert client.get(f"/ecouter/themes/?{asked}").status_code == 200

    def test_a_theme_tells_its_figures_and_its_words(self, themes, manager, as_person, evidence):
        page = as_person(manager).get(f"/ecouter/themes/{leaf('remboursement').pk}/?period=all")
        assert "Toujours aucun remboursement des soins" in page.text
        assert "Un plafond, non une promesse" in page.text

    def test_causes_are_ranked_by_customers_or_revenue(self, themes, manager, as_person, evidence):
        client = as_person(manager)
        for by in ("count", "cost"):
            page = client.get(f"/ecouter/themes/causes/?period=all&by={by}")
            assert leaf("tarif").name in page.text.replace("&#x27;", "'")

    def test_a_name_that_is_taken_is_refused_and_nothing_changes(
        self, themes, manager, as_person, evidence
    ):
        theme, other = leaf("tarif"), leaf("téléphone")
        page = as_person(manager).post(
            f"/ecouter/themes/{theme.pk}/corriger/", {"name": other.name.upper(), "seven_p": "", "parent": ""}
        )  # fmt: skip
        assert page.status_code == 422
        assert Theme.objects.get(pk=theme.pk).name == theme.name

    def test_an_adviser_reads_themes_and_changes_none(self, themes, adviser, as_person, evidence):
        client, theme = as_person(adviser), leaf("tarif")
        assert client.get("/ecouter/themes/").status_code == 200
        for what in ("corriger", "fusionner", "diviser", "ecarter"):
            assert client.post(f"/ecouter/themes/{theme.pk}/{what}/").status_code == 403
        assert client.post("/ecouter/themes/proposer/").status_code == 403
        assert client.get("/ecouter/themes/export/csv/").status_code == 403
        assert Theme.objects.get(pk=theme.pk).edited_at is None

    def test_every_row_can_be_taken_away(self, themes, manager, as_person, evidence):
        client, theme = as_person(manager), leaf("remboursement")
        passages = b"".join(client.get(f"/ecouter/themes/{theme.pk}/export/csv/").streaming_content)
        assert passages.decode().count("\n") == 1 + theme.mentions.count()
        for address in ("/ecouter/themes/export/csv/", "/ecouter/themes/causes/export/csv/"):
            listed = b"".join(client.get(address + "?period=all").streaming_content).decode()
            assert theme.name in listed

    def test_proposing_from_the_page_prepares_the_list(self, firm, manager, as_person, evidence):
        client = as_person(manager)
        assert client.post("/ecouter/themes/proposer/").status_code == 302
        assert Theme.objects.exists()
        assert "se préparent" not in client.get("/ecouter/themes/").text


@pytest.fixture
def evidence(monkeypatch):
    """The last day of evidence is today: the pages' rows come from the store itself."""
    from entregent.web.themes import views

    monkeypatch.setattr(views, "last_day", lambda: days_ago(0).date())
