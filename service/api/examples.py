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
    "scorecard": {"name": "service-zh", "version": 2},
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

_ABOUT: Final[dict[str, Any]] = {
    "conversation_id": "0198a3f0-6a52-7c1e-a8d4-5f1b8a2c9e10",
    "external_id": "chat-2041",
    "source": "shop",
    "grade_id": "0198a3f0-6a61-74c2-9d0b-3e6f2b7a1c55",
}
_GRADED: Final[dict[str, Any]] = _ABOUT | {
    "score": 62.5,
    "passed": False,
    "decision": "review",
    "reasons": ["fatal:rude"],
    "scorecard": {"name": "service-zh", "version": 2},
}
_APPEAL: Final[dict[str, Any]] = _ABOUT | {
    "appeal_id": "0198a41c-02b7-7d90-b3c8-71e5a9d0f264",
    "state": "open",
    "criteria": ["empathy"],
}
_REVIEW: Final = "0198a3f0-6a63-7f1d-8a11-0c9d4e5f6a7b"

EVENT_DATA: Final[dict[str, dict[str, Any]]] = {
    "conversation.graded": _GRADED,
    "review.needed": _GRADED | {"review_id": _REVIEW},
    "conversation.reviewed": _ABOUT
    | {"review_id": _REVIEW, "outcome": "corrected", "score": 85.0, "passed": True},
    "appeal.raised": _APPEAL,
    "appeal.decided": _APPEAL | {"state": "upheld"},
    "alert.raised": _GRADED | {"alerts": ["fatal:rude"]},
    "job.failed": {
        "job_id": "0198a3ef-11c0-7b64-9f35-d2a8c47e0b91",
        "kind": "recording",
        "conversation_id": "0198a3ef-1133-7e0f-8d52-6b9a0c1f7e24",
        "external_id": "call-77",
        "error": {
            "source": "call.wav",
            "place": None,
            "problem": "The file is no recording.",
            "remedy": "Send a recording.",
        },
    },
    "ping": {"webhook_id": "0198a3d2-54e1-7aa0-8c6e-9b1f0d2e3c47"},
}
"""The `data` of each event that subscribers are sent."""


def event(kind: str) -> dict[str, Any]:
    """Give an event as it is sent."""
    return {"type": kind, "timestamp": "2026-11-20T01:31:07.402913+00:00", "data": EVENT_DATA[kind]}
