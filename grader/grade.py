"""The grade: per criterion a state, a calibrated probability and the words it rests on.

The JSON form is a contract (``docs/formats.md``).
"""

from typing import Literal, TypeAlias

from pydantic import NonNegativeInt

from grader.conversation import Probability, Record
from grader.timing import Timing
from models.interfaces import Distribution

State: TypeAlias = Literal["met", "not_met", "not_applicable", "abstained", "not_evaluated"]
"""``abstained``: the machine cannot tell; ``not_evaluated``: there was nothing fit to judge. Neither is a fail."""

Decision: TypeAlias = Literal["auto", "review"]


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
    """Calibrated probability that the criterion is met; None where it was not judged."""
    points: float
    max_points: float
    """0 where the criterion leaves the denominator."""
    reason: str
    evidence: tuple[Evidence, ...] = ()


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
    """``low_confidence:ID``, ``fatal:CODE``, ``unsure_roles``, ``unsure_recognition``, ``escalation``,
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
