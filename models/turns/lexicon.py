"""Words by what they mean in customer service: praise, insult, a fault, an action of the company, a time limit.

Networks fitted on few turns do not know what a rare word means; the lexicon says it. Each class is one column beside
the n-grams, of how many of its words a turn holds. ``lexicon_zh.tsv`` and ``lexicon_en.tsv`` have a line a word: the word,
folded, and the letters of its classes.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

CLASSES: Final = {
    "P": "praise",
    "p": "mildly_positive",
    "n": "displeasure",
    "N": "insult_or_accusation",
    "S": "sarcasm",
    "U": "urgency_or_plea",
    "X": "threat",
    "L": "leaving",
    "R": "settled",
    "W": "persisting",
    "B": "fault",
    "Q": "question",
    "A": "regret",
    "E": "understanding",
    "I": "detail_asked_for",
    "C": "channel",
    "D": "action",
    "O": "operation",
    "F": "handling",
    "T": "time",
    "M": "party",
    "K": "cause_or_advice",
    "V": "product_or_price",
    "G": "greeting",
    "Z": "refusal",
    "H": "chat",
    "Y": "absolute",
    "J": "secret_or_payment",
    "!": "scorn",
}
"""By letter. An agent's ``threat`` is a class of words, no violation: what a turn means, the networks decide."""


class Entry(NamedTuple):
    """A word and its classes."""

    word: str
    classes: Sequence[str]


@cache
def lexicon(language: str) -> tuple[Entry, ...]:
    """Read the words of a language (``zh`` or ``en``), in the order of the file."""
    path = Path(__file__).with_name(f"lexicon_{language}.tsv")
    lines = path.read_text(encoding="utf-8").splitlines()
    return tuple(
        Entry(word, tuple(CLASSES[letter] for letter in letters))
        for word, _, letters in (line.partition("\t") for line in lines)
    )
