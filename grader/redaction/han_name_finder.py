"""Finds Chinese names where somebody is introduced: 我叫…, 机主是…, 收件人…, or after the question 怎么称呼.

A surname with a title (王先生) identifies nobody among a company's customers and stays.
"""

import re
from collections.abc import Iterator

from grader.redaction.document import JOINT, Document
from grader.redaction.spans import Hit
from grader.redaction.surnames import COMMON, DOUBLE, FREQUENT, NOT_IN_NAMES, WORDS

_HAN = r"[\u4e00-\u9fff]"
_TITLE = "先生|女士|小姐|太太"
_GIVEN = rf"(?:(?!{_TITLE}|[{NOT_IN_NAMES}]){_HAN})"
_FIRST_GIVEN = rf"(?!老师|师傅|经理|阿姨|叔叔|大[爷妈哥姐]|[哥姐总某姓氏工]){_GIVEN}"
_SURNAME = f"(?:{DOUBLE}|[{''.join(sorted(COMMON))}])"
_NAME = rf"(?P<name>{_SURNAME}{_FIRST_GIVEN}{_GIVEN}?)"
_FREQUENT_NAME = rf"(?P<name>(?:{DOUBLE}|[{''.join(sorted(FREQUENT))}]){_FIRST_GIVEN}{_GIVEN}?)"
_BREAK = rf"(?!{_HAN})"
_END = rf"(?=[的吗呢啊吧呀哈哦嘛啦哎]|[^\u4e00-\u9fff]|{_TITLE}|本人)"

_OWNER = "机主|户主|收件人|收货人|寄件人|联系人|持卡人|登记人|开户人|投保人|被保人|乘车人|乘机人|入住人|申请人|受益人|户名|账户名"
_PERSON = f"{_OWNER}|客户|会员|用户|患者|病人|乘客|业主|车主|学员|本人|租客|房东"
_IS = r"[ ,:]{0,2}(?:就?是|叫|为|[: ])[ ,:]{0,2}"

_INTRODUCED = re.compile(
    rf"(?:我的?(?:全名|本名|真名|名字)?就?是?叫(?:做)?|名叫|(?:名字|全名|真名|姓名|(?:{_OWNER})(?:的?(?:姓名|名字|名))?"
    rf"|(?:{_PERSON})的?(?:姓名|名字)){_IS}|(?:{_PERSON})叫)[ ,]?{_NAME}"
)
_NAMED_BARE = re.compile(rf"(?:{_OWNER}|姓名|名字|业主|车主|患者|学员|家长){_FREQUENT_NAME}{_END}")
_CALLED = re.compile(
    rf"(?:[他她]|老公|老婆|爱人|儿子|女儿|妈妈?|爸爸?|父亲|母亲|孩子|卖家|师傅|经理|同事|朋友|专员|小伙子?|姑娘)[ ,]?叫{_NAME}"
)
_STATED = re.compile(rf"(?:我|您|你|这边|请问|这里|登记的|预订的|预留的)是{_FREQUENT_NAME}{_END}")
_TITLED = re.compile(rf"(?:(?<![@\u4e00-\u9fff])|(?<=[是叫好问系给找])){_FREQUENT_NAME}$")
_LISTED = re.compile(rf"(?:(?<!{_HAN})|(?<=[0-9室号零一二三四五六七八九幺])){_FREQUENT_NAME}$")
_A_TITLE = re.compile(_TITLE)
_RECEIVED = re.compile("收(?=[ ,。;\x1e])")
_A_DETAIL = re.compile(
    r"[ ,、:](?<=[\u4e00-\u9fff].)[ ,]?(?:的)?(?:手机|电话|身份证|住址|地址|住|证件|幺|1[3-9])"
)
_SPLIT = re.compile(
    rf"姓(?P<name>{_SURNAME}[ ,]{{0,2}}(?:名叫?|名字叫|叫)[ ]?(?:{_SURNAME}{_GIVEN}{{1,2}}|{_GIVEN}{{1,2}}))"
)
_MINORITY = re.compile(
    rf"(?:我叫|名字是|姓名[:是]?)(?P<name>{_HAN}{{2,8}}(?:[·•]{_HAN}{{2,8}})+"
    rf"|[阿古买艾努吐热麦库玛帕迪扎次旺格洛央]{_HAN}{{2,5}}{_BREAK})"
)
_SURNAME_SAID = re.compile(rf"(?:姓|我叫) ?(?P<surname>{_SURNAME})(?![先女小太])")

_ASKED = re.compile(r"贵姓|怎么称呼|如何称呼|称呼您|姓名|全名|名字|叫什么|姓什么|户名|开户名")
_ANSWER = re.compile(
    rf"{JOINT}(?:[ ,。嗯呃哦啊]|我|是|叫|哎|那个|免贵|就是|对){{0,6}}{_NAME}(?=[啊呀吧哈]?[,。. ;!\x1e])"
)
_ASKED_TURNS = 2
_NEVER_LAST = frozenset("人员家区费户友版级")
_LONGEST_NAME = 5
_SPELLING_OUT = 40


_PATTERNS = (
    (
        re.compile("[叫名主]|[患学家][者员长]|[件货系卡记户保车机住请益]人"),
        (_INTRODUCED, _NAMED_BARE, _CALLED, _MINORITY),
    ),
    (re.compile("[我您你边问里的]是"), (_STATED,)),
    (re.compile("姓"), (_SPLIT,)),
)
_BEFORE = ((_A_TITLE, _TITLED), (_A_DETAIL, _LISTED), (_RECEIVED, _LISTED))
"""What follows a name, and the name that stands before it."""


def find_han_names(document: Document) -> Iterator[Hit]:
    """Find Chinese names."""
    text = document.text
    for trigger, patterns in _PATTERNS:
        if trigger.search(text):
            for pattern in patterns:
                for found in pattern.finditer(text):
                    yield from _named(found)
    for follower, pattern in _BEFORE:
        for mark in follower.finditer(text):
            if name := pattern.search(text, max(0, mark.start() - _LONGEST_NAME), mark.start()):
                yield from _named(name)
    if "姓" in text or "我叫" in text:
        yield from _spelled_out(document)
    if _ASKED.search(text):
        yield from _answered(document)


def _named(found: re.Match[str], offset: int = 0) -> Iterator[Hit]:
    name = found["name"]
    if name[:2] not in WORDS and name[-1] not in _NEVER_LAST:
        yield Hit("name", offset + found.start("name"), offset + found.end("name"))


def _spelled_out(document: Document) -> Iterator[Hit]:
    """Find a full name after its surname alone: 我叫乔 乔木的乔 乔玉芬."""
    for said in _SURNAME_SAID.finditer(document.text):
        full = re.compile(rf"(?<!{_HAN})(?P<name>{said['surname']}{_FIRST_GIVEN}{_GIVEN}?){_BREAK}")
        for found in full.finditer(document.after(said.end(), _SPELLING_OUT)):
            yield from _named(found, said.end())


def _answered(document: Document) -> Iterator[Hit]:
    """Find a name that is said alone, after a turn that asks for it."""
    for found in _ANSWER.finditer(document.text):
        turn = document.turn_at(found.start("name"))
        asked_from = document.bounds(max(0, turn - _ASKED_TURNS))[0]
        if turn and _ASKED.search(document.text, asked_from, document.bounds(turn - 1)[1]):
            yield from _named(found)
