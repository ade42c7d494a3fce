"""Characters that must not stand in text: control and other invisible ones, and broken surrogates."""

import re
from typing import Final

_LINE_BREAKS: Final = re.compile("\r\n?|[\u2028\u2029]")
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and line feed
    "\xad\u200b\u200e\u200f\u2060\ufeff"  # soft hyphen, zero-width space, marks: they split words unseen
    "\u202a-\u202e\u2066-\u2069"  # direction overrides: what is shown is not what is read
    "\ufffe\uffff]"  # forbidden in XML, hence in spreadsheets
)
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def without_control(text: str) -> str:
    """Give ``text`` without invisible characters; line breaks become line feeds, tabs stay."""
    return _INVISIBLE.sub("", _LINE_BREAKS.sub("\n", text))


def without_surrogates(text: str) -> str:
    """Give ``text`` with U+FFFD for every surrogate: a string holds only those that belong to no pair."""
    return _SURROGATES.sub("\ufffd", text)


def tidy(text: str) -> str:
    """Give ``text`` with neither."""
    return text if text.isprintable() else without_surrogates(without_control(text))


def tidy_name(name: str) -> str:
    """Give an id or another name of the caller's system as it is kept: tidy, without space around it."""
    return tidy(name).strip()
