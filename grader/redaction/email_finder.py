"""Finds e-mail addresses, written (RFC 5322's common part) or spoken: 艾特, 圈a, "at gmail dot com".

Mailboxes of a department (service@…) are nobody's and stay.
"""

import re
from collections.abc import Iterator

from grader.redaction.document import JOINT, Document
from grader.redaction.spans import Hit

_NAMED = r"gmail|googlemail|g mail|outlook|hotmail|yahoo|icloud|aol|proton ?mail|foxmail|sina|sohu|qq|q q|新浪|搜狐|网易|谷歌|雅虎|扣扣"
_NUMBERED = r"yeah|163|126|139|189|188|幺六三|一六三|一二六|幺二六|一三九|幺三九|一八九|幺八九"
_TOP = r"(?:com|cn|net|org|edu|gov|io|co|uk|u k|in|au|ca|de|me|info|康姆)(?![a-z])"
_POINT = r" ?(?:点儿?|dot|[.。]) ?"
_FILLER = r" ?(?:(?:呃|嗯|那个|uh|um|er) ?)?"

_WRITTEN_LOCAL = re.compile(
    r"(?:(?:[a-z0-9._%+\-]|底下横线|下划线|下横线|横杠|[杠点](?=.)){1,63})?[a-z0-9._%+\-]$"
)
_WRITTEN_DOMAIN = re.compile(r"(?![0-9]+[.。])[a-z0-9\-]{1,63}(?:[.。][a-z0-9\-]{1,63}){1,4}")
_WRITTEN_PROVIDER = re.compile(
    rf"(?:的?那个|的)?(?:{_NAMED}|{_NUMBERED})(?:邮箱|信箱|的|(?:{_POINT}{_TOP})+|(?![a-z0-9]))"
)

_HAN_SIGN = re.compile(r"艾特|爱特|圈 ?a(?![a-z])|小老鼠")
_HAN_DOMAIN = re.compile(
    rf"{_FILLER}(?:(?:{_NAMED}|{_NUMBERED})(?![a-z0-9])(?:的?邮箱|{_POINT}{_TOP})*|[a-z0-9\-]+(?:{_POINT}{_TOP})+)"
)
_HAN_LOCAL = re.compile(
    r"(?:(?:[a-z0-9_.\-]++|[零〇一二三四五六七八九幺两]++|点|底下横线|下划线|下横线|底线|杠|横杠|减号|小写|大写|[ ,呃嗯])){1,40}+$"
)

_ENGLISH_SIGN = re.compile(r"(?<![a-z])at(?![a-z])")
_ENGLISH_DOMAIN = re.compile(
    rf"{_FILLER}(?:(?:{_NAMED})(?![a-z0-9])(?:{_POINT}{_TOP})*|[a-z0-9\-]+(?: [a-z0-9\-]+){{0,2}}?(?:{_POINT}{_TOP})+)"
)
_ENGLISH_TOKEN = re.compile(r"[a-z0-9_.'\-]+")
_LINK = re.compile(r"dot|underscore|dash|hyphen|point")
_CUE = re.compile(r"邮箱|邮件|电邮|e-?mail|\bmail\b|\binbox\b")
_STOP = frozenset(
    "is it it's its that's that email e-mail mail address to me on my at the um uh er yeah yes so and or for an us you your"
    " send sent reach contact write inbox be was can okay ok sure hi hello this with of in from we our please just look looked"
    " looking found find go went shop shopping buy bought order ordered ordering order's work works only here there up available".split()
)
_DEPARTMENT = re.compile(
    r"kf[0-9]*|cs[0-9]*|service[s0-9]*|support|help|help ?desk|info|contact|care|customer[a-z]*|sales|admin|no-?reply|feedback"
    r"|complaints?|hello|office|hr|press|media|ideas?"
)
_REACH = 64
_LONGEST_DOMAIN = 80
_MOST_WORDS = 3
_ASKED_TURNS = 6
_TURNS_BETWEEN = 3
_AS_IN = re.compile(r"(?<![a-z])([a-z]),? (?:as in|for|like) [a-z]+,?")
_SYMBOL = r"(?:(?<![a-z0-9])[a-z](?![a-z])|[0-9零一二三四五六七八九幺]|(?<![a-z])(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|dot|underscore|dash|hyphen)(?![a-z])|点|下划线|横杠)"
_LETTER = re.compile(r"[a-z]")
_FEWEST_LETTERS = 2
_PIECE = re.compile(
    rf"{JOINT}(?:[ ,.嗯呃是]|(?:um|uh|er|so|yeah|yes|ok|okay|then|and|it's)(?![a-z])){{0,4}}"
    rf"(?P<piece>{_SYMBOL}(?:[ ,.\-]{{0,2}}{_SYMBOL}){{2,30}}"
    rf"|(?P<end>(?:(?<![a-z])at|艾特|圈 ?a|@){_FILLER}[a-z0-9 一二三六]{{2,24}}(?:{_POINT}{_TOP})+))[ ,.]{{0,2}}(?={JOINT})"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_NEAR = 8


def find_emails(document: Document) -> Iterator[Hit]:
    """Find e-mail addresses."""
    text = document.text
    if "@" in text:
        for sign in re.finditer("@", text):
            yield from _written(document, sign.start())
    asked = "mail" in text or "邮" in text or "inbox" in text
    if asked or "dot" in text or "艾特" in text:
        yield from _in_pieces(document)
    if "特" in text or "圈" in text or "老鼠" in text:
        for sign in _HAN_SIGN.finditer(text):
            yield from _said_in_mandarin(document, *sign.span())
    if asked or "dot" in text:
        for sign in _ENGLISH_SIGN.finditer(text):
            yield from _said_in_english(document, *sign.span())


def _in_pieces(document: Document) -> Iterator[Hit]:
    """Find what is said alone after the other side asked for an e-mail address: letters, or the end "at gmail dot com"."""
    pieces: list[tuple[int, Hit]] = []
    asked: set[int] = set()
    ended: set[int] = set()
    for found in _PIECE.finditer(document.text):
        if len(_LETTER.findall(found["piece"])) < _FEWEST_LETTERS:
            continue
        turn = document.turn_at(found.start("piece"))
        if found["end"]:
            ended.add(turn)
        for earlier in range(turn - 1, max(-1, turn - 1 - _ASKED_TURNS), -1):
            if document.speakers[earlier] != document.speakers[turn] and _CUE.search(
                document.text, *document.bounds(earlier)
            ):
                asked.add(turn)
        pieces.append((turn, Hit("email", *found.span("piece"))))
    for turn, hit in pieces:
        goes_on = any(
            later in ended and document.speakers[later] == document.speakers[turn]
            for later in range(turn, turn + _TURNS_BETWEEN + 1)
        )
        if turn in asked or goes_on:
            yield hit


def _written(document: Document, sign: int) -> Iterator[Hit]:
    local = _WRITTEN_LOCAL.search(document.before(sign, _REACH))
    if local and not _DEPARTMENT.fullmatch(local[0]):
        after = document.after(sign + 1, _LONGEST_DOMAIN)
        if domain := _WRITTEN_DOMAIN.match(after) or _WRITTEN_PROVIDER.match(after):
            yield Hit("email", sign - len(local[0]), sign + 1 + domain.end())


def _said_in_mandarin(document: Document, start: int, end: int) -> Iterator[Hit]:
    domain = _HAN_DOMAIN.match(document.after(end, _LONGEST_DOMAIN))
    local = _HAN_LOCAL.search(document.before(start, _REACH))
    if domain and local and (said := local[0].lstrip(" ,呃嗯")):
        yield Hit("email", start - len(said), end + domain.end())


def _said_in_english(document: Document, start: int, end: int) -> Iterator[Hit]:
    after = document.after(end, _LONGEST_DOMAIN)
    if _HAN.search(after[:_NEAR]):
        yield from _said_in_mandarin(document, start, end)
        return
    domain = _ENGLISH_DOMAIN.match(after)
    if not domain:
        return
    before = _AS_IN.sub(lambda said: said[1] + " " * (len(said[0]) - 1), document.before(start, _REACH))
    words = _local_words(before)
    if not words:
        return
    said = [word[0] for word in words]
    unlike_words = any(_LINK.fullmatch(word) or any(map(str.isdigit, word)) for word in said)
    spelled = sum(len(word) == 1 for word in said) > 1
    is_said = " dot " in document.text[end : end + domain.end()]
    if unlike_words or spelled or is_said or _CUE.search(document.lately(start)):
        yield Hit("email", start - len(before) + words[-1].start(), end + domain.end())


def _local_words(before: str) -> list[re.Match[str]]:
    """Give the words before "at" that belong to the address, the last first."""
    words: list[re.Match[str]] = []
    plain = 0
    for word in reversed(list(_ENGLISH_TOKEN.finditer(before))):
        linked = bool(words) and (_LINK.fullmatch(word[0]) or _LINK.fullmatch(words[-1][0])) is not None
        if not linked and (word[0] in _STOP or plain >= _MOST_WORDS):
            break
        plain += not linked and len(word[0]) > 1
        words.append(word)
    return words
