"""What is predicted: one head a label, with whose turns it is about and how far it may look."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Group: TypeAlias = Literal["agent", "agent_nugget", "customer", "customer_nugget"]
"""Heads of one group are about the same turns and may look equally far: labels of the codebook back only, nuggets
at the whole conversation."""

_LEVELS: Final = ("0", "1", "2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One label of a turn."""

    name: str
    """The label, or the code of a violation."""
    values: tuple[str, ...]
    """The levels of a distribution; empty for yes/no."""

    @property
    def width(self) -> int:
        """How many scores the head has."""
        return len(self.values) or 1


VIOLATIONS: Final = ("rude", "blame", "brush_off", "overpromise", "privacy", "off_platform", "misleading")
HEADS: Final[dict[Group, tuple[Head, ...]]] = {
    "agent": (
        *(Head(name=name, values=_LEVELS) for name in ("empathy", "solution", "follow_up", "courtesy")),
        *(Head(name=name, values=()) for name in VIOLATIONS),
    ),
    "agent_nugget": (Head(name="nugget", values=("HNUG", "HNUG*", "HNaN")),),
    "customer": (
        Head(name="emotion", values=("-2", "-1", "0", "1")),
        Head(name="escalation", values=()),
        Head(name="resolved", values=()),
    ),
    "customer_nugget": (Head(name="nugget", values=("CNUG0", "CNUG", "CNUG*", "CNaN")),),
}
"""A label's names and values are those of the codebook (``grader.codebook``; a test keeps them equal)."""

PROBLEM: Final = "problem"
"""Whether the customer brings a problem: asked of the conversation, put on the customer turn that tells most of it."""

OUTCOMES: Final = ("A", "S", "E")
OUTCOME_LEVELS: Final = ("-2", "-1", "0", "1", "2")


def slices(group: Group) -> dict[str, slice]:
    """Give the columns of each head among the scores of its group."""
    found, at = {}, 0
    for head in HEADS[group]:
        found[head.name] = slice(at, at + head.width)
        at += head.width
    return found


LINEAR_GROUPS: Final[tuple[Group, ...]] = ("agent", "customer")
"""The groups whose labels are explained by linear heads: those of the codebook."""
