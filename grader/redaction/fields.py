"""Redacting what stands beside the turns: metadata, the customer's id, remarks, what the recogniser dropped."""

import re
from typing import Any

from grader.conversation import Conversation
from grader.redaction.spans import PLACEHOLDERS, Kind
from grader.redaction.texts import redact_text, redact_texts

_DEEPEST = 64
_LEAST, _MOST = 1e6, 1e22
"""Numbers between these may be somebody's number."""
_NUMBER = re.compile(r"\d{4}")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\-.]+")
_WHOLE: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "name",
        re.compile(
            r"^(?:(?:customer|client|caller|contact|user|member|account|card ?holder|holder|recipient|receiver|sender|"
            r"patient|guest|full|first|last|given|family|real|sur)[ ]?)+name$"
            r"|^(?:客户|顾客|用户|会员|来电人?|真实|户主|机主)?(?:姓名|名字)$|^(?:联系人|收件人|收货人|寄件人|持卡人|机主|户主)$",
            re.IGNORECASE,
        ),
    ),
    (
        "address",
        re.compile(
            r"^(?:(?:home|postal|street|delivery|shipping|billing|mailing|customer)[ ])*address$|地址$|住址$",
            re.IGNORECASE,
        ),
    ),
)
"""Fields whose name says that all of their value is personal."""


def redact_fields(conversation: Conversation) -> dict[str, Any]:
    """Give the redacted values of the fields that change."""
    changed: dict[str, Any] = {
        "metadata": _redact_value("", conversation.metadata, _DEEPEST),
        "remarks": tuple(map(redact_text, conversation.remarks)),
    }
    if conversation.customer.id is not None:
        shown = redact_text(conversation.customer.id)
        changed["customer"] = conversation.customer.model_copy(update={"id": shown})
    heard = conversation.transcription
    if heard and heard.dropped:
        dropped = tuple(d.model_copy(update={"text": redact_text(d.text)}) for d in heard.dropped)
        changed["transcription"] = heard.model_copy(update={"dropped": dropped})
    return {name: value for name, value in changed.items() if value != getattr(conversation, name)}


def displayed(name: str) -> str:
    """Give a conversation's id or a recording's path as it may be shown to people or logged.

    Both stay as they are in the redacted conversation, for they are the keys by which the caller's systems find the
    call; but recordings are often named after the caller's number.
    """
    return redact_text(name)


def _redact_value(key: str, value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return (
            {name: _redact_value(str(name), one, depth - 1) for name, one in value.items()} if depth else {}
        )
    if isinstance(value, list | tuple):
        return [_redact_value(key, one, depth - 1) for one in value] if depth else []
    if isinstance(value, str):
        return _redact_string(key, value)
    if isinstance(value, int | float) and _LEAST < value < _MOST and value == value // 1:
        written = str(int(value))
        shown = _redact_string(key, written)
        return value if shown == written else shown
    return value


def _redact_string(key: str, value: str) -> str:
    label = _CAMEL.sub(" ", key).strip()
    for kind, pattern in _WHOLE:
        if value.strip() and pattern.search(label):
            return PLACEHOLDERS[kind]
    # The key stands before the value as a question before an answer; one that is a number itself asks nothing.
    question = "" if _NUMBER.search(label) else label
    return redact_texts([question, value], ["system", "customer"])[0][1]
