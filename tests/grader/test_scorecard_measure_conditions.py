"""Conditions on timing, form and metadata."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scorecard_making import agent, customer, find, observed, other, places

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _at(seconds: float) -> dict[str, datetime]:
    return {"sent_at": NOON + timedelta(seconds=seconds)}


CALL = observed(
    agent("您好" * 10, start=0, end=5),
    customer("我的宽带断了，一直连不上，", start=5.5, end=12),
    agent("您先听我说完这个是这样的", start=10, end=14),
    customer("好", start=20, end=21),
    agent("再见", start=24.5, end=25.5),
    channel="call",
    queue="returns",
    direction="inbound",
    agent={"id": "a-17", "team": "夜班"},
    customer={"id": 42},
    metadata={"answer_delay": 12, "vip": True, "rating": "2", "plan": "ＶＩＰ套餐", "wait": [1]},
)
CHAT = observed(
    customer("在吗", **_at(0)), agent("在的", **_at(50)), customer("好", **_at(60)), agent("嗯", **_at(90))
)
WORDLESS = observed(channel="chat", language=None)


@pytest.mark.parametrize(
    ("condition", "probability", "hits"),
    [
        ({"silence": {"longer_than": 3}}, 1, [(2, 0, 12), (3, 0, 1)]),
        ({"silence": {"longer_than": 3}, "count": 2}, 1, [(2, 0, 12), (3, 0, 1)]),
        ({"silence": {"longer_than": 4}}, 1, [(2, 0, 12)]),
        ({"silence": {"longer_than": 4}, "count": 2}, 0, [(2, 0, 12)]),
        ({"silence": {"longer_than": 3}, "speaker": "customer"}, 1, [(3, 0, 1)]),
        ({"silence": {"longer_than": 6}}, 0, []),
        ({"interruption": {"longer_than": 1.5}}, 1, [(2, 0, 12)]),
        ({"interruption": {}}, 1, [(2, 0, 12)]),
        ({"interruption": {"longer_than": 2}}, 0, []),
        ({"interruption": {}, "count": 2}, 0, [(2, 0, 12)]),
        ({"interruption": {}, "turns": {"first": 1}}, 0, []),
        ({"interruption": {}, "turns": {"last": 2}}, 1, [(2, 0, 12)]),
    ],
)
def test_silences_and_interruptions_have_places(
    condition: dict[str, Any], probability: float, hits: list[tuple[int, int, int]]
) -> None:
    """A silence is found at the turn before it, an interruption at the agent's turn; both can be counted."""
    finding = find(CALL, condition)
    assert finding.probability == probability
    assert places(finding) == hits


@pytest.mark.parametrize(
    ("observation", "condition", "probability"),
    [
        (CALL, {"speech_rate": {"at_most": 300}}, 1),
        (CALL, {"speech_rate": {"at_least": 300}}, 0),
        (CALL, {"total_silence": {"at_least": 9, "at_most": 10}}, 1),
        (CALL, {"talk_ratio": {"at_least": 0.5}}, 1),
        (CALL, {"duration": {"at_least": 25.5}}, 1),
        (CALL, {"duration": {"at_least": 25.6}}, 0),
        (CALL, {"answer_delay": {"at_most": 12}}, 1),
        (CALL, {"answer_delay": {"at_most": 11.9}}, 0),
        (CALL, {"turn_count": {"at_least": 5}}, 1),
        (CALL, {"turn_count": {"speaker": "agent", "at_least": 4}}, 0),
        (CALL, {"turn_count": {"speaker": "bot", "at_most": 0}}, 1),
        (CALL, {"channel": {"any_of": "call"}}, 1),
        (CALL, {"channel": {"any_of": ["chat", "email"]}}, 0),
        (CALL, {"language": {"any_of": ["zh", "en"]}}, 1),
        (CALL, {"language": {"any_of": "en"}}, 0),
        (CHAT, {"response_time": {"which": "first", "at_most": 50}}, 1),
        (CHAT, {"response_time": {"which": "mean", "at_most": 40}}, 1),
        (CHAT, {"response_time": {"which": "longest", "at_most": 49}}, 0),
        (CHAT, {"duration": {"at_most": 90}}, 1),
        (CHAT, {"silence": {"longer_than": 2}}, None),
        (CHAT, {"interruption": {}}, None),
        (CHAT, {"speech_rate": {"at_most": 300}}, None),
        (CHAT, {"answer_delay": {"at_most": 30}}, None),
        (WORDLESS, {"response_time": {"which": "first", "at_most": 50}}, None),
        (WORDLESS, {"duration": {"at_least": 1}}, None),
        (WORDLESS, {"talk_ratio": {"at_least": 1}}, None),
        (WORDLESS, {"total_silence": {"at_least": 1}}, None),
        (WORDLESS, {"language": {"any_of": "zh"}}, None),
        (WORDLESS, {"turn_count": {"at_least": 1}}, 0),
    ],
)
def test_measures(observation: Any, condition: dict[str, Any], probability: float | None) -> None:
    """A measure within its limits gives 1, without 0; where there is nothing to measure by, neither."""
    assert find(observation, condition).probability == probability


