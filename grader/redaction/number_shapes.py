"""What a row of digits is by itself: checksums, prefixes, lengths.

ID cards: GB 11643-1999, known by their date of birth; the check character is not verified, for one that was misheard or
mistyped is as private. Bank cards: ISO/IEC 7812 (Luhn, issuer prefixes). Phones: the national numbering plans of mainland
China, North America and the United Kingdom, and E.164.
"""

import re
from datetime import date
from typing import Final, Literal, NamedTuple, TypeAlias

from grader.redaction.spans import Kind

FEWEST_DIGITS: Final = 10
MOST_DIGITS: Final = 21
"""Numbers with a shape of their own are that long."""

Strength: TypeAlias = Literal["certain", "likely"]
"""``certain``: stands whatever is said around it; ``likely``: unless the words say that it is something else."""


class Number(NamedTuple):
    """Digits with the way they are written."""

    digits: str
    sizes: tuple[int, ...]
    """Length of each group."""
    spoken: bool
    joined: bool
    """Nothing but spaces, dashes, dots and brackets stands between the groups."""
    foreign: bool
    """In a turn without Chinese characters."""
    plus: bool
    """A plus sign stands before it."""


class Shape(NamedTuple):
    """What digits look like; a ``kind`` of None is a company's or a service's number, which is kept."""

    kind: Kind | None
    strength: Strength


_PROVINCES: Final = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]"
_ID_18 = re.compile(
    rf"(?:{_PROVINCES})[0-9]{{4}}((?:19|20)[0-9]{{2}})([01][0-9])([0-3][0-9])[0-9]{{3}}[0-9x]"
)
_ID_15 = re.compile(rf"(?:{_PROVINCES})[0-9]{{4}}([0-9]{{2}})([01][0-9])([0-3][0-9])[0-9]{{3}}")

_CARD = re.compile(
    r"62[0-9]{14,17}|9558[0-9]{12,15}|4[0-9]{15}|5[1-5][0-9]{14}|2[2-7][0-9]{14}|3[47][0-9]{13}|35[0-9]{14}"
    r"|6[045][0-9]{14}|(?:[4569][0-9]{2}|103)[0-9]{16}"
)
_CARD_START = re.compile(r"[3-6]")
_CARD_SIZES = {(6, 13), (6, 10), (4, 6, 5)}
_UNIONPAY = re.compile(r"62|9558")

_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9][0-9]{9}")
_MOBILE_SIZES = {(11,), (3, 4, 4), (4, 4, 3), (3, 8), (7, 4), (3, 3, 5), (4, 3, 4), (5, 6), (6, 5), (3, 5, 3)}
_LANDLINE = re.compile(r"(?:0|(?:00)?860?)(?:(?:10|2[0-57-9])[2-9][0-9]{7}|[3-9][0-9]{2}[2-9][0-9]{6,7})")
_AREA_APART = re.compile(r"0[1-9][0-9]{8,10}")
_LANDLINE_SIZES = {(3, 8), (4, 7), (4, 8), (3, 4, 4), (4, 4, 4), (4, 3, 4)}
_BRITISH = re.compile(r"(?:0|(?:00)?440?)(?:[12][0-9]{8,9}|7[0-9]{9})")
_AUSTRALIAN = re.compile(r"(?:0|(?:00)?610?)4[0-9]{8}")
_ABROAD = re.compile(r"00(?:1[2-9]|44|49|33|39|34|61|64|65|60|66|7[79]|81|82|85[23]|886|971)")
_NORTH_AMERICAN = re.compile(r"(?:001|1)?[2-9][0-9]{2}[2-9][0-9]{6}")
_NORTH_AMERICAN_SIZES = {(3, 3, 4), (1, 3, 3, 4), (3, 7), (1, 3, 7), (3, 3, 2, 2)}
_HOTLINE = re.compile(r"(?:(?:00)?86)?[48]00[0-9]{7}|8(?:00|33|44|55|66|77|88)[2-9][0-9]{6}|106[0-9]{7,17}")
_TOLL_FREE = re.compile(r"18(?:00|33|44|55|66|77|88)[2-9][0-9]{6}")
_BRITISH_HOTLINE = re.compile(r"(?:0|440?)(?:800[0-9]{6,7}|808[0-9]{7}|3[0-9]{9}|8[47][0-9]{8})")


