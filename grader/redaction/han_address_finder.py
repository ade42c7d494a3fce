"""Finds Chinese addresses as customers give their home: 文三路12号, 锦绣花园3栋2单元501, 六栋四零三.

A city, a district or a road alone is no address, nor is the place of a shop or a branch.
"""

import re
from collections.abc import Iterator

from grader.redaction.document import JOINT, Document
from grader.redaction.spans import Hit

_HAN = r"[\u4e00-\u9fff]"
_NUMBER = r"(?:[0-9]{1,5}(?:[\-—–][0-9]{1,4})?[a-z]?|[零〇一二两三四五六七八九十百幺]{1,6}|(?<![a-z])[a-h](?![a-z]))"
_BUILDING = r"(?:号楼|号院|栋|幢|座|单元|支?弄|室|门)"
_PART = rf"{_NUMBER} ?(?:{_BUILDING}|号(?:之[一二三四五六七八九十]{{1,2}})?|楼|层|户(?!主)|组|房)"
_NAMED = rf"(?:(?:(?![住在到是寄送往去给让我您他了的点前后上下]){_HAN}){{2,8}}?(?={_NUMBER} ?{_BUILDING}))?"
_NO_COUNT = "(?![0-9零〇一二两三四五六七八九十百千万幺元块兆平个人年月日天次度多厅%.m])"
_HOUSE = re.compile(
    rf"(?P<parts>{_PART}(?:[ \-,附]{{0,2}}{_NAMED}[ \-,]{{0,2}}{_PART}){{0,6}})"
    rf"(?P<flat>[ \-,]{{0,2}}(?:[0-9]{{1,3}}(?:-[0-9]{{1,5}}){{1,2}}|[0-9]{{2,5}}|[零〇一二两三四五六七八九十百幺]{{2,6}})(?:室|房|户)?{_NO_COUNT})?"
)
_TRIGGER = re.compile("[号栋幢弄室座门]|单元")
_ONE_PART = re.compile(rf"{_PART}(?<![楼层])|{_NUMBER} ?号楼")
_ONE_BUILDING = re.compile(rf"{_NUMBER} ?{_BUILDING}")
_ROOMS = re.compile(r"[一二两三四五六0-9] ?室 ?[一二两三四0-9] ?厅")

_AREA = "省|自治区|市|区|县|州|镇|乡|街道"
_STREET = "路|街|大道|巷|胡同|新村|小区|花园|公寓|家园|花苑|苑|社区|山庄"
_WEAK = "里|村|庄|屯|院|园|城|府|邸|庭|湾|寓|坊|期|段|道|弄"
_ENDS_IN_STREET = re.compile(rf"{_HAN}(?:{_STREET})$")
_ENDS_IN_PLACE = re.compile(rf"{_HAN}(?:{_AREA}|{_STREET}|{_WEAK})$")
_NO_STREET = re.compile(r"(?:线|道|走|公|马|电|网|半|思|套|铁|一|上|赶|各|顺)路$|[逛上]街$")
_STOP = re.compile(
    r"[住在到是址寄送往说去给让我您他她了的把就那这填写]|位于|家里|搬来|师傅|麻烦|[一两]遍|一下|查下|核对|[改换]成|[改换]到"
)
_PLACE = re.compile(rf"{_HAN}[0-9\u4e00-\u9fff]*$")
_BETWEEN = re.compile(r"[ ,]{1,2}$")

