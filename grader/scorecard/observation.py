"""What conditions look at, and what they find there."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from grader.conversation import Conversation, Speaker
from grader.text import fold
from grader.timing import Timing, measure
from models.interfaces import ConversationLabels


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """All that is known of a conversation when it is graded."""

    conversation: Conversation
    """Redacted."""
    folded: tuple[str, ...]
    """Each turn's text as ``grader.text.fold`` gives it, in order."""
    labels: ConversationLabels
    """One entry a turn."""
    timing: Timing


def observe(conversation: Conversation, labels: ConversationLabels) -> Observation:
    """Fold and measure a redacted conversation."""
    return Observation(
        conversation=conversation,
        folded=tuple(fold(turn.text) for turn in conversation.turns),
        labels=labels,
        timing=measure(conversation),
    )


class Hit(NamedTuple):
    """A place where a condition holds."""

    turn: int
    """Index into the conversation's turns."""
    start: int
    """Character offsets into the text of the turn."""
    end: int
    probability: float
    label: str | None = None
    """The label that hit, where a classifier said so: the whole turn is then the place. Named as ``Highlight`` does."""


class View:
    """An observation, with what several conditions ask for looked up once."""

    def __init__(self, observation: Observation) -> None:
        self.conversation = observation.conversation
        self.folded = observation.folded
        self.labels = observation.labels
        self.timing = observation.timing

    def turns_of(self, speaker: Speaker | None) -> tuple[int, ...]:
        """Give the indexes of a speaker's turns, or of all."""
        return self._all if speaker is None else self._by_speaker.get(speaker, ())

    @cached_property
    def _all(self) -> tuple[int, ...]:
        return tuple(range(len(self.folded)))

    @cached_property
    def _by_speaker(self) -> dict[str, tuple[int, ...]]:
        indexes: dict[str, list[int]] = {}
        for index, turn in enumerate(self.conversation.turns):
            indexes.setdefault(turn.speaker, []).append(index)
        return {speaker: tuple(turns) for speaker, turns in indexes.items()}

    def whole(self, turn: int) -> Hit:
        """Give a sure hit on all of a turn."""
        return Hit(turn, 0, len(self.folded[turn]), 1.0)
