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
_LATIN_WORD = re.compile("[A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)?")
_ENGLISH = frozenset(
    "the be is are was am i you we it he she they to of and a in that have has for on with do does did at this but "
    "not my your our me us can could will would what how when please thank thanks hello hi yes no okay ok sorry order "
    "help just so if or an".split()
)
_SHARED = frozenset(
    "a am an and at do for has have he hello help hi i in is it just me no of ok okay on or order please so sorry to was we "
    "will".split()
)
"""Words of ``_ENGLISH`` that other languages have too, with whatever meaning."""

_FOREIGN = frozenset(
    "al así au aux avec bitte bom bonjour buenas c'est ce che como cuando das dat de del della dem den der "
    "des det di du een ein eine el elle em en es esta está et för für gracias het hoi hola ich ik il ist j'ai "
    "ja je jeg já la las le les lo los mais merci mi mijn mir mit más na naar nada nao ne nee nein nicht niet "
    "nog nu não och og ola olá para pas pero po por på que qui sa saya se sehr sich sie sono su sur tem tiene "
    "tout uit uma un una und une voce você voor votre vous wir yang yung zijn zu är ça è é".split()
)
"""The commonest words of other languages in Latin script that are no English ones."""


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

    Kana and hangul are neither, and so is Latin text in which fewer than one word in eight is common English, or in
    which the commonest words of other languages outnumber those that English alone has.
    """
    han = len(_HAN.findall(text))
    foreign = sum(1 for c in text if "぀" <= c <= "ヿ" or "가" <= c <= "힣" or "Ѐ" <= c <= "ӿ")
    words = [word.lower() for word in _LATIN_WORD.findall(text)]
    if foreign * 4 > han + foreign + len(words):
        return None
    if han * 2 >= len(words) and han:
        return "zh"
    common = [word for word in words if word in _ENGLISH]
    telling = sum(word not in _SHARED for word in common)
    outnumbered = telling < sum(word in _FOREIGN for word in words)
    return "en" if words and len(common) * 8 >= len(words) and not outnumbered else None


def told_language(stated: str | None, text: str) -> str | None:
    """Give the language a conversation is in: what the text shows; what was stated where the text is short.

    A third language that was stated is believed of Latin text: many share English words. Text that shows neither language
    makes a statement of one of them a mistake: None.
    """
    stated = stated.lower().replace("_", "-").partition("-")[0] if stated else None
    detected = detect_language(text)
    third = stated not in LANGUAGES and not _HAN.search(text)
    if stated and (third or len(text.strip()) < TELLING_LENGTH):
        return stated
    return None if detected is None and stated in LANGUAGES else detected or stated
