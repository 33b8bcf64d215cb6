"""Names of groups of texts: the phrases that their writers really used and the others did not."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log, sqrt

from entregent.engine.voice.words import folded, words_in

PRIOR = 0.01
SHORTEST = 3
ROOT = 4
"""Letters that are never taken off a word: what is left of shorter ones is no longer one word's."""

LONGEST_PHRASE = 5
FEWEST_USES = 3
OFTEN = 0.15
"""Share of a word's uses that a phrase must make up to speak for it."""

HELD = 0.02
"""Share of a group's texts that must hold a word for it to name the group."""

BESIDE = 0.12
"""Uses of a further word against those of the most telling one, to stand beside it in a name."""

NEVER_PLAIN = 5
"""Uses from which a word that always has a capital is taken for a proper name."""

MOST_WORDS = 3
"""Content words in a name; a phrase counts two or three."""

_CLAUSE = re.compile(r"[,;:.()«»\"!?…\n\u2022]+|\s[-–—]\s")


def _of(words: str) -> frozenset[str]:
    return frozenset(words.split())


_ARTICLES = _of("la le les l' the")
_LINKS = _of("de d' du des en à au aux par sur sous pour sans entre of to in on for with by")
_BEFORE_NOUNS = _of(
    "le la les l' un une des du au aux mon ma mes votre vos notre nos leur leurs son sa ses ce cet "
    "cette ces de d' quel quelle aucun aucune sans the an my your our their his her this of no any"
)
_BEFORE_VERBS = _of(
    "je j' vous nous ne n' me m' se s' te t' il elle on ils elles qui ai as avez avons ont été "
    "i you we they he she to will would can could have has had been don't not"
)
_CAPITALISED = re.compile(r"\b[A-ZÀ-ÖØ-ÞŒ][a-zß-öø-ÿœ]+(?:-[A-ZÀ-ÖØ-ÞŒ]?[a-zß-öø-ÿœ]+)*\b")
# Not at the beginning of a clause, where every word has a capital.
_INSIDE = re.compile(rf"(?<=[\w'’] ){_CAPITALISED.pattern}")
_PLAIN = re.compile(r"\b[a-zß-öø-ÿœ]+(?:-[a-zß-öø-ÿœ]+)*\b")
_BEFORE_INFINITIVES = _of("à pour de d'")
_INFINITIVE = ("er", "ir", "re")
# "fidélité" and "santé" are no participles.
_PARTICIPLE = re.compile(r"(?:(?<!t)é|(?<!t)és|ée|ées)$")
_WRITING = _of("ire it ite ites its")
_ENDINGS = sorted(
    _WRITING
    | _of(
        "ations ation ateurs ateur issement ements ement ments ment iques ique aient erait erais "
        "irait ents ent ions iez antes ante ants ant eres ere ees ee es e s er ers ez ais ait ir "
        "ings ing ed"
    ),
    key=lambda ending: (-len(ending), ending),
)


@lru_cache(maxsize=1 << 16)
def family(word: str) -> str:
    """What forms of one word have in common: neither accents nor endings count.

    >>> [family(word) for word in ("remboursements", "rembourser", "chère", "cher", "écrit", "écrire")]
    ['rembours', 'rembours', 'cher', 'cher', 'ecr', 'ecr']
    """
    bare = folded(word)
    for ending in _ENDINGS:
        least = ROOT - 1 if ending in _WRITING else ROOT
        if bare.endswith(ending) and len(bare) - len(ending) >= least:
            bare = bare[: -len(ending)]
            break
    return re.sub(r"(.)\1$", r"\1", bare) if len(bare) > ROOT else bare


@dataclass(frozen=True, slots=True)
class Named:
    """phrases: make the name, most telling first.  words: single ones, one of each family.

    told: share of the group's texts that hold one of the words, 0 to 1.
    """

    phrases: tuple[str, ...]
    words: tuple[str, ...]
    told: float


