"""Examples of the documentation: an invented chat, and the kind of grade it gets."""

from typing import Any, Final

CONVERSATION: Final[dict[str, Any]] = {
    "id": "chat-2041",
    "channel": "chat",
    "language": "zh",
    "started_at": "2026-11-20T09:30:00+08:00",
    "agent": {"id": "a-17", "team": "returns"},
    "customer": {"id": "u-88213"},
    "queue": "after-sales",
    "turns": [
        {"speaker": "customer", "text": "我的破壁机第三次坏了,明天还要给孩子做辅食,怎么办?"},
        {
            "speaker": "agent",
            "text": "非常理解您的着急,孩子的辅食耽误不得。已为您登记换新,24小时内专员会给您回电确认。",
        },
        {"speaker": "customer", "text": "好的,谢谢。"},
    ],
}

GRADE: Final[dict[str, Any]] = {
    "conversation_id": "chat-2041",
    "scorecard": {"name": "service-zh", "version": 1},
    "models": {"turns": "turns-1", "speech": None},
    "score": 100.0,
    "passed": True,
    "criteria": [
        {
            "id": "empathy",
            "state": "met",
            "probability": 0.98,
            "points": 15.0,
            "max_points": 15.0,
            "reason": "Agent turn 2 names the customer's situation.",
            "evidence": [{"turn": 1, "start": 0, "end": 8, "quote": "非常理解您的着急"}],
        }
    ],
    "turns": [
        {"emotion": {"-2": 0.05, "-1": 0.85, "0": 0.1, "1": 0.0}, "escalation": 0.01, "resolved": 0.0},
        {
            "empathy": {"0": 0.01, "1": 0.05, "2": 0.94},
            "solution": {"0": 0.02, "1": 0.1, "2": 0.88},
            "follow_up": {"0": 0.01, "1": 0.04, "2": 0.95},
            "courtesy": {"0": 0.0, "1": 0.02, "2": 0.98},
            "violation": {"rude": 0.001},
        },
        {"emotion": {"-2": 0.0, "-1": 0.02, "0": 0.9, "1": 0.08}, "escalation": 0.0, "resolved": 0.4},
    ],
    "outcome": {"A": {"-2": 0.02, "-1": 0.08, "0": 0.3, "1": 0.4, "2": 0.2}},
    "timing": {"first_response": None, "duration": None, "silences": [], "interruptions": []},
    "triage": {"decision": "auto", "reasons": []},
}
