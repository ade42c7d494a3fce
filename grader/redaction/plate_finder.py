"""Finds mainland vehicle plates (GA 36, with the six places of new-energy plates)."""

import re
from collections.abc import Iterator
from typing import Final

from grader.redaction.document import Document
from grader.redaction.spans import Hit

PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLACE = r"(?:[0-9a-z](?![a-z]{3})|[零〇一二三四五六七八九幺两洞拐勾])"
_MAINLAND = re.compile(
    rf"[{PROVINCES}](?<![最全更崭翻重从].)牌? ?[a-z][ ,·•.\-]{{0,2}}(?:[嗯呃啊] ?)?{_PLACE}(?:[ \-]?{_PLACE}){{4,5}}(?![0-9a-z])[挂学警港澳]?"
)
_DIGIT = re.compile(r"[0-9零〇一二三四五六七八九幺两洞拐勾]")


def find_plates(document: Document) -> Iterator[Hit]:
    """Find vehicle plates."""
    for found in _MAINLAND.finditer(document.text):
        if len(_DIGIT.findall(found[0])) >= 2:
            yield Hit("plate", *found.span())