_SHOP = re.compile(
    r"营业[厅部]|网点|[支分]行|银行|门店|专卖店|商场|广场|大厦|超市|医院|学校|大学|中学|小学|酒店|宾馆|服务站|服务中心|维修|售后|仓库|专柜|旗舰店|地铁|百货|商城"
    r"|柜台|窗口|大楼|法院|派出所|公司|接待|车站|机场|店(?![a-z])|登机|检票|出口|入口|候机|展厅|诊"
)
_HOME = re.compile(
    r"住|我家|我在|家在|家里|家住|寄[到往给]|送[到往]|收货|收件|装机|搬[到去]|户主|我的地址|[您你]的?地址|留的"
)
_STEP = rf"{_HAN}{{1,8}}?(?:{_AREA}|{_STREET}|{_WEAK})"
_BODY = rf"(?P<address>(?:{_STEP} ?){{2,8}}(?:[甲乙丙丁]?{_HOUSE.pattern})?)"
_ONE_BODY = re.compile(_BODY)
_STATED = re.compile(
    rf"(?:地址(?:就?是|为|在|填的是|写的是|:)?|住址(?:是|:)?|住在|[我家]住|家在|[寄送搬][到往去])[ :,]{{0,2}}{_BODY}"
)
_ANSWER = re.compile(rf"{JOINT}(?:[ ,。嗯呃哦啊好]|就?是|在|我家?|住在?|那个){{0,5}}{_BODY}")
_ONE_AREA = re.compile(rf"{_HAN}(?:{_AREA})")
_ONE_STREET = re.compile(rf"{_HAN}(?:{_STREET}|村|庄|里|园|城)")
_ASKED = re.compile(r"地址|住址|住哪|住在哪|哪个小区|哪一户|小区跟|楼号|门牌|送(?:到)?哪|寄(?:到)?哪")
_ASKED_TURNS = 2
_LEFT, _RIGHT = 40, 12
_LONGEST_LEAD = 12


def find_han_addresses(document: Document) -> Iterator[Hit]:
    """Find Chinese addresses."""
    text = document.text
    if _TRIGGER.search(text):
        for found in _HOUSE.finditer(text):
            yield from _house(document, found)
    if "址" in text or "住" in text or "到" in text or "家在" in text:
        for found in _STATED.finditer(text):
            yield from _stated(document, found)
    if _ASKED.search(text):
        for found in _ANSWER.finditer(text):
            if _was_asked(document, found.start("address")):
                yield from _stated(document, found)


def _house(document: Document, found: re.Match[str]) -> Iterator[Hit]:
    before = document.before(found.start(), _LEFT)
    place = _place(before)
    name = place.rstrip(" ,")
    buildings = len(_ONE_BUILDING.findall(found["parts"]))
    numbers = len(_ONE_PART.findall(found["parts"])) + (found["flat"] is not None)
    in_street = _ENDS_IN_STREET.search(name) is not None and not _NO_STREET.search(name)
    in_village = name.endswith(("村", "庄", "屯")) and _ONE_AREA.search(name) is not None
    exact = bool(buildings) and (numbers > 1 or _ENDS_IN_PLACE.search(name) is not None)
    if not exact and not ((in_street or in_village) and "号" in found["parts"]):
        return
    end = found.end()
    around = before[-_LEFT:] + document.after(end, _RIGHT)
    if _ROOMS.search(document.after(found.start(), _RIGHT)) or (
        _SHOP.search(around) and not _HOME.search(before)
    ):
        return
    yield Hit("address", found.start() - len(place), end)


def _place(before: str) -> str:
    """Give the end of ``before`` that names an area, a street or an estate."""
    start = len(before)
    while start:
        gap = _BETWEEN.search(before, 0, start)
        word = _PLACE.search(before, 0, gap.start() if gap else start)
        if not word:
            break
        begin = word.start()
        for stop in _STOP.finditer(before, word.start(), word.end()):
            begin = stop.end()
        if not _ENDS_IN_PLACE.search(before, begin, word.end()):
            break
        start = begin
        if begin > word.start():
            break
    return before[start:]


def _stated(document: Document, said: re.Match[str]) -> Iterator[Hit]:
    start = said.start("address")
    for stop in _STOP.finditer(document.text, start, min(start + _LONGEST_LEAD, said.end("address"))):
        start = stop.end()
    found = _ONE_BODY.match(document.text, start, said.end("address"))
    if not found:
        return
    address = found[0].rstrip()
    end = start + len(address)
    streets = len(_ONE_STREET.findall(address))
    exact = streets > 1 or (streets and _ONE_AREA.search(address))
    shop = _SHOP.search(document.before(start, _RIGHT) + address + document.after(end, _RIGHT))
    if exact and not shop:
        yield Hit("address", start, end)


def _was_asked(document: Document, offset: int) -> bool:
    turn = document.turn_at(offset)
    first = max(0, turn - _ASKED_TURNS)
    return (
        turn > 0
        and _ASKED.search(document.text, document.bounds(first)[0], document.bounds(turn - 1)[1]) is not None
    )
