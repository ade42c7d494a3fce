"""Finds passports and travel permits with letters, where one is spoken of; digits alone are found with the numbers."""

import re
from collections.abc import Iterator

from grader.redaction.document import Document
from grader.redaction.spans import Hit

_PASSPORT = re.compile(r"(?<![a-z0-9])[a-z]{1,2}[0-9]{7,8}(?![a-z0-9])")
_CUE = re.compile(r"护照|通行证|passport")


def find_passports(document: Document) -> Iterator[Hit]:
    """Find passports and travel permits."""
    if _CUE.search(document.text):
        for found in _PASSPORT.finditer(document.text):
            if _CUE.search(document.lately(found.start(), 80)):
                yield Hit("passport", *found.span())
