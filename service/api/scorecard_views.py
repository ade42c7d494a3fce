"""What is told of scorecards."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field
from sqlalchemy.orm import Session

from grader.conversation import Conversation
from grader.grade import Grade
from grader.scorecard import ScorecardError
from grader.scorecard.expression import Parsed, names
from grader.scorecard.tracing import TracedCondition, TracedExpression
from service import scorecards as texts
from service.api.errors import FieldProblem
from service.api.shapes import Shown
from service.database import scorecards
from service.database.tables import ScorecardRow


class ScorecardSummary(Shown):
    """A version of a scorecard; it never changes."""

    id: str = Field(examples=["0198a3f0-0b1c-7d2e-8f30-1a2b3c4d5e6f"])
    name: str = Field(examples=["service-zh"])
    version: int
    language: str | None
    """Of the conversations it is for; null for any."""
    sha256: str
    created_at: datetime
    created_by: str | None
    active: bool
    """Whether conversations of its language are graded by it now."""
    active_from: list[datetime]
    """When it was made active, or will be; the latest first."""


class CriterionView(Shown):
    """What is judged."""

    id: str = Field(examples=["empathy"])
    section: str
    name: str
    description: str
    points: float
    fatal: Literal["never", "sometimes", "always"]
    """Whether a failure of it fails the conversation: sometimes where the scorecard says which ones do."""
    fatal_for: list[str] = Field(examples=[["privacy", "rude"]])
    """What makes a failure fatal where only some are: `fatal:NAME` among a grade's reasons says that the machine found it."""
    coaching: str | None
    """What the agent can do better."""


class ScorecardView(ScorecardSummary):
    """A version of a scorecard with its text."""

    description: str
    pass_score: float
    criteria: list[CriterionView]
    yaml: str


class Validation(Shown):
    """What is wrong with a scorecard."""

    valid: bool
    name: str | None
    version: int | None
    language: str | None
    problems: list[FieldProblem]
    """Each with its line, the reason and the remedy; none where it can be used."""


class Trial(Shown):
    """A scorecard tried on a conversation; nothing of it is kept."""

    conversation: Conversation
    """As it was judged: redacted, with roles. The hits point into its turns."""
    grade: Grade
    """As the service would give it, with calibrated probabilities."""
    conditions: list[TracedCondition]
    """Which conditions hit where, in the scorecard's order."""
    expressions: dict[str, list[TracedExpression]]
    """What each expression of a criterion came to, by the criterion's id."""
    uncalibrated: dict[str, float]
    """By the criterion's id, the probability that it is met where it applies, before calibration."""


def validation_of(yaml: str) -> Validation:
    """Say whether a scorecard's text can be used, and if not, why."""
    try:
        card = texts.read(yaml)
    except ScorecardError as error:
        problems = [FieldProblem.model_validate(problem.as_json()) for problem in error.problems]
        return Validation(valid=False, name=None, version=None, language=None, problems=problems)
    return Validation(valid=True, name=card.name, version=card.version, language=card.language, problems=[])


def scorecard_summaries(session: Session, rows: Sequence[ScorecardRow]) -> list[ScorecardSummary]:
    """Describe versions, with when each is active."""
    active = {row.id for row in scorecards.active(session)}
    times: dict[str, list[datetime]] = defaultdict(list)
    for activation, _ in scorecards.activations(session):
        times[activation.scorecard_id].append(activation.active_from)
    return [
        ScorecardSummary(
            id=row.id,
            name=row.name,
            version=row.version,
            language=row.language,
            sha256=row.sha256,
            created_at=row.created_at,
            created_by=row.created_by,
            active=row.id in active,
            active_from=times[row.id],
        )
        for row in rows
    ]


def scorecard_view(summary: ScorecardSummary, row: ScorecardRow) -> ScorecardView:
    """Describe a version with its text."""
    card = texts.read(row.yaml)
    return ScorecardView(
        **dict(summary),
        description=card.description,
        pass_score=card.pass_score,
        criteria=[
            CriterionView(
                id=one.id,
                section=one.section,
                name=one.name,
                description=one.description,
                points=one.points,
                fatal="never" if one.fatal is None else "always" if one.fatal is True else "sometimes",
                fatal_for=sorted(set(names(one.fatal.root))) if isinstance(one.fatal, Parsed) else [],
                coaching=one.coaching,
            )
            for one in card.criteria
        ],
        yaml=row.yaml,
    )
