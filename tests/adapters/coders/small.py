"""A coder small enough to be trained in a second: words alone, a handful of examples."""

import numpy as np

from entregent.adapters.coders.coder import TrainedCoder
from entregent.adapters.coders.examples import CodedSet
from entregent.adapters.coders.training import train_coder
from entregent.engine.voice.examples import JUSTICES, Example

GOOD = ["très bien", "super accueil", "parfait merci", "je recommande vivement", "great service"]
BAD = ["nul", "trop lent", "je résilie demain", "avoid at all costs", "attente interminable"]


class NoEncoder:
    """Eight numbers from the letters of a text."""

    name, version, dim = "letters", "1", 8

    def encode(self, texts):
        found = np.zeros((len(texts), 8), np.float32)
        for row, text in enumerate(texts):
            for letter in text:
                found[row, ord(letter) % 8] += 1
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1)


def small_set():
    segments, texts, utterances = [], [], []
    for number in range(12):
        for sign, movement, pool in (("+", "T", GOOD), ("-", "A", BAD)):
            words = f"{pool[number % 5]} fois {number}"
            group = f"t{number}{sign}"
            spoken = {
                code: "yes" if (number + place) % 2 else "no" for place, code in enumerate(JUSTICES)
            }
            codes = {
                "movement": movement if number % 3 else "N",
                "sentiment": sign,
                "trust": "C-" if sign == "-" and number % 2 else "",
            }
            segments.append(Example(words, group, words, codes | spoken, "fr"))
            whole = {
                "relationship": "friend" if sign == "+" else "adversary",
                "stage": "new" if number % 2 else "ended",
                "effort": "high" if number % 2 else "none",
            }
            texts.append(Example(words, group, "", whole, "fr"))
            talk = {
                "talk": ("change", "sustain", "neutral")[number % 3],
                "talk_kind": ("desire", "reasons", None)[number % 3],
            }
            utterances.append(Example(words, group, "payer en ligne", talk, "fr"))
    return CodedSet(segments, texts, utterances)


def small_coder() -> TrainedCoder:
    return train_coder(small_set(), NoEncoder(), profile="small")
