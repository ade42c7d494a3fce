"""Column names: which of a table's columns is which field, in Chinese, English or as the caller maps them.

The names serve tables of messages, lists of recordings (manifests) and the keys of sidecars alike.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from grader.problems import InputError, Problem
from grader.reading import times

_CONVERSATION: Final = {
    "id": """id conversation_id conversationid conversation session_id sessionid session chat_id call_id callid contact_id ticket_id dialog_id
        dialogue_id 会话id 会话编号 会话号 会话标识 会话 对话id 对话编号 通话id 通话编号 通话标识 通话流水号 呼叫id 流水号 工单号 工单编号 录音编号""",
    "channel": "channel 渠道 会话渠道 来源渠道 接入渠道 媒体类型",
    "language": "language lang 语言 语种",
    "started_at": "started_at start_at call_time session_start 会话开始时间 通话时间 通话开始时间 呼叫时间 来电时间 接入时间 会话时间",
    "agent": """agent agent_id agentid agent_name csr_id operator_id staff_id 坐席 坐席id 坐席工号 坐席编号 坐席姓名 座席 座席工号 客服 客服id 客服工号
        客服编号 客服姓名 客服名称 接待客服 接待人 工号 员工 员工号 员工编号""",
    "team": "team agent_team group 班组 团队 小组 组别 部门 坐席组 客服组",
    "customer": "customer customer_id customer_name user_id visitor_id 客户 客户id 客户编号 客户姓名 客户名称 用户id 顾客id 访客id 访客 买家 客户昵称",
    "queue": "queue queue_name skill skill_group skillgroup 队列 技能组 业务队列 业务线 业务类型",
    "direction": "direction call_direction 方向 呼叫方向 通话方向 呼叫类型",
    "answer_delay": """answer_delay answer_delay_s answer_delay_seconds wait wait_time wait_seconds ring_time ring_seconds queue_time 应答时长 应答延迟
        等待时长 排队时长 振铃时长 响铃时长 接通时长""",
    "customer_rating": "customer_rating rating csat satisfaction customer_satisfaction 满意度 满意度评分 客户满意度 评分 客户评分 评价",
    "agent_channel": "agent_channel 坐席声道 座席声道 客服声道",
    "recording": "recording_path recording_url 录音路径 录音地址 录音链接",
}
_MESSAGE: Final = {
    "speaker": """speaker role sender sender_role sender_type sender_name author from from_role participant 角色 发送方 发送者 发送人 发言人 说话人 消息来源 消息方向
        发送者角色 发送方角色 发送人角色 身份 发件人 对话角色""",
    "text": "text message content body utterance msg message_text message_content 内容 消息 消息内容 文本 聊天内容 对话内容 发言内容 会话内容 话术 正文 转写文本 识别结果",
    "time": "time timestamp sent_at datetime created_at send_time sent_time message_time date_time 时间 发送时间 消息时间 发言时间 时间戳 创建时间",
    "date": "date 日期 发送日期 消息日期",
    "start": "start start_s start_time begin begin_time offset start_seconds 开始 开始时间 起始时间",
    "end": "end end_s end_time end_seconds 结束 结束时间",
    "start_ms": "start_ms begin_ms offset_ms 开始ms 开始时间ms 开始毫秒",
    "end_ms": "end_ms 结束ms 结束时间ms 结束毫秒",
    "subject": "subject 主题 邮件主题",
}
_FILE: Final = {
    "file": """file filename file_name path recording recording_file audio audio_file wav 文件 文件名 文件名称 录音 录音文件 录音文件名 录音名称 音频 音频文件
        音频文件名 文件路径""",
}


def _by_name(*tables: Mapping[str, str]) -> dict[str, str]:
    return {name: field for table in tables for field, names in table.items() for name in names.split()}


_MESSAGE_FIELDS: Final = _by_name(_CONVERSATION, _MESSAGE)
_LISTED_FIELDS: Final = _by_name(_CONVERSATION, _FILE)
_PARTICULARS: Final = _by_name(
    _CONVERSATION, _FILE, {"started_at": "time date start_time 时间 日期 开始时间 日期时间"}
)

_DOTTED: Final = {
    "agent.id": "agent",
    "agent.team": "team",
    "customer.id": "customer",
    "sent_at": "time",
    "metadata.answer_delay": "answer_delay",
    "metadata.customer_rating": "customer_rating",
    "metadata.agent_channel": "agent_channel",
}
MAPPABLE: Final = frozenset(_CONVERSATION) | frozenset(_MESSAGE) | frozenset(_DOTTED)
"""What the caller may map to columns of other names."""


def normalised(name: object) -> str:
    """Give a column's name without case, width, spaces and brackets: ``会话 ID`` and ``Conversation-ID`` as others write them."""
    text = unicodedata.normalize("NFKC", str(name)[:200]).strip().casefold()
    text = re.sub(r"\[[^\]]*\]$|\([^)]*\)$", "", re.sub(r"\((?:ms|毫秒)\)$", "_ms", text))
    text = re.sub(r"[\s_\-]+", "_", text).strip("_:")
    return text if text.isascii() else text.replace("_", "")


def checked(columns: Mapping[str, str] | None) -> dict[str, str]:
    """Give the caller's mapping by field and normalised column name.

    Raises:
        InputError: It maps something that is no field.
    """
    mapping = columns or {}
    if unknown := sorted(mapping.keys() - MAPPABLE):
        raise InputError(
            Problem(
                source="columns",
                place=unknown[0],
                problem="There is no such field to map a column to.",
                remedy=f"Map one of: {', '.join(sorted(MAPPABLE))}.",
            )
        )
    return {_DOTTED.get(field, field): normalised(name) for field, name in mapping.items()}


def message_columns(header: Sequence[object], mapping: Mapping[str, str]) -> dict[str, int]:
    """Tell which column holds which field of a table with a message a row."""
    return _positions(header, _MESSAGE_FIELDS, mapping)


def listed_columns(header: Sequence[object]) -> dict[str, int]:
    """Tell which column holds which field of a list of files."""
    return _positions(header, _LISTED_FIELDS, {})


def particular(name: str) -> str | None:
    """Tell which of the conversation's fields a sidecar's key means; None where it is metadata under its own name."""
    return _PARTICULARS.get(normalised(name))


def _positions(
    header: Sequence[object], fields: Mapping[str, str], mapping: Mapping[str, str]
) -> dict[str, int]:
    """The caller's mapping goes before; of two columns for one field the first one counts."""
    mapped = {name: field for field, name in mapping.items()}
    positions: dict[str, int] = {}
    for index, cell in enumerate(header):
        name = normalised(cell)
        field = mapped.get(name) or fields.get(name)
        if (
            cell is not None
            and field
            and (name in mapped or (field not in mapping and field not in positions))
        ):
            positions[field] = index
    return positions


def contract_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give flat fields (``agent``, ``team``, ``answer_delay`` …) in the contract's nested form."""
    fields = {key: value for key, value in given.items() if value not in (None, "")}
    metadata = {
        key: fields.pop(key) for key in ("answer_delay", "customer_rating", "agent_channel") if key in fields
    }
    if isinstance(began := times.moment(fields.get("started_at")), datetime):
        fields["started_at"] = began
    agent = {"id": fields.pop("agent", None), "team": fields.pop("team", None)}
    return fields | {"agent": agent, "customer": {"id": fields.pop("customer", None)}, "metadata": metadata}
