"""The grade: per criterion a state, a calibrated probability and the words it rests on.

The JSON form is a contract (``docs/formats.md``).
"""

from typing import Final, Literal, TypeAlias

from pydantic import NonNegativeInt

from grader.conversation import Probability, Record
from grader.timing import Timing
from models.interfaces import Distribution

State: TypeAlias = Literal["met", "not_met", "not_applicable", "abstained", "not_evaluated"]
"""``abstained``: the machine cannot tell; ``not_evaluated``: there was nothing fit to judge. Neither is a fail."""

Question: TypeAlias = Literal["applies", "met"]
"""What is asked of a criterion: whether it applies to the conversation, and whether it is met where it does."""

Decision: TypeAlias = Literal["auto", "review"]

_LIKELY: Final = 0.5
"""Probability from which a yes/no label is called yes."""


class Evidence(Record):
    """The words a verdict rests on."""

    turn: NonNegativeInt
    """Index into the conversation's turns."""
    start: NonNegativeInt
    """Character offsets into the redacted text of the turn; ``quote`` is what stands there."""
    end: NonNegativeInt
    quote: str


class CriterionGrade(Record):
    """The verdict on one criterion of the scorecard."""

    id: str
    state: State
    probability: Probability | None
    """Calibrated probability that the criterion is met where it applies; None where it was not judged."""
    applicability: Probability | None = None
    """Calibrated probability that the criterion applies; None where it always does, or could not be asked."""
    points: float
    max_points: float
    """0 where the criterion leaves the denominator."""
    reason: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def doubt(self) -> float:
        """Probability that the likeliest state is not the right one; 0 where nothing was judged."""
        applies = 1.0 if self.applicability is None else self.applicability
        if self.probability is None:
            return 0.0 if self.applicability is None else applies
        return 1 - max(1 - applies, applies * self.probability, applies * (1 - self.probability))


class ScorecardName(Record):
    """Which scorecard was applied."""

    name: str
    version: int


class ModelNames(Record):
    """Which weights made the grade."""

    turns: str
    speech: str | None = None


class Triage(Record):
    """Whether the machine answers alone or a human must look, and why."""

    decision: Decision
    reasons: tuple[str, ...] = ()
    """``low_confidence:ID``, ``fatal:CODE``, ``unsure_roles``, ``unsure_recognition``, ``escalation``, ``one_sided``,
    ``not_evaluated``, ``random_sample``."""


class Grade(Record):
    """The grade of one conversation."""

    conversation_id: str
    scorecard: ScorecardName
    models: ModelNames
    score: float | None
    """0 to 100; None where no criterion could be judged."""
    passed: bool | None
    criteria: tuple[CriterionGrade, ...]
    turns: tuple[dict[str, Distribution | float], ...]
    """The label distributions of every turn (``models.interfaces.TurnLabels``)."""
    outcome: dict[str, Distribution]
    timing: Timing
    triage: Triage

    def called(self, turn: int, label: str) -> str | None:
        """Give the value of a turn's label (``violation:CODE`` for violations) that the machine holds most probable.

        None where it said nothing of the label.
        """
        name, _, code = label.partition(":")
        said = self.turns[turn].get(name)
        if code and isinstance(said, dict):
            said = said.get(code)
        if isinstance(said, dict):
            return max(said, key=said.__getitem__) if said else None
        return said if said is None else "yes" if said >= _LIKELY else "no"
