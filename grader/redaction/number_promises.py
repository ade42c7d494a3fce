"""Digits without a shape of their own that the words around them make personal: 验证码是…, "my number is …"."""

import re
from typing import cast

from grader.redaction.digit_runs import Stretch, repaired
from grader.redaction.document import JOINT, Document
from grader.redaction.number_context import Context
from grader.redaction.number_cues import Cue
from grader.redaction.number_shapes import luhn_holds
from grader.redaction.spans import Kind

DENIALS: frozenset[Cue | None] = frozenset({"other", "company"})
"""Cues that say a whole number is nobody's."""

_IMPERSONAL: frozenset[Cue] = frozenset({"other", "vague", "company", "tail"})

_SERVICE = re.compile(
    r"(?:0[1-9][0-9]{1,2})?(?:1[0-2][0-9]{3,6}|9[56][0-9]{3,6})|106[0-9]+|1010[0-9]{4}|1000[0-9]+"
)
_SHORT_SERVICE = re.compile(r"1[0-2][0-9]{3}|9[56][0-9]{3}|118114")
_LOCAL = re.compile(r"0[0-9]{8,11}|[2-9][0-9]{6,7}|1[3-9][0-9]{7,10}")
_A_LETTER = re.compile("[a-z]")
_AREA_FIRST = re.compile(r"0[1-9][0-9]{8,10}")
_LOCAL_ABROAD = re.compile(r"[02-9][0-9]{6,11}|1[2-9][0-9]{8,9}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])")
_NO_CODE = re.compile(r"106|20[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])$")
"""What companies send their messages from, and recent dates."""
_DATE_SIZES = {(4, 2, 2), (4, 1, 2), (4, 2, 1), (4, 1, 1)}
_STUTTERED = re.compile(r"(?:86)?1[3-9][0-9]{10,}|[0-9]{1,2}1[3-9][0-9]{9}|0[1-9][0-9]{11,}")
_LENGTHS: dict[Cue, tuple[int, int]] = {
    "id_card": (8, 24),
    "bank_card": (12, 26),
    "passport": (6, 10),
    "id_tail": (3, 8),
    "code": (4, 8),
    "password": (4, 20),
}
"""How few and how many digits are taken on the word of a cue."""
_CARD_CODE = re.compile(
    r"cv[vcn]|安全码|背面|反面|签名|[三3][位个码]|security code|security digits|on the (?:back|front|reverse|signature)|three[- ](?:digit|number)|\b3[- ]digit"
)
_CARD_LENGTHS = (16, 19)
_CARD_STARTS = "456"
_FEWEST_DIGITS = 3
_LONGEST_STUTTER = 16
_LONGEST_REPAIR = 24


def named(context: Context, stretch: Stretch) -> Kind | None:
    """Say whether digits as long as a card's are one, though their shape is wrong: misheard, mistyped.

    They are called a card, or are said in a row as only cards are.
    """
    digits = stretch.digits
    if not 15 <= len(digits) <= 19 or not context.reads_on(stretch):
        return None
    cue = context.cue(stretch.parts[0])
    if cue == "id_card" and len(digits) <= 18:
        return "id_card"
    said_as_card = stretch.spoken and len(digits) in _CARD_LENGTHS and digits[0] in _CARD_STARTS
    return "bank_card" if cue == "bank_card" or (said_as_card and cue not in DENIALS) else None


def promised(document: Document, context: Context, stretch: Stretch) -> Kind | None:
    """Say what digits without a shape of their own are; None where nothing makes them personal."""
    if len(stretch.digits) < _FEWEST_DIGITS or context.is_amount(stretch) or context.is_masked(stretch):
        return None
    cues = context.cues(stretch.parts[0])
    if not _IMPERSONAL.isdisjoint(cues) or not context.reads_on(stretch):
        return None
    for cue in cues:
        if _keeps(document, context, stretch, cue):
            return "id_card" if cue == "id_tail" else cast("Kind", cue)
    if context.may_be_code(stretch) and not _NO_CODE.match(stretch.digits):
        return "code"
    return "phone" if _is_stuttered(document, context, stretch) else None


def _keeps(document: Document, context: Context, stretch: Stretch, cue: Cue) -> bool:
    """Tell whether digits are what the cue promises."""
    if cue == "phone":
        return _may_be_phone(document, context, stretch)
    if cue not in _LENGTHS:
        return False
    fewest, most = _LENGTHS[cue]
    if cue == "bank_card":
        sure = stretch.spoken or len(stretch.digits) >= 15 or luhn_holds(stretch.digits.replace("x", ""))
    elif cue in {"code", "password"}:
        if _CARD_CODE.search(document.lately(stretch.start, 40) + document.after(stretch.end, 16)):
            fewest = 3
        sure = (
            context.follows_its_cue(stretch.parts[0])
            and not _A_LETTER.match(document.before(stretch.start, 1))
            and not _NO_CODE.match(stretch.digits)
            and not _SHORT_SERVICE.fullmatch(stretch.digits)
        )
    else:
        sure = cue != "id_tail" or not _SERVICE.fullmatch(stretch.digits)
    return sure and fewest <= len(stretch.digits) <= most


def _may_be_phone(document: Document, context: Context, stretch: Stretch) -> bool:
    if _SERVICE.fullmatch(stretch.digits) or context.is_company_line(stretch) or context.is_example(stretch):
        return False
    if context.is_serial(stretch) or context.is_spelled(stretch):
        return False
    if stretch.spoken:
        return 7 <= len(stretch.digits) <= 18 and not stretch.digits.startswith(("10", "11", "12"))
    sizes = tuple(len(group.digits) for group in stretch.groups)
    written = document.text[stretch.start : stretch.end]
    if (
        sizes[:3] in _DATE_SIZES
        or _DATE.fullmatch(stretch.digits)
        or written.count(".") > 1
        or ("," in written and not _AREA_FIRST.fullmatch(stretch.digits))
    ):
        return False
    return (_LOCAL_ABROAD if context.is_foreign(stretch.turn) else _LOCAL).fullmatch(
        stretch.digits
    ) is not None


def _is_stuttered(document: Document, context: Context, stretch: Stretch) -> bool:
    """Tell whether it is a spoken mobile number with digits said twice, too many or taken back."""
    if not all(group.spoken for group in stretch.groups) or context.is_spelled(stretch):
        return False
    said = document.text[stretch.start : stretch.end].replace(JOINT, " ")
    longest = _LONGEST_REPAIR if repaired(said) else _LONGEST_STUTTER
    return len(stretch.digits) <= longest and _STUTTERED.fullmatch(stretch.digits) is not None
