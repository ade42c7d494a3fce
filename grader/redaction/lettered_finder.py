"""Finds numbers that hold letters by what they are called: plates, passports, codes, passwords, insurance numbers.

They are written (``7XKR204``, ``LK 19 ZRT``) or spelled ("victor papa six seven", "h as in hotel", e 二三 k).
"""

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from grader.redaction.document import JOINT, Document
from grader.redaction.number_cues import Cue, Cues
from grader.redaction.plate_finder import PROVINCES
from grader.redaction.spans import Hit, Kind

_NATO = (
    "alpha|alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliett?|kilo|lima|mike|november|oscar|papa|quebec|romeo|sierra"
    "|tango|uniform|victor|whisky|whiskey|x-?ray|yankee|zulu"
)
_DIGIT = "zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
_HAN_DIGITS = "零〇一二三四五六七八九幺两洞拐勾"
_LATIN_UNIT = rf"(?<![a-z'])(?:(?:double|triple) )?(?:{_NATO}|{_DIGIT}|[a-z])(?![a-z'])(?: (?:as in|for|like) [a-z]{{2,10}})?"
_UNIT = rf"(?:{_LATIN_UNIT}|[2-8二三四五六七八]个[0-9{_HAN_DIGITS}]|[0-9{_HAN_DIGITS}])"
_BETWEEN = r"(?:[ .、\-嗯呃]|,(?! ?[0-9]{2})|(?<![a-z])(?:um|uh|er|and|then|dash|hyphen|space|that's|capital|small|upper ?case|lower ?case)(?![a-z])|大写的?|小写的?){0,5}+"
_SPELLED = re.compile(rf"{_UNIT}(?:{_BETWEEN}{_UNIT}){{3,24}}")
_A_LETTER = re.compile(rf"(?<![a-z'])(?:{_NATO}|(?!o\b|i\b)[a-z])(?![a-z'])")
_A_NUMBER = re.compile(rf"[0-9{_HAN_DIGITS}]|(?<![a-z])(?:{_DIGIT})(?![a-z])")
_SURNAME = re.compile(r"(?<![a-z])(?!(?:is|it|my|its)\b)[a-z]{5}[ ,]{1,2}$")
"""How a British driving licence begins."""
_AMOUNT = re.compile(r"[0-9.,]+ ?[gkmbtx]")
_FEWEST_NUMBERS = 2

_TOKEN = re.compile(
    r"(?<![!-~])(?=[!-~]*[0-9])(?=[!-~]*[a-z])[!-~]{4,40}|(?<![a-z0-9])(?=[0-9]*[a-z])(?=[a-z]*[0-9])[a-z0-9]{4,40}"
)
_TRAILING = re.compile(r"[.,!?;:)\"'”]+$")
_PLATE = re.compile(
    r"(?<![a-z0-9])(?!(?:is|it|my|the|was|um|uh|er|on|to|ok|so|and|yes|no|of|at|in|by|for|bay|row|lot|gate|exit|unit|car|van)\b)"
    r"(?:[a-z]{1,3}[ \-]?[0-9]{1,4}(?:[ \-]?[a-z]{1,3})?|[0-9]{1,4}[ \-]?[a-z]{1,3}(?:[ \-]?[0-9]{1,4})?)(?![a-z0-9])"
)
_FEWEST_IN_PLATE, _MOST_IN_PLATE = 5, 8
_BEGINNING = re.compile(
    rf"{JOINT}[嗯呃啊是 ,]{{0,3}}(?P<letters>(?:[{PROVINCES}] ?,)?[{PROVINCES}]?[a-z]|[a-z]{{2}}|[{PROVINCES}])[ ,.。啊]{{0,2}}(?={JOINT})"
)
_INSURED = re.compile(r"(?<![a-z0-9])[a-z][ ]?[a-z][ ]?(?:[0-9]{2}[ \-]?){3}[a-d](?![a-z0-9])")
_KINDS: dict[Cue, Kind] = {
    "plate": "plate",
    "passport": "passport",
    "password": "password",
    "code": "code",
    "id_card": "id_card",
}
_TRIGGER = re.compile(
    r"(?=[车牌护通口码票号字密身驾])(?:车牌|牌照|护照|通行证|口令|(?<!号)码|票号|号牌|车号|字符|密钥|身份证|驾)"
    r"|(?<![a-z])(?=[aciklmnprstv])(?:(?:licen[sc]e |number )?plate|tags?\b|reg\b|registration|pass ?(?:word|phrase|code)|passport|code|insurance|national insurance|ni\b|keypad"
    r"|key\b|characters|verif|aadha|medicare|nhs|pan\b|lock ?box|licen[sc]e|social)"
)
_LINK = re.compile(
    r"(?:是|为|叫|成|成了|[改设][了的]|,|[:=]|输入?的?|写的?|\b(?:to|is|was|be|been|it's|as|says|'s))[ \"'“:]*$"
)
_PRODUCT = re.compile(
    r"i(?:phone|pad|os)|android|win|wi-?fi|[0-9]+(?:g|k|m|gb|mb|kb|th|st|nd|rd|am|pm|x)[+]?$|v[0-9]|[pbcue][0-9]{1,4}$|https?|www|[a-z]+@"
)
_PROMOTION = re.compile(r"[a-z]{4,}[0-9]{1,4}")
"""SAVE20: a word with a number, as no machine draws it."""
_STAFF = frozenset({"agent", "bot", "system"})
_LONGEST_LEAD = 40
_BEFORE, _AFTER = 64, 256
"""Characters around what it is called in which it may stand."""

