"""The labels of a turn and of a conversation, their values and names. Their meaning: ``docs/codebook.md``."""

from typing import Final

AGENT_LEVELS: Final[dict[str, tuple[str, ...]]] = {
    "empathy": ("0", "1", "2"),
    "solution": ("0", "1", "2"),
    "follow_up": ("0", "1", "2"),
    "courtesy": ("0", "1", "2"),
}
"""Ordered labels of an agent turn."""

VIOLATIONS: Final = ("rude", "blame", "brush_off", "overpromise", "privacy", "off_platform", "misleading")
"""Codes of the label ``violation``; an agent turn may carry several."""

EMOTIONS: Final = ("-2", "-1", "0", "1")
"""Levels of a customer turn's ``emotion``: angry, displeased, neutral, pleased."""

CUSTOMER_FLAGS: Final = ("escalation", "resolved")
"""Yes/no labels of a customer turn."""

PROBLEM: Final = "problem"
"""Whether the customer brings a problem. It is asked of the conversation; the customer turn that tells most of it has the
probability, the others have 0."""

NUGGETS: Final[dict[str, tuple[str, ...]]] = {
    "customer": ("CNUG0", "CNUG", "CNUG*", "CNaN"),
    "agent": ("HNUG", "HNUG*", "HNaN"),
}
"""Nugget types of STC-3 by speaker (Zeng et al., Overview of the NTCIR-14 Short Text Conversation Task, 2019)."""

OUTCOMES: Final[dict[str, str]] = {
    "A": "task accomplished",
    "S": "customer satisfaction",
    "E": "effectiveness",
}
OUTCOME_LEVELS: Final = ("-2", "-1", "0", "1", "2")