class Naming:
    """What tells some of these texts from the others.

    stop_words: never name anything.  completing: those of them that may end or begin a phrase with
    a word that does, as "client" in "service client".
    A name of a person or a firm, which is written with a capital, names no group.
    A word counts as a noun unless it stands after a pronoun or an auxiliary more often than after
    an article: verbs and participles make no name.

    >>> texts = ["délai de remboursement", "un délai de remboursement long", "le prix"] * 3
    >>> named = Naming(texts, stop_words=frozenset({"le", "un", "de", "long"}))
    >>> named.of([0, 1, 3, 4, 6, 7]).phrases
    ('délai de remboursement',)
    """

    def __init__(
        self,
        texts: Sequence[str],
        *,
        stop_words: frozenset[str] = frozenset(),
        completing: frozenset[str] = frozenset(),
    ) -> None:
        self._stop, self._completing = stop_words, completing
        self._forms: dict[str, Counter[str]] = defaultdict(Counter)
        self._as_noun: Counter[str] = Counter()
        self._proper = _proper_names(texts)
        clauses = [[words_in(clause) for clause in _CLAUSE.split(text)] for text in texts]
        for clause in (one for text in clauses for one in text):
            for before, word in zip(["", *clause], clause, strict=False):
                self._as_noun[word] += _noun_after(before, word)
        for word in self._as_noun:
            self._as_noun[word] -= bool(_PARTICIPLE.search(word))
        self._words = [self._families(text) for text in clauses]
        self._phrases = [dict(self._phrases_in(text)) for text in clauses]
        self._all_words = Counter(one for held in self._words for one in held)
        self._all_phrases = Counter(one for held in self._phrases for one in held)
        self._total = sum(self._all_words.values())

    def of(self, members: Iterable[int], *, most: int = 6) -> Named:
        """The name of the texts of these ranks.

        By the z of the log-odds ratio, the other texts serving as the informative prior, so that
        rare words do not win by chance.
        Source: Monroe, Colaresi and Quinn 2008, "Fightin' Words", Political Analysis 16(4).
        """
        inside = list(members)
        own = Counter(one for rank in inside for one in self._words[rank])
        said = Counter(one for rank in inside for one in self._phrases[rank])
        total = sum(own.values())
        z = _Odds(total, self._total)
        telling = {
            one: z.of(count, self._all_words[one])
            for one, count in own.items()
            if count >= HELD * len(inside)
        }
        ranked = sorted(
            (one for one in telling if telling[one] > 0), key=lambda one: (-telling[one], one)
        )
        told = ranked[:most]
        labels: list[tuple[tuple[str, ...], str]] = []
        for word in told:
            if labels and own[word] < BESIDE * own[told[0]]:
                continue
            key = self._spoken_for(word, own[word], said, z) or (word,)
            taken = [one for kept, _label in labels for one in kept]
            if not any(_alike(one, other) for one in key for other in taken):
                labels.append((key, self._shown(key, inside)))
            if sum(len(kept) for kept, _label in labels) >= MOST_WORDS:
                break
        holds = sum(not self._words[rank].isdisjoint(told) for rank in inside)
        return Named(
            tuple(label for _key, label in labels),
            tuple(_most_written(self._forms[one]) for one in told),
            holds / max(len(inside), 1),
        )

    def _spoken_for(
        self, word: str, uses: int, said: "Counter[tuple[str, ...]]", z: "_Odds"
    ) -> tuple[str, ...] | None:
        """The phrase that a word mostly stands in."""
        enough = max(FEWEST_USES, OFTEN * uses)
        found = [key for key, count in said.items() if word in key and count >= enough]
        return max(
            found, key=lambda key: (z.of(said[key], self._all_phrases[key]), key), default=None
        )

    def _shown(self, key: tuple[str, ...], inside: Sequence[int]) -> str:
        """As most of them wrote it."""
        if len(key) == 1:
            return _most_written(self._forms[key[0]])
        written = Counter(self._phrases[rank][key] for rank in inside if key in self._phrases[rank])
        return _most_written(written)

    def _families(self, text: Sequence[Sequence[str]]) -> frozenset[str]:
        held = set()
        for word in (word for clause in text for word in clause):
            if self._names(word):
                held.add(family(word))
                self._forms[family(word)][word] += 1
        return frozenset(held)

    def _phrases_in(self, text: Sequence[Sequence[str]]) -> Iterator[tuple[tuple[str, ...], str]]:
        for clause in text:
            for start, first in enumerate(clause):
                if not (self._names(first) or first in self._completing):
                    continue
                for end in range(start + 2, min(start + LONGEST_PHRASE, len(clause)) + 1):
                    piece = clause[start:end]
                    if piece[-1] in _LINKS or (piece[-1] in _ARTICLES and piece[-2] in _LINKS):
                        continue
                    if not self._takes_part(piece[-1]):
                        break
                    key = tuple(family(word) for word in piece if self._takes_part(word))
                    if 2 <= len(set(key)) == len(key) <= MOST_WORDS and any(
                        map(self._names, piece)
                    ):
                        yield key, " ".join(piece).replace("' ", "'")

    def _names(self, word: str) -> bool:
        return (
            len(word) >= SHORTEST
            and word[0].isalpha()
            and word[-1] != "'"
            and word not in self._stop
            and word not in self._proper
            # "pouvez-vous", "a-t-il": a verb turned round to ask.
            and word.rpartition("-")[2] not in _BEFORE_VERBS
            and self._as_noun[word] >= 0
        )

    def _takes_part(self, word: str) -> bool:
        return (
            self._names(word)
            or word in self._completing
            or (
                word not in self._stop
                and self._as_noun[word] == -1
                and bool(_PARTICIPLE.search(word))
            )
        )


@dataclass(frozen=True, slots=True)
class _Odds:
    own_total: int
    total: int

    def of(self, own: int, everywhere: int) -> float:
        weight = PRIOR * everywhere
        mine, theirs = own + weight, everywhere - own + weight
        all_mine = self.own_total + PRIOR * self.total
        all_theirs = self.total - self.own_total + PRIOR * self.total
        odds = log(mine / max(all_mine - mine, 0.5)) - log(theirs / max(all_theirs - theirs, 0.5))
        return odds / sqrt(1 / mine + 1 / theirs)


def _proper_names(texts: Sequence[str]) -> frozenset[str]:
    """Words that stand with a capital inside a clause more often than without, or never without:
    mostly people."""
    inside = Counter(
        word.lower() for text in texts if not text.istitle() for word in _INSIDE.findall(text)
    )
    capitals = Counter(word.lower() for text in texts for word in _CAPITALISED.findall(text))
    plain = Counter(word for text in texts for word in _PLAIN.findall(text))
    return frozenset(
        word
        for word, count in capitals.items()
        if inside[word] > plain[word] or (count >= NEVER_PLAIN and not plain[word])
    )


def _most_written(forms: "Counter[str]") -> str:
    """The commonest form; of two as common, the one with its accents."""
    return min(forms, key=lambda form: (-forms[form], form.isascii(), form))


def _noun_after(before: str, word: str) -> int:
    """1 where only a noun stands, -1 where only a verb does."""
    if before in _BEFORE_INFINITIVES and word.endswith(_INFINITIVE):
        return -1
    return (before in _BEFORE_NOUNS) - (before in _BEFORE_VERBS)


def _alike(one: str, other: str) -> bool:
    """Whether two families are one subject: a call and a call back, a word and its short form."""
    one, other = (word.removeprefix("r") if len(word) > ROOT else word for word in (one, other))
    return one.startswith(other) or other.startswith(one)
