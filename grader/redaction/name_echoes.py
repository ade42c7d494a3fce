"""Finds names said again once somebody was introduced: 李思琪女士您好, "thanks Fiona"."""

import re
from collections.abc import Iterable, Iterator

from grader.redaction.document import Document
from grader.redaction.spans import Hit

_WORD = re.compile(r"[^\W\d_][\w'’\-]+")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_SHORTEST_WORD = 3
_ADDRESSED = r"\b(?:thanks|thank you|hi|hello|hey|sorry|okay|ok|alright|right|lovely|great|perfect|bye|mr|mrs|ms|miss|dr)[, ]{1,2}"


def find_name_echoes(document: Document, hits: Iterable[Hit]) -> Iterator[Hit]:
    """Find the names among ``hits`` wherever else they stand in the conversation.

    A Chinese name counts as a whole. Of an English one every capitalised word counts; one in lower case, as recognisers
    write it, only where somebody is addressed by it, for it may be an everyday word.
    """
    whole: set[str] = set()
    capitalised: set[str] = set()
    lower: set[str] = set()
    for hit in hits:
        if hit.kind == "name":
            name = document.raw[hit.start : hit.end]
            if _HAN.fullmatch(name):
                whole.add(name)
            else:
                words = [
                    word for word in _WORD.findall(name) if len(word) >= _SHORTEST_WORD and word.isascii()
                ]
                capitalised.update(word for word in words if word[0].isupper())
                lower.update(word for word in words if word.islower())
    if whole:
        yield from _all(re.compile("|".join(map(re.escape, whole))), document.raw)
    if capitalised:
        yield from _all(
            re.compile(rf"\b(?:{'|'.join(map(re.escape, capitalised))})\b", re.ASCII), document.raw
        )
    if lower:
        pattern = re.compile(rf"{_ADDRESSED}(?P<name>{'|'.join(map(re.escape, lower))})\b", re.ASCII)
        for found in pattern.finditer(document.text):
            yield Hit("name", *found.span("name"))


def _all(pattern: re.Pattern[str], text: str) -> Iterator[Hit]:
    for found in pattern.finditer(text):
        yield Hit("name", *found.span())
