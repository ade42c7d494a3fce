"""Finds English addresses: a house number with its street, flats, British postcodes and American ZIP codes."""

import re
from collections.abc import Iterator

from grader.redaction.document import JOINT, Document
from grader.redaction.spans import Hit

_SPOKEN = (
    "(?:(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)[ -])?(?:one|two|three|four|five|six|seven|eight|nine|oh)"
    "|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_NUMBER = rf"(?:(?:no\.? ?)?(?:[0-9]{{1,4}}/)?[1-9][0-9]{{0,4}}[a-z]?|(?:{_SPOKEN})(?: (?:{_SPOKEN}|hundred)){{0,3}})"
_STREET = "street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|court|ct|crescent|terrace|boulevard|blvd|way|place|square|gardens|grove|row|walk|mews|hill|yard|parkway"
_SURE = frozenset("street road rd avenue ave boulevard blvd crescent terrace".split())
_STREETS = re.compile(rf" (?P<street>{_STREET})(?![a-z'])(?! (?:{_STREET})(?![a-z']))")
_NUMBER_AND_WORDS = re.compile(
    rf"(?<![a-z0-9.£$€-])(?P<number>{_NUMBER}),? (?P<words>[a-z'’.\-]{{2,20}}(?: [a-z'’.\-]{{2,20}}){{0,2}})$"
)
_WITH_FLAT = re.compile(r",? {0,2}(?:apt|apartment|unit|flat|suite|#)\.? ?[0-9a-z]{1,5}\b")
_FLAT_BEFORE = re.compile(
    r"(?<![a-z])(?:flat|apartment|apt|unit|suite)\.? (?:no\.? ?)?#?[0-9]{1,5}[a-z]?(?:,| at| in)? ?$"
)
_FLAT = re.compile(
    r"(?:room|unit|building|flat|apartment|apt|block|floor|no\.) ?(?:no\.? ?)?#?[0-9]{1,5}[a-z]?(?:,? (?:room|unit|building|floor|flat|block|no\.) ?(?:no\.? ?)?#?[0-9]{1,5}[a-z]?)+"
)
_DWELLING = re.compile("unit|building|flat|apartment|apt|block|no\\.")
_NO_STREET_WORD = frozenset(
    "the a an of minute minutes hour hours day days week weeks month months year years down this that on in off per more less mile miles lane way block blocks "
    "to for and or from with by is it my your other same different people times star different hard out up one two three cars each every whole nd rd th st about "
    "at road street drive long bad only just right wrong same another pound dollar gb tb meg mbps feet foot metres meters km percent".split()
)
_SHOP = re.compile(
    r"\b(?:branch|store|shop|office|mall|cent(?:re|er)|outlet|showroom|hall|hotel|hospital|station|bank|warehouse|depot|headquarters|building|tower|floor)\b|\btel|\btime:"
)
_HOME = re.compile(
    r"\b(?:live|lives|living|my address|your address|home|deliver|delivered|ship|shipped|send it|house|moved|staying|address is|address)\b"
)
_INWARD = re.compile(r"[0-9][abd-hjlnp-uw-z]{2}(?![a-z0-9])")
_OUTWARD = re.compile(r"(?<![a-z0-9])(?P<area>[a-z]{1,2})[0-9][a-z0-9]? ?$")
_AREAS = frozenset(
    "ab al b ba bb bd bh bl bn br bs bt ca cb cf ch cm co cr ct cv cw da dd de dg dh dl dn dt dy e ec eh en ex fa fk fy g gl gu gy ha hd hg hp hr hs hu hx ig im ip iv ja je "
    "ka kt kw ky l la ld le ll ln ls lu m me mk ml n ne ng nn np nr nw ol ox pa pe ph pl po pr rg rh rm s sa se sg sk sl sm sn so sp sr ss st sw sy ta td tf tn tq tr ts tw "
    "ub w wa wc wd wf wn wr ws wv yo ze".split()
)
_POSTCODE_CUE = re.compile(r"post ?code|address|zip")
_SPELLED_POSTCODE = re.compile(
    rf"(?<![a-z])(?:[a-z] ){{1,2}}(?:{_SPOKEN}|[0-9]{{1,2}})(?: (?:{_SPOKEN}|[a-z0-9]))? (?:{_SPOKEN}|[0-9]) [a-z] [a-z](?![a-z])"
)
_STATES = "al|ak|az|ar|ca|co|ct|de|fl|ga|hi|id|il|in|ia|ks|ky|la|me|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|ok|or|pa|ri|sc|sd|tn|tx|ut|vt|va|wa|wv|wi|wy|dc"
_ZIP = re.compile(
    rf"(?<![a-z])(?P<state>{_STATES}),? [0-9]{{5}}(?:-[0-9]{{4}})?(?![0-9])|\bzip(?: ?code)?(?:'s| is|:)? ?(?P<zip>[0-9]{{5}}(?:-[0-9]{{4}})?)(?![0-9])"
    rf"|{JOINT}(?![a-z', ]*zip)[a-z', ]{{0,20}}(?P<answer>[0-9]{{5}})(?=[., ]{{0,2}}{JOINT})"
)
_ZIP_ASKED = re.compile(r"\bzip\b|postal code")
_FIVE_DIGITS = re.compile("[0-9]{5}")
_NO_INWARD = ("gb", "tb", "th", "st", "nd", "rd")
_CONTEXT = 60
_LONGEST_LEAD = 12


def find_english_addresses(document: Document) -> Iterator[Hit]:
    """Find English addresses."""
    text = document.text
    for street in _STREETS.finditer(text):
        yield from _house(document, street)
    for found in _FLAT.finditer(text):
        hotel = not _DWELLING.search(found[0])
        if not hotel and not _SHOP.search(document.before(found.start(), _CONTEXT)):
            yield Hit("address", *found.span())
    yield from _postcodes(document)
    for found in _ZIP.finditer(text) if _FIVE_DIGITS.search(text) else ():
        if found["answer"]:
            if _ZIP_ASKED.search(document.lately(found.start(), _CONTEXT)):
                yield Hit("address", *found.span("answer"))
        elif found["zip"]:
            yield Hit("address", *found.span("zip"))
        elif document.raw[found.start("state") : found.end("state")].isupper():
            yield Hit("address", *found.span())


def _house(document: Document, street: re.Match[str]) -> Iterator[Hit]:
    before = document.before(street.start(), _CONTEXT)
    found = _NUMBER_AND_WORDS.search(before)
    if not found or any(word in _NO_STREET_WORD for word in found["words"].split()):
        return
    start = street.start() - len(found[0])
    flat = _WITH_FLAT.match(document.text, street.end())
    end = flat.end() if flat else street.end()
    lead = before[: found.start()]
    shop = _SHOP.search(lead + document.after(end, _CONTEXT // 3))
    by_agent = document.speakers[document.turn_at(start)] == "agent"
    asked = len(lead) <= _LONGEST_LEAD and _HOME.search(document.lately(start))
    home = (_HOME.search(lead) or asked) and not (by_agent and shop)
    capital = (
        document.raw[start + found.start("words") - found.start()].isupper()
        and document.raw[street.start("street")].isupper()
    )
    sure = street["street"] in _SURE and not found["number"][0].isdigit()
    if home or ((capital or sure) and not shop):
        within = _FLAT_BEFORE.search(lead)
        start -= len(within[0]) if within else 0
        yield Hit("address", start, end)


def _postcodes(document: Document) -> Iterator[Hit]:
    text = document.text
    for inward in _INWARD.finditer(text):
        outward = _OUTWARD.search(document.before(inward.start(), 6))
        if not outward or outward["area"] not in _AREAS or inward[0].endswith(_NO_INWARD):
            continue
        start = inward.start() - len(outward[0])
        written = outward[0].endswith(" ") and document.raw[start : inward.end()].isupper()
        if written or _is_asked_for(document, start):
            yield Hit("address", start, inward.end())
    if "post" in text:
        for found in _SPELLED_POSTCODE.finditer(text):
            if _is_asked_for(document, found.start()):
                yield Hit("address", *found.span())


def _is_asked_for(document: Document, offset: int) -> bool:
    return _POSTCODE_CUE.search(document.lately(offset)) is not None
