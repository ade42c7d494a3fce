"""What answers say of conversations, grades and jobs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, Field

from grader.conversation import Channel, Conversation
from grader.grade import Decision, ModelNames, ScorecardName, State, Triage
from service.database.tables import (
    ConversationRow,
    CriterionResultRow,
    GradeRow,
    JobKind,
    JobRow,
    JobState,
    ReviewOutcome,
)

_T = TypeVar("_T")

Status: TypeAlias = Literal["graded", "waiting", "failed", "removed"]


class Listed(BaseModel, Generic[_T]):
    """One page of a list."""

    items: list[_T]
    next: str | None = Field(default=None, examples=["WyIwMTk4Il0"])
    """Send it as `cursor` for the page that follows; null on the last page."""


class ConversationView(Conversation):
    """A conversation as it is kept, redacted, and what has become of it."""

    uid: str = Field(examples=["0198a3f0-6a52-7c1e-a8d4-5f1b8a2c9e10"])
    """The service's own id; `id` is the platform's."""
    source: str
    """The platform that sent it."""
    received_at: datetime
    status: Status
    removed_at: datetime | None
    """When its words were removed: their time was over, or the customer was erased."""


class CriterionSummary(BaseModel):
    """How a criterion came out."""

    id: str = Field(examples=["empathy"])
    state: State
    final_state: State
    """What stands: what a reviewer said, else `state`."""
    probability: float | None
    points: float
    max_points: float


class GradeSummary(BaseModel):
    """A grade without its turns; the whole is at `/v1/conversations/{uid}/grade`."""

    grade_id: str
    conversation_id: str
    """The platform's id."""
    uid: str
    """The service's id of the conversation."""
    source: str
    channel: Channel
    language: str | None
    happened_at: datetime
    agent: str | None
    team: str | None
    queue: str | None
    graded_at: datetime
    standing: str = Field(examples=["current"])
    scorecard: ScorecardName
    models: ModelNames
    score: float | None
    passed: bool | None
    final_score: float | None
    """What stands: after the last review that is done, else `score`."""
    final_passed: bool | None
    review_outcome: ReviewOutcome | None
    """Of the last review that is done; null before."""
    criteria: list[CriterionSummary]
    triage: Triage


class ConversationSummary(BaseModel):
    """A conversation in a list."""

    uid: str
    id: str
    """The platform's id."""
    source: str
    channel: Channel
    language: str | None
    happened_at: datetime
    received_at: datetime
    agent: str | None
    team: str | None
    queue: str | None
    turns: int
    score: float | None
    passed: bool | None
    final_score: float | None
    """What stands: after the last review that is done, else `score`."""
    final_passed: bool | None
    decision: Decision | None
    """Null where it is not graded yet."""


class Progress(BaseModel):
    """How far a job is."""

    done: int
    total: int
    step: str | None


class JobView(BaseModel):
    """A job and how it stands."""

    id: str
    kind: JobKind
    state: JobState
    progress: Progress
    attempts: int
    uid: str | None
    """The conversation it is about."""
    batch_id: str | None
    regrade_id: str | None
    error: dict[str, Any] | None
    """Why the last attempt failed."""
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def conversation_summary(row: ConversationRow, grade: GradeRow | None) -> ConversationSummary:
    """Say what a list says of a conversation."""
    return ConversationSummary(
        uid=row.id,
        id=row.external_id,
        source=row.source,
        channel=row.channel,
        language=row.language,
        happened_at=row.happened_at,
        received_at=row.received_at,
        agent=row.agent_id,
        team=row.team,
        queue=row.queue,
        turns=row.turn_count,
        score=grade.score if grade else None,
        passed=grade.passed if grade else None,
        final_score=grade.final_score if grade else None,
        final_passed=grade.final_passed if grade else None,
        decision=grade.decision if grade else None,
    )


def grade_summary(
    row: ConversationRow, grade: GradeRow, criteria: Sequence[CriterionResultRow]
) -> GradeSummary:
    """Say what a list says of a grade."""
    return GradeSummary(
        grade_id=grade.id,
        conversation_id=row.external_id,
        uid=row.id,
        source=row.source,
        channel=row.channel,
        language=row.language,
        happened_at=row.happened_at,
        agent=row.agent_id,
        team=row.team,
        queue=row.queue,
        graded_at=grade.graded_at,
        standing=grade.standing,
        scorecard=ScorecardName(name=grade.scorecard_name, version=grade.scorecard_version),
        models=ModelNames(turns=grade.turn_model, speech=grade.speech_model),
        score=grade.score,
        passed=grade.passed,
        final_score=grade.final_score,
        final_passed=grade.final_passed,
        review_outcome=grade.review_outcome,
        criteria=[
            CriterionSummary(
                id=one.criterion,
                state=one.state,
                final_state=one.final_state,
                probability=one.probability,
                points=one.points,
                max_points=one.max_points,
            )
            for one in criteria
        ],
        triage=Triage(decision=grade.decision, reasons=tuple(grade.reasons)),
    )


def job_view(row: JobRow) -> JobView:
    """Say how a job stands."""
    return JobView(
        id=row.id,
        kind=row.kind,
        state=row.state,
        progress=Progress(done=row.progress_done, total=row.progress_total, step=row.progress_step),
        attempts=row.attempts,
        uid=row.conversation_id,
        batch_id=row.batch_id,
        regrade_id=row.regrade_id,
        error=row.error,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )
