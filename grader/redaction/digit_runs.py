"""Reading digits: written, spoken in Mandarin (幺三八, 洞拐) and in English (double four, oh), with fillers between."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from grader.redaction.document import JOINT, Document

_HAN_DIGITS = "零〇○一二三四五六七八九幺两洞拐勾钩壹贰叁参肆伍陆柒捌玖叉"
_HAN_VALUES = str.maketrans(
    _HAN_DIGITS + "要妖腰林临另领医衣而耳伞散物武误舞溜刘流气起期妻吧巴爸把酒久救×",
    "000123456789120799123345678" + "9x" + "111" + "00001122335555666777788889 99x".replace(" ", ""),
)
_HAN_SAID = _HAN_DIGITS + "要妖腰林临另领医衣而耳伞散物武误舞溜刘流气起期妻吧巴爸把酒久救"

_ONES = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9", "x": "x",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
    "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "hundred": "00",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8",
    "ninety": "9",
}  # fmt: skip
_PLURALS = {
    "zeros": "0", "zeroes": "0", "ohs": "0", "ones": "1", "twos": "2", "threes": "3", "fours": "4", "fives": "5", "sixes": "6",
    "sevens": "7", "eights": "8", "nines": "9",
}  # fmt: skip
_TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}

_one = "|".join(_ONES)
_ENGLISH_UNIT = (
    rf"(?<![a-z'])(?=[defhnoqstxz])(?:(?:{'|'.join(_TIMES)})[ -]{{1,2}}(?:{_one}|[0-9])"
    rf"|(?:two|three|four|five|six) (?:{'|'.join(_PLURALS)})"
    rf"|(?:{'|'.join(_TENS)})(?:[ -](?:{_one.replace('|x', '')}))?|{'|'.join(_TEENS)}|{_one}(?:[ -]hundred)?)(?![a-z'])"
)
_MISHEARD = rf"(?<![需不只就还主想快我你他])[要妖腰](?=[{_HAN_DIGITS}]{{2}}(?!个))"
"""幺 as recognisers write it."""
_MISHEARD_WITHIN = rf"(?<=[{_HAN_DIGITS}]{{2}})[林临另领医衣而耳伞散物武误舞溜刘流气起期妻吧巴爸把酒久救](?=[{_HAN_DIGITS}]{{2}})"
_TIMES_HAN = rf"个(?:[0-9](?![0-9])|[{_HAN_DIGITS}](?![十百千万]))(?![个元块天月年号位人点次样起])"
"""What follows the count in 三个零."""
_PLAIN_UNIT = rf"{_MISHEARD}|{_MISHEARD_WITHIN}|(?<=[{_HAN_DIGITS}])[要妖腰](?=[{_HAN_DIGITS} ,。{JOINT}]|$)|[2-8两二三四五六七八]{_TIMES_HAN}|(?:[0-9](?!{_TIMES_HAN}))++|(?:[{_HAN_DIGITS}](?!{_TIMES_HAN}))++"
_LONE_X = r"(?<![a-z])x(?![a-z])"

# What may stand between the digits of one number: punctuation, fillers, and what people say to keep their place.
_GAP = (
    r"[ \t\u3000\-‐‑–—−.·,、()/~。…]"
    r"|[前后][面边]?[二两三四五六七八]位(?:数)?|中间(?:[两三四五六]位)?|最后(?:[两三四五六]位)?"
    r"|然后|后[面边头]|前面|接着|接下来|跟着|那个|这个|不对|不是|说错了|错了|等一下|等会儿?|等等|稍等|我看看|看看|我?想想|想一下|是?什么来着|来着|还有|再来|打头|空格|横杠|[横杠]"
    r"|没错|对吧|是吧|就是|[嗯呃额啊哦噢诶唉欸哎唔呐呢哈再就是对好的]"
)
_ENGLISH_GAP = (
    r"|(?<![a-z])(?:um+|uh+|er+m?|hmm+|mm+|ah|and|then|dash|hyphen|space|that's|it's|sorry|no|wait|hang on"
    r"|hold on|let me (?:see|think)|lemme see|what is it|what's it|one sec|a sec|i think|followed by|so|okay|ok|yeah|yes|right)(?![a-z])|[?!]"
)
_REPAIR = re.compile(r"不对|不是|错了|(?<![a-z])(?:sorry|no|wait)(?![a-z])")

_MOST_GAP_TOKENS = 8
_FEWEST_DIGITS = 3
_LEAD = 4
"""So close to the start of its turn, even one digit may go on with a number: 对 六."""


class _Reader(NamedTuple):
    """The patterns of one script."""

    run: re.Pattern[str]
    token: re.Pattern[str]
    ending: re.Pattern[str]


def _reader(first: str, unit: str, gap: str) -> _Reader:
    run = rf"{first}(?:(?:{gap}){{0,{_MOST_GAP_TOKENS}}}+(?:{unit}))*+"
    return _Reader(
        re.compile(run),
        re.compile(rf"(?P<gap>{gap})|(?P<unit>{unit})"),
        re.compile(rf"(?:{gap}){{0,4}}{JOINT}"),
    )


# A pattern that begins with one set of characters is searched fastest.
_PLAIN = _reader(
    rf"[0-9{_HAN_DIGITS}x要妖腰](?:(?<=[2-8两二三四五六七八]){_TIMES_HAN}|(?<![x要妖腰])|(?<=[要妖腰])(?<![需不只就还主想快我你他].)(?=[{_HAN_DIGITS}]{{2}}(?!个))|(?<={JOINT}x)(?![a-z]))",
    rf"{_PLAIN_UNIT}|{_LONE_X}",
    _GAP,
)
_ENGLISH = _reader(
    rf"(?:{_PLAIN_UNIT}|{_ENGLISH_UNIT})", rf"{_PLAIN_UNIT}|{_ENGLISH_UNIT}", _GAP + _ENGLISH_GAP
)
_ENGLISH_WORD = re.compile(r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ty|teen)(?![a-z])")

_CARDINAL = "十百千万点第"
_MEASURED = re.compile(r"[个下次位样些直点定般起边会天]")


class Group(NamedTuple):
    """Digits written or said without a break."""

    start: int
    end: int
    digits: str
    """ASCII digits; ``x`` where the speaker says so."""
    spoken: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Groups of digits that follow one another in a turn with nothing but fillers between."""

    turn: int
    groups: tuple[Group, ...]

    @property
    def start(self) -> int:
        """Where the first digit stands."""
        return self.groups[0].start

    @property
    def end(self) -> int:
        """Behind the last digit."""
        return self.groups[-1].end

    @property
    def digits(self) -> str:
        """All digits in a row."""
        return "".join(group.digits for group in self.groups)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Groups that may be one number: parts of runs, one a turn."""

    parts: tuple[Run, ...]

    @property
    def start(self) -> int:
        """Where the first digit stands."""
        return self.parts[0].start

    @property
    def end(self) -> int:
        """Behind the last digit."""
        return self.parts[-1].end

    @property
    def groups(self) -> list[Group]:
        """All groups in a row."""
        return [group for part in self.parts for group in part.groups]

    @property
    def digits(self) -> str:
        """All digits in a row."""
        return "".join(part.digits for part in self.parts)

    @property
    def spoken(self) -> bool:
        """Whether some of it is written as said."""
        return any(group.spoken for group in self.groups)

    @property
    def turn(self) -> int:
        """The turn it starts in."""
        return self.parts[0].turn


def find_runs(document: Document) -> Iterator[Run]:
    """Give the runs that hold at least three digits, and shorter ones that begin or end their turn."""
    text = document.text
    reader = _ENGLISH if _ENGLISH_WORD.search(text) else _PLAIN
    for found in reader.run.finditer(text):
        start, end = found.span()
        if end - start < _FEWEST_DIGITS and not _at_edge(reader, text, start, end):
            continue
        groups = tuple(_groups(reader, text, start, end))
        digits = sum(len(group.digits) for group in groups)
        if digits == 1 and reader is _ENGLISH and text.rfind(JOINT, start - _LEAD, start) < 0:
            continue  # "the long one"
        if digits >= _FEWEST_DIGITS or (digits and _at_edge(reader, text, start, end)):
            yield Run(document.turn_at(start), groups)


def _at_edge(reader: _Reader, text: str, start: int, end: int) -> bool:
    return text.rfind(JOINT, start - _LEAD, start) >= 0 or reader.ending.match(text, end) is not None


def repaired(text: str) -> bool:
    """Tell whether the speaker takes back something said."""
    return _REPAIR.search(text) is not None


def _groups(reader: _Reader, text: str, start: int, end: int) -> Iterator[Group]:
    first = True
    for token in reader.token.finditer(text, start, end):
        said = token["unit"]
        if said is None or (first and said == "hundred"):
            continue
        first = False
        if "个" in said:
            times, _, digit = said.translate(_HAN_VALUES).partition("个")
            if text[token.start() - 1] not in _CARDINAL:
                yield Group(token.start(), token.end(), digit * int(times), spoken=True)
        elif said[0] in _HAN_SAID or said[0] in "0123456789":
            spoken = said[0] in _HAN_SAID
            if (
                spoken
                and len(said) <= 2
                and (text[token.start() - 1] in _CARDINAL or text[token.end()] in _CARDINAL)
            ):
                continue  # 三百二, 二十
            if spoken and said[-1] in "一两三四" and _MEASURED.match(text, token.end()):
                said = said[:-1]  # 幺三八……一个: the last one counts something else
                if not said:
                    continue
            yield Group(token.start(), token.start() + len(said), said.translate(_HAN_VALUES), spoken)
        else:
            yield Group(token.start(), token.end(), _read_english(said), spoken=True)


def _read_english(said: str) -> str:
    first, _, second = said.replace("-", " ").partition(" ")
    second = second.strip()
    if second in _PLURALS:
        return _PLURALS[second] * int(_ONES[first])
    if first in _TIMES:
        return _ONES.get(second, second) * _TIMES[first]
    if first in _TENS:
        return _TENS[first] + (_ONES[second] if second else "0")
    return _TEENS.get(first) or _ONES[first] + ("00" if second else "")
