"""Texts written to try masking: {kind:words} marks what must go; everything else must stay.

Names were chosen with and without a first name that the product knows, numbers with valid check
digits; the last block holds nothing to mask, and much that looks like it.
"""

import re
from itertools import product

from entregent.engine.voice.redaction import Found, Identifier

FRENCH_PEOPLE = [
    "Sandrine Lefebvre",
    "Jean-Baptiste de Montreuil",
    "Fatoumata Diallo",
    "Gwendal Le Bihan",
    "Maëlys N’Guyen",
    "KADIR Özgür",
]
ENGLISH_PEOPLE = [
    "Hannah Whitmore",
    "Siobhan O'Leary",
    "Tunde Adeyemi",
    "Priya Raman",
    "Graham Potts",
]
FRENCH_PHONES = [
    "06 12 34 56 78",
    "0472001122",
    "01.42.68.53.00",
    "+33 6 98 76 54 32",
    "07-81-22-33-44",
]
ENGLISH_PHONES = ["020 7946 0958", "07700 900123", "+44 20 7946 0018", "0161 496 0000"]
MAILS = [
    "s.lefebvre@orange.fr",
    "jb_montreuil75@gmail.com",
    "contact+achat@petite-boite.co.uk",
    "g.potts@bt.com",
    "lea.martin (at) free.fr",
]
IBANS = [
    "FR76 3000 6000 0112 3456 7890 189",
    "FR7630006000011234567890189",
    "GB29 NWBK 6016 1331 9268 19",
    "DE89370400440532013000",
]
CARDS = ["4111 1111 1111 1111", "5500000000000004", "4970-1000-0000-0014", "3782 822463 10005"]
NIRS = ["2 69 05 49 588 157 80", "269054958815780", "1 85 05 78 006 084 91"]
FRENCH_PLACES = [
    "12 rue des Lilas",
    "4 bis avenue du Général Leclerc, 69003 Lyon",
    "118 boulevard Voltaire 75011 Paris",
    "7 impasse des Tilleuls",
    "25, chemin de la Fontaine",
    "3 allée des acacias",
]
ENGLISH_PLACES = [
    "12 Baker Street, London NW1 6XE",
    "Flat 3, 48 Queens Road",
    "1600 Maple Avenue",
    "7 Church Lane, Bristol BS1 4ST",
]
FRENCH_CONTRACTS = [
    "contrat n° {contract:1080162637}",
    "numéro de sociétaire {contract:4587 2211}",
    "dossier {contract:AB-2023-0456}",
    "réf. {contract:FX99821034}",
    "sinistre n°{contract:2023A118827}",
    "commande {contract:0038812994}",
    "n° client : {contract:77120043}",
]
ENGLISH_CONTRACTS = [
    "policy number {contract:ABC1234567}",
    "order {contract:77-1029384}",
    "claim ref {contract:CL00981722}",
    "account {contract:00441188}",
    "booking reference: {contract:ZX81K992}",
    "case #{contract:5500127}",
]