Regions: TypeAlias = Sequence[tuple[int, int]]


def find_lettered(document: Document) -> Iterator[Hit]:
    """Find numbers with letters."""
    if regions := _regions(document):
        cues = Cues(document)
        for find in (_spelled, _tokens, _plates, _begun, _insured):
            yield from find(document, cues, regions)


def _regions(document: Document) -> Regions:
    """Give the stretches in which something is called by a name that may hold letters; the rest is not read."""
    regions: list[tuple[int, int]] = []
    for found in _TRIGGER.finditer(document.text):
        start, end = max(0, found.start() - _BEFORE), found.end() + _AFTER
        if regions and start <= regions[-1][1]:
            start = regions.pop()[0]
        regions.append((start, end))
    return regions


def _within(regions: Regions, pattern: re.Pattern[str], document: Document) -> Iterator[re.Match[str]]:
    for start, end in regions:
        yield from pattern.finditer(document.text, start, end)


def _spelled(document: Document, cues: Cues, regions: Regions) -> Iterator[Hit]:
    for found in _within(regions, _SPELLED, document):
        said = found[0]
        if (
            not _AMOUNT.fullmatch(said)
            and not _PRODUCT.match(said)
            and _A_LETTER.search(said)
            and len(_A_NUMBER.findall(said)) >= _FEWEST_NUMBERS
            and (kind := _called(document, cues, *found.span()))
        ):
            start = found.start()
            if kind == "id_card" and (surname := _SURNAME.search(document.before(start, 8))):
                start -= len(surname[0])
            yield Hit(kind, start, found.end())


def _tokens(document: Document, cues: Cues, regions: Regions) -> Iterator[Hit]:
    for found in _within(regions, _TOKEN, document):
        token = _TRAILING.sub("", found[0])
        start, end = found.start(), found.start() + len(token)
        kind = _called(document, cues, start, end)
        if (
            kind in {"code", "password", "plate"}
            and not _PRODUCT.match(token)
            and not (kind == "code" and _PROMOTION.fullmatch(token))
            and _is_linked(cues, start, end)
        ):
            yield Hit(kind, start, end)


def _plates(document: Document, cues: Cues, regions: Regions) -> Iterator[Hit]:
    for found in _within(regions, _PLATE, document):
        symbols = sum(map(str.isalnum, found[0]))
        if (
            _FEWEST_IN_PLATE <= symbols <= _MOST_IN_PLATE
            and _called(document, cues, *found.span()) == "plate"
        ):
            yield Hit("plate", *found.span())


def _insured(document: Document, cues: Cues, regions: Regions) -> Iterator[Hit]:
    for found in _within(regions, _INSURED, document):
        named = "insurance" in document.lately(found.start(), 100)
        if named or _called(document, cues, *found.span()) == "id_card":
            yield Hit("id_card", *found.span())


def _begun(document: Document, cues: Cues, regions: Regions) -> Iterator[Hit]:
    """Find the letters that begin a plate or a passport read in pieces: 粤b / 嗯 / 幺九八k六."""
    for found in _within(regions, _BEGINNING, document):
        kind = _called(document, cues, *found.span("letters"))
        if kind in {"plate", "passport"}:
            yield Hit(kind, *found.span("letters"))


def _called(document: Document, cues: Cues, start: int, end: int) -> Kind | None:
    """Give what the words beside a stretch call it, or what the other side asked for."""
    beside = cues.beside(start, end)
    if beside:
        return _KINDS.get(beside[0])
    turn = document.turn_at(start)
    if document.speakers[turn] in _STAFF or start - document.bounds(turn)[0] > _LONGEST_LEAD:
        return None
    asked, asking = cues.asked(turn)
    if document.speakers[asking] == document.speakers[turn]:
        return None
    return next((_KINDS[cue] for cue in asked if cue in _KINDS), None)


def _is_linked(cues: Cues, start: int, end: int) -> bool:
    """Tell whether a token follows what it is called, not what is merely said after it: 密码改成了a7b2c9."""
    beside = cues.beside(start, end)
    return beside is None or not beside[1].strip(" \"'“") or _LINK.search(beside[1]) is not None