def test_the_measured_number_is_kept_for_the_reason() -> None:
    """A finding about a number carries it."""
    assert find(CHAT, {"response_time": {"which": "mean", "at_most": 1}}).value == 40
    assert find(CALL, {"channel": {"any_of": "call"}}).value is None


@pytest.mark.parametrize(
    ("metadata", "probability"),
    [
        ({"field": "queue", "equals": "Returns"}, 1),
        ({"field": "direction", "equals": "outbound"}, 0),
        ({"field": "agent.id", "any_of": ["a-16", "a-17"]}, 1),
        ({"field": "agent.team", "matches": "夜"}, 1),
        ({"field": "customer.id", "equals": "42"}, 1),
        ({"field": "vip", "equals": True}, 1),
        ({"field": "vip", "equals": "true"}, 0),
        ({"field": "vip", "at_least": 1}, 0),
        ({"field": "rating", "at_most": 2}, 1),
        ({"field": "rating", "equals": 2}, 1),
        ({"field": "rating", "equals": "2"}, 1),
        ({"field": "rating", "at_least": 1, "at_most": 1.5}, 0),
        ({"field": "plan", "matches": "^vip套餐$"}, 1),
        ({"field": "plan", "equals": "vip套餐"}, 1),
        ({"field": "plan", "at_least": 1}, 0),
        ({"field": "wait", "at_least": 0}, 0),
        ({"field": "absent", "equals": "x"}, 0),
        ({"field": "absent", "at_most": 5}, 0),
        ({"field": "absent", "matches": ".+"}, 0),
        ({"field": "absent", "present": False}, 1),
        ({"field": "vip", "present": True}, 1),
        ({"field": "vip", "present": True, "equals": False}, 0),
    ],
)
def test_metadata(metadata: dict[str, Any], probability: float) -> None:
    """Fields of the frame and of the metadata are compared as a person would; a missing one meets nothing."""
    assert find(CALL, {"metadata": metadata}).probability == probability


def test_words_are_not_looked_for_where_no_agent_speaks() -> None:
    """Without any turn of the agent there is nothing to judge the agent by; a silent customer says just nothing."""
    alone = observed(customer("在吗"), other("请稍候"))
    assert find(alone, {"keywords": {"any": ["抱歉"]}, "speaker": "agent"}).probability is None
    assert find(alone, {"label": {"name": "empathy", "at_least": 1}}).probability is None
    assert find(alone, {"keywords": {"none": ["保证"]}, "speaker": "agent"}).probability is None
    silent = observed(agent("您好"))
    assert find(silent, {"label": {"name": "resolved"}}).probability == 0
    assert find(silent, {"keywords": {"any": ["谢谢"]}, "speaker": "customer"}).probability == 0
    assert find(WORDLESS, {"keywords": {"any": ["谢谢"]}}).probability is None
