"""The fictional firm's people at work: two changes declared, their customers' words put in, and weighed.

The words are those that its customers wrote; only the choice and the weights are made up.
"""

from dataclasses import dataclass
from datetime import date

from entregent.adapters.demo_firm.setting import Setting
from entregent.web.accounts.models import User
from entregent.web.accounts.roles import Power
from entregent.web.decisions.actions import (
    AlreadyThere,
    add_item,
    attach_quote,
    declare_change,
    weigh_items,
)
from entregent.web.decisions.models import Change, Item
from entregent.web.decisions.queries import sentences
from entregent.web.evidence.models import Answer, Interaction
from entregent.web.evidence.search import search
from entregent.web.shared.asked_words import answers_to, understand
from entregent.web.verbatims.queries import Kind, Verbatim

In, CUSTOMER, FIRM = Item.In, Item.Holder.CUSTOMER, Item.Holder.FIRM
QUOTES_EACH = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One item: where it stands, the words to look for, and what up to three people weigh.

    talk: the kind of talk that the words hold.
    """

    cell: Item.In
    text: str
    weights: tuple[int, ...]
    words: tuple[str, ...] = ()
    talk: str = "reasons"
    holder: Item.Holder = CUSTOMER
    external: bool = False


ONLINE = (
    Entry(In.KEEP_FOR, "Parler à quelqu’un que l’on connaît", (9, 8, 9), ('"parler à quelqu"', '"je veux une voix"', '"remplace pas Sandrine"')),
    Entry(In.KEEP_FOR, "Le papier : une preuve que l’on garde", (6, 5, 7), ('"il me faut du papier"', '"je garde le papier"', '"marche très bien par courrier"'), "need"),
    Entry(In.KEEP_AGAINST, "Des kilomètres et des heures pour un tampon", (7, 8, 6), ('"trente kilomètres pour un tampon"', '"éviterait le déplacement"')),
    Entry(In.KEEP_AGAINST, "Le papier qui s’entasse", (3, 4, 2), ('"plus de place dans le tiroir"', '"moins de papier"', '"plus de papier"')),
    Entry(In.CHANGE_FOR, "Plus rapide pour les attestations", (8, 7, 8), ('"plus rapide en ligne"', '"remboursements en temps réel"')),
    Entry(In.CHANGE_FOR, "À l’heure où l’on est tranquille", (7, 6, 7), ('"le soir tranquille"', '"quand je suis en déplacement"')),
    Entry(In.CHANGE_FOR, "Ceux qui ont essayé ne le regrettent pas", (6, 5, 6), ('"pas si terrible"', '"ça s\'est bien passé"'), "taking_steps"),
    Entry(In.CHANGE_AGAINST, "Un mot de passe de plus, et la peur du piratage", (7, 8, 8), ('"mot de passe de plus"', "piratages"), "desire"),
    Entry(In.CHANGE_AGAINST, "Ne pas y arriver seul", (6, 7, 5), ('"je n\'y arriverai pas"', '"je vais pas m\'y mettre"', '"ne vais pas m\'y mettre"'), "ability"),
    Entry(In.CHANGE_AGAINST, "Pas de réseau à la campagne", (5, 4, 5), ('"pas le réseau ici"',), "ability", external=True),
    Entry(In.KEEP_FOR, "Nos conseillers connaissent leurs sociétaires", (7, 8, 6), holder=FIRM),
    Entry(In.KEEP_AGAINST, "Le service sature à chaque tempête", (8, 7, 8), holder=FIRM),
    Entry(In.CHANGE_FOR, "Du temps rendu aux sinistres graves", (8, 8, 7), holder=FIRM),
    Entry(In.CHANGE_AGAINST, "Équipes à former, outil encore fragile", (5, 6, 6), holder=FIRM),
    Entry(In.CHANGE_AGAINST, "Accessibilité exigée par la loi", (4, 5, 4), holder=FIRM, external=True),
)  # fmt: skip

PRICE = (
    Entry(In.KEEP_FOR, "La parole donnée aux fidèles", (8, 9, 7), ('"je suis partagée"', '"garder la même conseillère"')),
    Entry(In.CHANGE_FOR, "Une franchise qui baisse avec les années", (5, 6, 5), ('"la franchise offerte est un vrai avantage"', '"franchise baisse avec les années"')),
    Entry(In.CHANGE_FOR, "Le programme de fidélité fait rester", (4, 5, 6), ('"me fait rester"',)),
    Entry(In.CHANGE_AGAINST, "Payer plus pour la même chose", (8, 8, 9), ('"reste en travers de la gorge"', '"encore une augmentation"')),
    Entry(In.CHANGE_AGAINST, "Les voisins paient moins ailleurs", (6, 7, 7), ('"demander des devis"', '"mon voisin paye"', '"proposer mieux"'), "activation", external=True),
)  # fmt: skip


def declare_demo_changes(today: date) -> list[Change]:
    """Two changes of the firm with what its customers said of them; nothing where some are declared."""
    if Change.objects.exists():
        return []
    firm = Setting(today).changes
    weighers = [user for user in User.objects.order_by("pk") if user.may(Power.DECIDE)]
    online = declare_change(
        by=None, name="L’espace en ligne", ready="new_digital_channel", target="ouvrir votre espace en ligne",
        for_whom="Les sociétaires qui appellent ou écrivent pour des démarches simples.",
        beneficiary=firm["online"].beneficiary, since=firm["online"].begins, cycle_days=90, mode="evocation",
        importance="relation.online_importance", confidence="relation.online_confidence",
        readiness="relation.online_readiness",
        steps="Demander ses codes\nFaire une première démarche en ligne\nRevenir seul une deuxième fois",
    )  # fmt: skip
    price = declare_change(
        by=None, name="La hausse de janvier", ready="price_change", target="renouveler malgré la hausse",
        for_whom="Les sociétaires dont la cotisation augmente en janvier.",
        beneficiary=firm["price"].beneficiary, since=firm["price"].begins, cycle_days=365, mode="neutral",
        steps="Recevoir l’explication\nRester après la première échéance",
    )  # fmt: skip
    for change, entries in ((online, ONLINE), (price, PRICE)):
        _fill(change, entries, weighers)
    return [online, price]


def _fill(change: Change, entries: tuple[Entry, ...], weighers: list[User]) -> None:
    items = []
    for entry in entries:
        item = add_item(
            change=change, cell=entry.cell, holder=entry.holder, external=entry.external,
            text=entry.text, by=None,
        )  # fmt: skip
        items.append(item)
        for words in entry.words:
            _quote(item, words, entry.talk)
    people = zip(*(entry.weights for entry in entries), strict=True)
    for weigher, weights in zip(weighers, people, strict=False):
        weigh_items(
            change=change, by=weigher, note="",
            weights={item.pk: weight for item, weight in zip(items, weights, strict=True)},
        )  # fmt: skip


def _quote(item: Item, words: str, talk: str) -> None:
    """Put the newest sentences that hold the words under an item."""
    asked = understand(words)
    for hit in search(asked, direction="in", limit=QUOTES_EACH):
        kind: Kind = "echange" if hit.table == "interactions" else "reponse"
        model = Interaction if kind == "echange" else Answer
        verbatim = Verbatim(kind, model._default_manager.get(pk=hit.row_id))
        text = verbatim.row.text
        chosen = [
            place
            for place, (start, end) in enumerate(sentences(text))
            if answers_to(text[start:end], asked)
        ]
        if chosen:
            try:
                attach_quote(
                    item=item, verbatim=verbatim, chosen=chosen[:1], talk_kind=talk, by=None
                )
            except AlreadyThere:
                continue
