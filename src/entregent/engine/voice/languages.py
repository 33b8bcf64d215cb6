"""Which language a text is in: French, English, or neither that we can tell.

Words that hold a sentence together (the, of, je, vous…) and the letters that only one of the two
languages uses are counted; on customers' words, short and badly spelt as they are, that is enough
and needs no model.
"""

import re
from dataclasses import dataclass
from math import exp

_WORD = re.compile(r"[^\W\d_]+(?:['’](?=[^\W\d_]))?")

_FRENCH = frozenset(
    """
    svp bcp stp mdr bjr cdt
    a à ai aucun aucune après assez au aussi aux avait avant avec avez avoir avons beaucoup bien
    bon bonjour bonne bonsoir c' ça car ce cela ces cet cette cher chez client comme comment
    compte contrat cordialement d' dans de depuis des deux dire dit donc du elle elles en encore
    enfin est et était été être eux facile faire fait fois font il ils j' jamais je jour jours
    jusqu' l' la le les leur leurs lors lui m' ma mais mal mauvais me même merci mes mieux moi
    moins mois mon n' ne ni non nos notre nous nul nulle on ont ou où oui par parce pas pendant
    peu peut plus plusieurs plutôt pour pourquoi pouvez pouvoir prix puis qu' quand que quel
    quelle quelqu' qui quoi rapide recommande rien s' sa sans sera ses si simple sinon sont sous
    suis suite sur sympa t' ta te tel tellement temps tes toi ton toujours tous tout toute
    toutes très trop tu un une vais vers veux via voir vos votre vous vraiment y agréable
    aimable assurance tarif tarifs trouve personnel rapport qualité déçu déçue satisfait
    satisfaite conseiller conseillère téléphone colis livraison commande remboursement délai
    attente accueil efficace efficacité fuyez
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
_ENGLISH = frozenset(
    """
    thx pls plz ur thanx
    a about after again all also always am an and another any anyone are as ask at awful back
    bad be because been before best better but by call called can cannot can't could couldn't
    customer day days did didn't do does doesn't don't down easy even ever every excellent for
    found friendly from get getting give go good got great had happy has have haven't having he
    help helpful her here hi him his hour hours how i i'm i've if in into is isn't it it's its
    just know like long love made make me more month months most much my need never new next no
    not nothing now of off on one only or other our out over people phone please poor price
    quick really rude said same service she should since slow so some staff still such terrible
    than thank thanks that the their them then there they they're this time to told too took
    trying until up us use very waiting want was wasn't we week weeks well were what when which
    while who why will with within won't work would wouldn't worst year years yes you your
    easily honest quickly told refund delivery order cheap cheaper money company
    """.split()  # noqa: SIM905 - a list of words reads better as words
)
_FRENCH_LETTERS = re.compile(r"[àâçèêëîïôùûœ]|é")
_WEIGHT, _LETTER_WEIGHT = 1.0, 0.7


@dataclass(frozen=True, slots=True)
class Language:
    """ISO 639-1 code, None where the words do not tell, and how sure (0.5 to 1)."""

    code: str | None
    confidence: float


def language_of(text: str, *, otherwise: str | None = None) -> Language:
    """The language of a text.

    otherwise: what to answer when no word of either language is found.

    >>> language_of("Très déçu, je résilie").code, language_of("too slow for the price").code
    ('fr', 'en')
    >>> language_of("1080162637", otherwise="fr")
    Language(code='fr', confidence=0.5)
    """
    french = english = 0.0
    lowered = text[:600].lower().replace("’", "'")
    for word in _WORD.findall(lowered):
        french += word in _FRENCH
        english += word in _ENGLISH
    french += _LETTER_WEIGHT * len(_FRENCH_LETTERS.findall(lowered))
    if french == english:
        return Language(otherwise, 0.5)
    code = "fr" if french > english else "en"
    return Language(code, 1 / (1 + exp(-abs(french - english))))
