"""Which lines of a transcript begin with the name of a speaker, and which only happen to hold a colon."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from grader.reading.synonyms import role_named

_LABELLED: Final = re.compile(
    r"\s{0,4}(?:[-–•]\s{1,4})?\*{0,2}(?P<label>[^:：,，。!！?？;；、\"“”<>|\t\n*]{1,40}?)\*{0,2}\s{0,4}[:：]\*{0,2}(?!//)\s{0,4}"
    r"(?P<text>.*)",
    re.DOTALL,
)
_BRACKETED: Final = re.compile(
    r"\s{0,4}[\[【<](?P<label>[^\]】>]{1,40})[\]】>]\s{0,4}[:：]?\s{0,4}(?P<text>.*)", re.DOTALL
)
_FIELDS: Final = frozenset(
    "姓名 名字 电话 手机 手机号 联系电话 地址 收货地址 订单 订单号 单号 编号 时间 日期 备注 注 注意 提示 温馨提示 通知 主题 链接 网址 邮箱 "
    "型号 金额 数量 价格 原因 问题 问 答 例如 其中 结论 账号 密码 系统提示 系统消息 name phone mobile tel address order date time note notes ps "
    "subject link url http https email re fw fwd from to cc total amount price reason example warning tip".split()
)
"""What stands before a colon inside messages, and is nobody's name."""


class Labels:
    """The speakers' names of one text.

    A name that says the role (``客服``, ``Agent 2``) always counts. Any other (``客服小王``, ``Jane``) counts where it
    begins two lines or more, or where every line begins with a name.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        written = [line for line in lines if line.strip()]
        counts = Counter(label for line in written if (label := self._candidate(line)))
        everywhere = sum(counts.values()) == len(written)
        self._known = {
            label for label, count in counts.items() if everywhere or count > 1 or role_named(label)
        }

    @staticmethod
    def _candidate(line: str) -> str | None:
        found = _LABELLED.fullmatch(line)
        label = found["label"].strip() if found else ""
        telling = (
            label and len(label.split()) <= 4 and not label.isdigit() and label.casefold() not in _FIELDS
        )
        return label if telling else None

    def knows(self, name: str) -> bool:
        """Tell whether ``name`` is that of a speaker."""
        return name in self._known or role_named(name)

    def split(self, line: str) -> tuple[str | None, str]:
        """Give the speaker's name, None where the line begins with none, and what is said."""
        if (found := _LABELLED.fullmatch(line)) and found["label"].strip() in self._known:
            return found["label"].strip(), found["text"]
        if (found := _BRACKETED.fullmatch(line)) and role_named(found["label"]):
            return found["label"], found["text"]
        return None, line.strip()
