"""Finds vehicle plates: mainland (GA 36, with the six places of new-energy plates) and, where named so, British ones."""

import re
from collections.abc import Iterator

from grader.redaction.document import Document
from grader.redaction.spans import Hit

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLACE = r"(?:[0-9a-z](?![a-z]{2})|[零〇一二三四五六七八九幺两洞拐勾])"
_MAINLAND = re.compile(
    rf"[{_PROVINCES}](?<![最全更崭翻重从].)牌? ?[a-z][ ·•.\-]{{0,2}}(?:[嗯呃啊] ?)?{_PLACE}(?:[ \-]?{_PLACE}){{4,5}}(?![0-9a-z])[挂学警港澳]?"
)
_DIGIT = re.compile(r"[0-9零〇一二三四五六七八九幺两洞拐勾]")
_BRITISH = re.compile(r"(?<![a-z0-9])[a-z]{2}[0-9]{2} ?[a-z]{3}(?![a-z0-9])")
_CUE = re.compile(r"车牌|牌照|\bplates?\b|\breg\b|\bregistration")
_REACH = 48


def find_plates(document: Document) -> Iterator[Hit]:
    """Find vehicle plates."""
    for found in _MAINLAND.finditer(document.text):
        if len(_DIGIT.findall(found[0])) >= 2:
            yield Hit("plate", *found.span())
    for cue in _CUE.finditer(document.text):
        start = cue.end()
        if plate := _BRITISH.search(document.after(start, _REACH)):
            yield Hit("plate", start + plate.start(), start + plate.end())
