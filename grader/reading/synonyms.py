"""What other systems call the contract's values: speakers, channels, directions, languages, sides."""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Final, TypeVar

from grader.conversation import Channel, Direction, Speaker

_SPEAKERS: Final[Mapping[Speaker, str]] = {
    "agent": """客服 坐席 座席 话务员 接线员 客服代表 客户代表 客服专员 客服人员 客服坐席 人工客服 人工坐席 在线客服 服务人员 工作人员 员工 店员 商家 卖家 顾问
        客户经理 客户顾问
        agent rep csr representative operator helpdesk advisor adviser staff employee support
        service_agent human_agent customer_service_representative supervisor""",
    "customer": """客户 用户 顾客 买家 消费者 访客 来电者 会员
        customer user client caller visitor end_user enduser consumer guest buyer""",
    "bot": """机器人 智能客服 客服机器人 智能助手 语音导航 小助手 AI客服 AI助手
        bot chatbot robot ivr virtual_agent virtual_assistant voicebot assistant custom_bot ai""",
    "system": "系统 系统消息 系统提示 提示 通知 system notification event",
    "unknown": "unknown 未知",
}
_SERVED: Final = "customer client user guest member visitor buyer 客户 用户 会员 顾客 买家 访客".split()
_SERVICES: Final = (
    "care support service services success relations experience 服务 支持 客服 助理 专员 关怀 中心".split()
)
"""What makes an agent's name of a customer's: ``Customer Care``, ``会员服务``."""

_MACHINES: Final = frozenset("bot chatbot robot voicebot ivr".split())
_TITLES: Final = frozenset("agent rep representative operator advisor adviser support".split())
"""Last words of an agent's name: ``Customer Agent``, ``Tech Support``."""

_CHANNELS: Final[Mapping[Channel, str]] = {
    "call": "call voice phone telephone hotline audio 电话 语音 热线 通话 呼叫 来电 呼入 呼出 录音",
    "chat": "chat im online web webchat message messaging sms wechat app text 在线 聊天 在线客服 在线聊天 微信 短信 网页 即时通讯 文本",
    "email": "email e-mail mail 邮件 电子邮件 邮箱",
}
_DIRECTIONS: Final[Mapping[Direction, str]] = {
    "inbound": "inbound in incoming 呼入 来电 进线",
    "outbound": "outbound out outgoing 呼出 外呼 去电",
}
_LANGUAGES: Final[Mapping[str, str]] = {
    "zh": "zh cmn chinese mandarin 中文 汉语 普通话 国语 华语",
    "yue": "yue cantonese 粤语 广东话",
    "en": "en eng english 英文 英语",
}
_SIDES: Final[Mapping[str, str]] = {
    "left": "left l 0 左 左声道 左边",
    "right": "right r 1 右 右声道 右边",
    "auto": "auto 自动",
}


_Value = TypeVar("_Value", bound=str)


def _by_name(table: Mapping[_Value, str]) -> dict[str, _Value]:
    return {_folded(name): value for value, names in table.items() for name in names.split()}


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", unicodedata.normalize("NFKC", name).casefold().strip())


_DEPARTMENTS: Final[Mapping[str, Speaker]] = {
    _folded(f"{served} {service}" if served.isascii() else f"{served}{service}"): "agent"
    for served in _SERVED
    for service in _SERVICES
    if served.isascii() == service.isascii()
}
_SPEAKER_OF: Final[Mapping[str, Speaker]] = {**_DEPARTMENTS, **_by_name(_SPEAKERS)}
_CHANNEL_OF: Final = _by_name(_CHANNELS)
_DIRECTION_OF: Final = _by_name(_DIRECTIONS)
_LANGUAGE_OF: Final = _by_name(_LANGUAGES)
_SIDE_OF: Final = _by_name(_SIDES)

_BRACKETED: Final = re.compile(r"[(\[{<【（「].*?[)\]}>】）」]")
_NUMBERING: Final = re.compile(r"^[#\s_]+|[#№:\s_.\d]+$")
_LANGUAGE_TAG: Final = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]+)*", re.IGNORECASE)
_NO_LANGUAGE: Final = frozenset({"und", "mul", "mis", "zxx", "unk"})
_HAN_NAMES: Final = [name for name in _SPEAKER_OF if not name.isascii()]


@lru_cache(maxsize=8192)
def role_of(name: str) -> Speaker | None:
    """Tell the role from what a source calls a speaker; None where the name says nothing of it.

    ``坐席``, ``agent_2``, ``客服小王``, ``客户（尾号 1234）``, ``Customer Jane`` and ``Customer Care Team`` all say it.
    """
    folded = _without_number(name)
    if (role := _SPEAKER_OF.get(folded)) is not None:
        return role
    words = folded.split("_")
    if "机器人" in folded or not _MACHINES.isdisjoint(words):
        return "bot"
    if len(folded) > 30:
        return None
    role = _begun(folded)
    return "agent" if role in {None, "customer"} and words[-1] in _TITLES else role


def _begun(folded: str) -> Speaker | None:
    """Give the role that the longest known beginning of a name says, in whole words or in hanzi."""
    known = [name for name in accumulate(folded.split("_"), "{}_{}".format) if name in _SPEAKER_OF]
    known += [name for name in _HAN_NAMES if folded.startswith(name)]
    return _SPEAKER_OF[max(known, key=len)] if known else None


def role_named(name: str) -> bool:
    """Tell whether ``name`` is the name of a role and nothing more (``客服``, ``Agent 2``)."""
    return _without_number(name) in _SPEAKER_OF


def _without_number(name: str) -> str:
    return _NUMBERING.sub("", _folded(_BRACKETED.sub("", name[:100])))


@lru_cache(maxsize=1024)
def channel_of(name: str) -> Channel | None:
    """Tell the channel; None where the name is not known."""
    return _CHANNEL_OF.get(_folded(name))


@lru_cache(maxsize=1024)
def direction_of(name: str) -> Direction | None:
    """Tell who called whom; None where the name is not known."""
    return _DIRECTION_OF.get(_folded(name))


@lru_cache(maxsize=1024)
def side_of(name: str) -> str | None:
    """Tell the stereo channel (``left``, ``right``, ``auto``); None where the name is not known."""
    return _SIDE_OF.get(_folded(name))


@lru_cache(maxsize=1024)
def language_of(name: str) -> str | None:
    """Give the ISO 639 code of a language's name, tag or code; None where it is none."""
    folded = _folded(name)
    if (code := _LANGUAGE_OF.get(folded)) is not None:
        return code
    tag = _LANGUAGE_TAG.fullmatch(name.strip())
    code = _LANGUAGE_OF.get(tag[1].lower(), tag[1].lower()) if tag else None
    return None if code in _NO_LANGUAGE else code
