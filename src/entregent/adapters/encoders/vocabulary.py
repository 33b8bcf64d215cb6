"""Which words the fast table should know: those of the texts, and those its teacher knows."""

import re
from collections.abc import Sequence

from entregent.adapters.encoders.multilingual import MultilingualEncoder
from entregent.engine.voice.words import words_in

_FRENCH_OR_ENGLISH = re.compile(r"[a-zàâæçéèêëîïôœùûüÿ]{2,}'?")
_OTHER_LANGUAGES = re.compile(
    r"[jkwy]{2}|sch|ij|ção|ções|zione|zioni|[^q]u[ea]ndo$|ungen?$|lich|keit|heid|aa|mente$|ando$|endo$"
    r"|iamo$|uje$|owa|sz|cz|rz|yor|lar$|ler$|dır|mış"
)
MOST_FROM_THE_TEACHER = 18_000


def vocabulary_for(teacher: MultilingualEncoder, sentences: Sequence[str]) -> list[str]:
    """Words in alphabetical order.

    The teacher's pieces come most frequent first and from sixteen languages; spellings that
    neither French nor English has are left out.
    """
    own = {word for sentence in sentences for word in words_in(sentence)}
    pieces = dict.fromkeys(piece.lower() for piece in teacher.vocabulary())
    known = [
        piece
        for piece in pieces
        if _FRENCH_OR_ENGLISH.fullmatch(piece) and not _OTHER_LANGUAGES.search(piece)
    ]
    return sorted(own | set(known[:MOST_FROM_THE_TEACHER]))
