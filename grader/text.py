"""Text as the machine reads it: one script, one width, one apostrophe, one idea of what language it is.

Folding keeps the length, so that an offset into folded text points at the same character of the original.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

import opencc

LANGUAGES: Final = ("zh", "en")
"""Languages that are told apart, and graded."""

TELLING_LENGTH: Final = 40
"""From this many characters on, text in which no language shows is believed to be in none of them."""

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_APOSTROPHE = re.compile("(?<=[a-z])[’‘ʼ′´`](?=[a-z])")
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"
_LATIN_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_ENGLISH = frozenset(
    "the be is are was am i you we it he she they to of and a in that have has for on with do does did at this but "
    "not my your our me us can could will would what how when please thank thanks hello hi yes no okay ok sorry order "
    "help just so if or an".split()
)


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=65536)
def _half_width(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


def fold(text: str) -> str:
    """Give ``text`` in simplified script, half width and lower case, with plain apostrophes, of the same length."""
    narrow = "".join(map(_half_width, text))
    chinese = _HAN.search(narrow) is not None
    if chinese:
        narrow = _SURROGATE.sub(_REPLACEMENT, narrow)
        simplified: str = _to_simplified().convert(narrow)
        # A phrase may map to another length; then go character by character, which does not.
        narrow = simplified if len(simplified) == len(narrow) else "".join(map(_simplify_one, narrow))
    lower = narrow.lower()
    if len(lower) != len(narrow):
        lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in narrow)
    # What phones and word processors write in "don’t"; in Chinese such marks are quotes.
    return lower if chinese else _APOSTROPHE.sub("'", lower)


@lru_cache(maxsize=65536)
def _simplify_one(character: str) -> str:
    simplified: str = _to_simplified().convert(character)
    return simplified if len(simplified) == 1 else character


def detect_language(text: str) -> str | None:
    """Tell Mandarin (``zh``) and English (``en``) by their script and commonest words; None for neither.

    Kana and hangul, and Latin text in which fewer than one word in eight is common English, are neither.
    """
    han = len(_HAN.findall(text))
    foreign = sum(1 for c in text if "぀" <= c <= "ヿ" or "가" <= c <= "힣" or "Ѐ" <= c <= "ӿ")
    words = _LATIN_WORD.findall(text)
    if foreign * 4 > han + foreign + len(words):
        return None
    if han * 2 >= len(words) and han:
        return "zh"
    common = sum(word.lower() in _ENGLISH for word in words)
    return "en" if words and common * 8 >= len(words) else None


def told_language(stated: str | None, text: str) -> str | None:
    """Give the language a conversation is in: what the text shows; what was stated where the text is short.

    Text that shows neither language makes a statement of one of them a mistake: None.
    """
    stated = stated.lower().replace("_", "-").partition("-")[0] if stated else None
    detected = detect_language(text)
    if stated and len(text.strip()) < TELLING_LENGTH:
        return stated
    return None if detected is None and stated in LANGUAGES else detected or stated
