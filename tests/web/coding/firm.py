"""A small firm whose customers said a few things, and two people who code them."""

from tests.web.factories import customer, said

from entregent.web.accounts.models import User
from entregent.web.coding import actions
from entregent.web.coding.models import Queue, QueuedText
from entregent.web.coding.queries import places_of, readings_of

WORDS = (
    "Toujours rien reçu. Je résilie demain.",
    "Merci pour votre rapidité, je vous recommande.",
    "Tarif correct.",
    "On m’a menti sur la franchise. C’est honteux.",
    "Très bon accueil, je reste chez vous.",
    "Six appels pour une attestation !",
    "Pouvez-vous m’envoyer le contrat ?",
    "Le conseiller a été très clair.",
    "Trop cher, je pars.",
    "Rien à redire, tout est simple.",
    "Je suis Léa Martin et j’attends depuis un mois.",
    "Service nul. À éviter.",
)


def spoken(words=WORDS):
    """One customer a text."""
    return [said(customer(f"Client {number}"), text) for number, text in enumerate(words)]


def queue_for(*people: User, codes=("sentiment",), **known) -> Queue:
    known = {"name": "Avis", "size": 12, "per_text": len(people), "seed": 3} | known
    queue = actions.open_queue(people=people, by=None, codes=list(codes), **known)
    actions.fill_queue(queue)
    queue.refresh_from_db()
    return queue


def text_of(text: QueuedText) -> str:
    return readings_of([text.words])[text.words_id].text


def code_all(queue: Queue, person: User, answer) -> None:
    """answer: (words of the place, code) → value, or None where the person cannot tell."""
    for text in queue.texts.select_related("words", "queue"):
        whole = text_of(text)
        for place in places_of(queue, text.words, len(whole)):
            piece = whole[place.start : place.end]
            for code in queue.codes:
                actions.say(text=text, place=place, code=code, value=answer(piece, code), by=person)


def feeling(piece: str, _code: str = "sentiment") -> str:
    if any(word in piece for word in ("rien reçu", "honteux", "menti", "nul", "cher", "Six appels", "attends", "résilie", "éviter")):  # fmt: skip
        return "-"
    return "+" if any(word in piece for word in ("Merci", "bon", "clair", "redire", "correct")) else "0"  # fmt: skip
