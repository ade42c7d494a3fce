"""Text as a recogniser leaves it, made from written text: to learn from, and to test what must not change a label."""

import random
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

_PUNCTUATION: Final = re.compile(r"[^\w\s\[\]@']+")
_SPACE_BETWEEN_HAN: Final = re.compile(r"(?<=[一-鿿])\s+(?=[一-鿿])")
_SPACES: Final = re.compile(r"\s+")
_HAN: Final = re.compile(r"[一-鿿]")
_MANDARIN_FILLERS: Final = ("嗯", "呃", "那个", "就是", "啊", "哎")
_ENGLISH_FILLERS: Final = ("um", "uh", "er", "like", "you know", "so")
MISHEARD: Final = 0.05
"""Share of hanzi that become another of the same sound, and of English words that are lost."""
FILLERS: Final = 0.3
"""Share of texts that get one filler."""


def unpunctuated(text: str) -> str:
    """Drop all punctuation, and the spaces between hanzi."""
    bare = _SPACES.sub(" ", _PUNCTUATION.sub(" ", text)).strip()
    return _SPACE_BETWEEN_HAN.sub("", bare)


def with_filler(text: str, chance: random.Random) -> str:
    """Put one spoken filler in front of the text or after one of its words."""
    if _HAN.search(text):
        at = chance.choice([0, *(match.end() for match in re.finditer(r"[\s,，。]+", text))])
        return text[:at] + chance.choice(_MANDARIN_FILLERS) + text[at:]
    words = text.split(" ")
    words.insert(chance.randrange(len(words) + 1), chance.choice(_ENGLISH_FILLERS))
    return " ".join(words)


def heard(texts: Sequence[str], *, seed: int) -> list[str]:
    """Give folded texts as they might be recognised: no punctuation, some fillers, some words misheard.

    Hanzi are taken for others of the same sound (tones aside) that the texts hold too; English words are lost.
    """
    chance = random.Random(seed)
    sounds = _by_sound(texts)
    return [_heard(text, chance, sounds) for text in texts]


def _heard(text: str, chance: random.Random, sounds: dict[str, list[str]]) -> str:
    bare = unpunctuated(with_filler(text, chance) if chance.random() < FILLERS else text)
    if not _HAN.search(bare):
        return " ".join(word for word in bare.split(" ") if chance.random() >= MISHEARD)
    return "".join(
        chance.choice(sounds[_sound(c)])
        if _HAN.match(c) and chance.random() < MISHEARD and _sound(c) in sounds
        else c
        for c in bare
    )


def _by_sound(texts: Sequence[str]) -> dict[str, list[str]]:
    counts = Counter(c for text in texts for c in text if _HAN.match(c))
    sounds: dict[str, list[str]] = {}
    for character, count in sorted(counts.items()):
        if count >= 5:
            sounds.setdefault(_sound(character), []).append(character)
    return sounds


@lru_cache(maxsize=32768)
def _sound(character: str) -> str:
    from pypinyin import lazy_pinyin

    return str(lazy_pinyin(character)[0])