FRENCH = {
    "name": [
        "Bonjour, je m'appelle {}, je n'arrive pas à joindre un conseiller.",
        "J'ai eu Mme {} au téléphone, très aimable.",
        "Merci à {} pour son aide précieuse !",
        "Le conseiller {} ne m'a jamais rappelé.",
        "Toujours rien. Cordialement,\n{}",
        "mon mari, {}, a signé le contrat en mars",
    ],
    "phone": [
        "Rappelez-moi au {} avant 18 h svp",
        "mon numéro c'est le {}, j'attends",
        "Tél : {}. Je ne suis joignable que le matin.",
    ],
    "email": ["Envoyez le devis à {} merci", "mon adresse mail est {}, rien reçu depuis un mois"],
    "iban": ["Voici mon nouveau compte : {} pour le remboursement", "IBAN {} merci de le changer"],
    "card": ["Ma carte {} a été débitée deux fois", "j'ai payé avec la CB {} le 3 mars"],
    "social_security": ["N° de sécu {} pour la mutuelle", "mon numéro de sécurité sociale : {}."],
    "address": [
        "J'habite {} et le colis est parti ailleurs.",
        "Le technicien devait venir {} mardi.",
        "ma nouvelle adresse : {}",
    ],
}
ENGLISH = {
    "name": [
        "My name is {} and I have been waiting since May.",
        "Mrs {} was lovely on the phone.",
        "I spoke to {} who promised a call back.",
        "The adviser {} hung up on me.",
        "Please sort this out. Regards,\n{}",
    ],
    "phone": ["Call me on {} after six.", "you have my number, it's {}, so ring it"],
    "email": ["Send it to {} please", "I wrote from {} twice, no reply"],
    "iban": ["Refund to {} please", "my IBAN is {} as I said"],
    "card": ["You charged my card {} twice", "card number {} was declined"],
    "address": [
        "I live at {} and nobody came.",
        "Deliver it to {} please",
        "the box went to {} instead",
    ],
}
NOTHING = """Prix correct, rapide, rien de plus.
Claire et rapide, l'explication m'a convaincu.
La place de parking était prise, j'ai perdu une heure.
J'attends depuis 45 minutes, il est 18h30.
La facture est passée de 120,50 € à 1 280 € en deux ans.
Pierre après pierre, vous démolissez ma patience.
Le 12/03/2024 j'ai souscrit, le 15/04/2024 j'ai résilié.
Victoire ! Enfin remboursée après 3 relances.
5 souscriptions d'assurance en 10 ans, et voilà.
Un service de Rose, avec les épines.
Il y a 2 avenues possibles : rester ou partir.
France entière sans réseau depuis 2 jours.
J'ai payé 1 234 567 fois plus cher que prévu.
Garantie 24 mois, franchise 150 euros.
Merci pour tout, à bientôt.
Bonjour, pouvez-vous me dire les horaires ?
Version 1.0.65.320 du logiciel, toujours le même bug.
Ligne 4, quai B, train 8734 en retard de 20 min.
Votre slogan « 100 % serein » me fait rire.
Mai et juin sans nouvelles, Noël gâché.
Le montant de 4 000 000 000 000 000 euros affiché était une erreur.
Cordialement, un client déçu
Le contrat de 2019 était meilleur.
Ma commande de 3 articles est arrivée incomplète.
Dossier en cours depuis 6 semaines.
Good price, quick, nothing more.
Will you answer one day? I doubt it.
Grace under pressure, that's your team.
I paid £1,250 in 2023 and £1,900 in 2024.
May was fine, June was not.
It took 3 calls and 45 minutes to get through.
Mark my words, I'm leaving.
The road to a refund is long.
iOS 17.4.1, app version 8.9.12, still crashing.
Faith restored after the second call.
Order took 3 weeks, claim took 8.
Flight delayed 240 minutes at gate 12.
Hope this helps others decide.
Your policy changed 2 years ago.
Rated 10/10, would use again.
The bill jumped from 30 to 300.
Customer since 1987, never a problem.
Thanks for nothing.
I will never use this company again.
Bill after bill after bill, and no service.
Sent 4 letters, 2 emails and 1 fax.
I'd rather walk 500 miles than ring you again.
On hold from 09:00 to 11:30.
They promised 5 business days and it has been 40.
Reset code 4821 never arrived.""".splitlines()

_MARK = re.compile(r"\{(\w+):([^}]*)\}")


def _read(marked):
    """The text without its marks, and the places they held."""
    text, places, last = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[last : mark.start()]
        places.append(Found(len(text), len(text) + len(mark[2]), Identifier(mark[1])))
        text += mark[2]
        last = mark.end()
    return text + marked[last:], places


def _filled(templates, values):
    for kind, forms in templates.items():
        for form, words in product(forms, values[kind]):
            yield form.format(f"{{{kind}:{words}}}")


def marked_texts():
    """(language, text, places) of every text."""
    french = {
        "name": FRENCH_PEOPLE,
        "phone": FRENCH_PHONES,
        "email": MAILS,
        "iban": IBANS,
        "card": CARDS,
        "social_security": NIRS,
        "address": FRENCH_PLACES,
    }
    english = {
        "name": ENGLISH_PEOPLE,
        "phone": ENGLISH_PHONES,
        "email": MAILS,
        "iban": IBANS,
        "card": CARDS,
        "address": ENGLISH_PLACES,
    }
    for marked in _filled(FRENCH, french):
        yield "fr", *_read(marked)
    for marked in _filled(ENGLISH, english):
        yield "en", *_read(marked)
    for words in FRENCH_CONTRACTS:
        for form in ("Je vous écris pour mon {}, sans réponse.", "{} : où en est-on ?"):
            yield "fr", *_read(form.replace("{}", words))
    for words in ENGLISH_CONTRACTS:
        for form in ("Any news on {}?", "About my {}, it is still open."):
            yield "en", *_read(form.replace("{}", words))
    for place, text in enumerate(NOTHING):
        yield "fr" if place < 25 else "en", text, []