_ANY = re.compile(
    "|".join(
        pattern.pattern
        for pattern in (
            *(
                _ID_18,
                _ID_15,
                _CARD,
                _MOBILE,
                _LANDLINE,
                _AREA_APART,
                _BRITISH,
                _AUSTRALIAN,
                _NORTH_AMERICAN,
                _HOTLINE,
            ),
            *(_TOLL_FREE, _BRITISH_HOTLINE),
        )
    )
    + r"|[3-6][0-9]{15,18}|\+"
)


def may_be_number(digits: str) -> bool:
    """Tell fast whether digits without a plus sign can have a shape at all."""
    return FEWEST_DIGITS <= len(digits) <= MOST_DIGITS and _ANY.fullmatch(digits) is not None


def shape_of(number: Number) -> Shape | None:
    """Say what the digits are by themselves; None where they could be anything."""
    digits = number.digits
    card = _identity_card(digits)
    if card or "x" in digits:
        return card
    return _bank_card(number) or _phone(number)


def luhn_holds(digits: str) -> bool:
    """Verify the Luhn check digit of a card number."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        doubled = digit * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


def _identity_card(digits: str) -> Shape | None:
    if len(digits) == 18 and (found := _ID_18.fullmatch(digits)) and _is_date(*map(int, found.groups())):
        return Shape("id_card", "certain")
    if len(digits) == 15 and (found := _ID_15.fullmatch(digits)):
        year, month, day = map(int, found.groups())
        if _is_date(1900 + year, month, day):
            return Shape("id_card", "likely")
    return None


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _bank_card(number: Number) -> Shape | None:
    digits, sizes = number.digits, number.sizes
    if not number.spoken and number.joined and _CARD_START.match(digits) and sizes[:4] == (4, 4, 4, 4):
        return Shape("bank_card", "likely") if len(digits) <= 19 else None
    if not _CARD.fullmatch(digits) or not luhn_holds(digits):
        return None
    as_printed = number.joined and (
        _UNIONPAY.match(digits)
        or len(sizes) == 1
        or all(size == 4 for size in sizes[:-1])
        or max(sizes) <= 2
        or sizes in _CARD_SIZES
    )
    if not (number.spoken or as_printed):
        return None
    return Shape("bank_card", "certain" if _UNIONPAY.match(digits) else "likely")


def _phone(number: Number) -> Shape | None:
    digits = number.digits
    # 1 800 555 0199 is toll-free, but 18005550199 is a Chinese mobile number.
    one_apart = number.sizes[:2] == (1, 3) and (not number.spoken or digits.startswith("1800"))
    if (
        _HOTLINE.fullmatch(digits)
        or (number.foreign and _BRITISH_HOTLINE.fullmatch(digits))
        or (one_apart and _TOLL_FREE.fullmatch(digits))
    ):
        return Shape(None, "certain")
    written_well = number.spoken or number.plus
    if _MOBILE.fullmatch(digits):
        sizes = number.sizes if len(digits) == 11 else _without_country(number.sizes, len(digits) - 11)
        if written_well or sizes in _MOBILE_SIZES or (number.joined and max(sizes, default=0) <= 2):
            return Shape("phone", "certain")
        return Shape("phone", "likely") if number.joined else None
    if number.plus or (_ABROAD.match(digits) and not number.spoken):
        return Shape("phone", "certain")
    abroad = _NORTH_AMERICAN.fullmatch(digits) and (
        number.sizes in _NORTH_AMERICAN_SIZES or (number.spoken and number.foreign)
    )
    at_home = (_LANDLINE.fullmatch(digits) and (number.spoken or number.joined)) or (
        _AREA_APART.fullmatch(digits) and number.joined and number.sizes in _LANDLINE_SIZES
    )
    overseas = number.foreign and (_BRITISH.fullmatch(digits) or _AUSTRALIAN.fullmatch(digits))
    return Shape("phone", "likely") if abroad or at_home or overseas else None


def _without_country(sizes: tuple[int, ...], country: int) -> tuple[int, ...]:
    """Take the digits of the country code off the first groups."""
    first, *others = sizes
    if first > country:
        return (first - country, *others)
    return tuple(others) if first == country else (0,)
