"""What answers say of reviews and appeals."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy.orm import Session

from grader.conversation import Conversation
from grader.grade import Evidence, Grade
from service.api.corrections import LABELS
from service.api.shapes import Shown
from service.api.views import ConversationSummary, GradeSummary, conversation_summary, grade_summary
from service.database import appeals, conversations, grades, reviews, verdicts
from service.database.tables import (
    AppealRow,
    AppealState,
    ConversationRow,
    CriterionResultRow,
    GradeRow,
    ReviewKind,
    ReviewOutcome,
    ReviewRow,
    ReviewState,
    VerdictRow,
    VerdictSubject,
)
from service.database.types import now

_ACTOR = "user:0198a3f0-6a52-7c1e-a8d4-5f1b8a2c9e10"


class VerdictView(Shown):
    """What a person said of a criterion, or of a label of one turn."""

    subject: VerdictSubject
    criterion: str | None = Field(examples=["empathy"])
    turn: int | None
    """Index of the turn, for a label."""
    label: str | None = Field(examples=["violation:rude"])
    machine: str | None = Field(examples=["not_met"])
    """What the machine had said."""
    value: str = Field(examples=["met"])
    """What the person says."""
    fatal: bool | None
    points: float | None
    comment: str | None
    evidence: list[Evidence]
    by: str = Field(examples=[_ACTOR])
    at: datetime


class Review(Shown):
    """How a review stands."""

    id: str = Field(examples=["0198a3f2-11b0-7d5a-9c3e-2a7f6d1e4b90"])
    uid: str
    """The service's id of the conversation."""
    grade_id: str
    kind: ReviewKind
    """`triage`: the machine asks; `requested`: a person asks; `appeal`: decided at `/v1/appeals/{id}/adjudicate`."""
    state: ReviewState
    """A claim that ran out waits again."""
    rank: int
    """Lower comes first."""
    reasons: list[str] = Field(examples=[["low_confidence:empathy"]])
    created_at: datetime
    requested_by: str | None
    claimed_by: str | None = Field(examples=[_ACTOR])
    """Who holds it now."""
    claimed_until: datetime | None
    done_by: str | None
    done_at: datetime | None
    outcome: ReviewOutcome | None
    """`corrected` where a state or label is not what the machine said."""
    final_score: float | None
    """After the verdicts; the machine's own stays in the grade."""
    final_passed: bool | None


class ReviewSummary(Review):
    """A review in the queue."""

    conversation: ConversationSummary
    grade: GradeSummary


class ReviewRecord(Review):
    """A review with what was said in it."""

    request: str | None
    """Why a person asked for it."""
    comment: str | None
    """For the agent."""
    verdicts: list[VerdictView]


class AppealSummary(Shown):
    """How an appeal stands."""

    id: str = Field(examples=["0198a3f4-77aa-7e10-b0f1-6d2c9a5e8f31"])
    state: AppealState
    uid: str
    """The service's id of the conversation."""
    conversation_id: str
    """The platform's id."""
    agent: str | None
    team: str | None
    grade_id: str
    review_id: str | None
    """Its item in the review queue."""
    raised_by: str = Field(examples=[_ACTOR])
    criteria: list[str] = Field(examples=[["empathy"]])
    """Those objected to; none for the whole grade."""
    created_at: datetime
    decided_at: datetime | None


class DecisionView(Shown):
    """The final word on an appeal."""

    decision: AppealState
    reason: str
    by: str = Field(examples=[_ACTOR])
    at: datetime


class AppealView(AppealSummary):
    """An appeal with what was said in it."""

    grounds: str
    decision: DecisionView | None
    review: ReviewRecord | None
    """The judge's own verdicts, once it is decided."""


class ReviewView(ReviewRecord):
    """A review with all that is needed to do it."""

    conversation: Conversation | None
    """Redacted; null where its words were removed."""
    grade: Grade
    """The machine's."""
    summary: GradeSummary
    """The same as lists show it, with what stands after review."""
    earlier: list[ReviewRecord]
    """Reviews of the same grade that were done before, the latest first. Their verdicts stand unless they are given anew."""
    appeal: AppealView | None
    """Where the review is about one."""
    labels: dict[str, dict[str, tuple[str, ...]]] = Field(
        examples=[{"agent": {"empathy": ["0", "1", "2"]}, "customer": {"resolved": ["yes", "no"]}}]
    )
    """What a verdict may say of single turns: the labels of each speaker's turns, with their values."""


def review_summary(
    review: ReviewRow, row: ConversationRow, grade: GradeRow, criteria: Sequence[CriterionResultRow]
) -> ReviewSummary:
    """Say what the queue says of a review."""
    return ReviewSummary(
        **_review(review),
        conversation=conversation_summary(row, grade),
        grade=grade_summary(row, grade, criteria),
    )


def review_records(session: Session, rows: Sequence[ReviewRow]) -> list[ReviewRecord]:
    """Say what was said in reviews."""
    given = verdicts.of_reviews(session, [row.id for row in rows])
    return [
        ReviewRecord(
            **_review(row),
            request=row.request,
            comment=row.comment,
            verdicts=[_verdict(verdict) for verdict in given[row.id]],
        )
        for row in rows
    ]


def review_view(session: Session, review: ReviewRow, row: ConversationRow, grade: GradeRow) -> ReviewView:
    """Say all of a review."""
    this, *earlier = review_records(
        session, [review, *(done for done in reviews.done_of(session, grade.id) if done.id != review.id)]
    )
    appeal = appeals.of_review(session, review.id)
    return ReviewView(
        **dict(this),
        conversation=conversations.read(row),
        grade=grades.read(grade),
        summary=grade_summary(row, grade, grades.criteria(session, grade.id)),
        earlier=earlier,
        appeal=appeal_view(session, appeal, row) if appeal else None,
        labels=LABELS,
    )


def appeal_summary(appeal: AppealRow, row: ConversationRow) -> AppealSummary:
    """Say what a list says of an appeal."""
    return AppealSummary(**_appeal(appeal, row))


def appeal_view(session: Session, appeal: AppealRow, row: ConversationRow) -> AppealView:
    """Say all of an appeal."""
    decided = next(iter(appeals.adjudications_of(session, appeal.id)), None)
    review = reviews.get(session, appeal.review_id) if decided and appeal.review_id else None
    return AppealView(
        **_appeal(appeal, row),
        grounds=appeal.grounds,
        decision=DecisionView(
            decision=decided.decision, reason=decided.reason, by=decided.judge, at=decided.created_at
        )
        if decided
        else None,
        review=review_records(session, [review])[0] if review else None,
    )


def _review(row: ReviewRow) -> dict[str, Any]:
    held = reviews.holder(row, now()) is not None
    return {
        "id": row.id,
        "uid": row.conversation_id,
        "grade_id": row.grade_id,
        "kind": row.kind,
        "state": row.state if held or row.state != "claimed" else "waiting",
        "rank": row.rank,
        "reasons": row.reasons,
        "created_at": row.created_at,
        "requested_by": row.requested_by,
        "claimed_by": row.claimed_by if held else None,
        "claimed_until": row.claimed_until if held else None,
        "done_by": row.done_by,
        "done_at": row.done_at,
        "outcome": row.outcome,
        "final_score": row.final_score,
        "final_passed": row.final_passed,
    }


def _verdict(row: VerdictRow) -> VerdictView:
    return VerdictView(
        subject=row.subject,
        criterion=row.criterion,
        turn=row.turn,
        label=row.label,
        machine=row.machine,
        value=row.value,
        fatal=row.fatal,
        points=row.points,
        comment=row.comment,
        evidence=[Evidence.model_validate(item) for item in row.evidence],
        by=row.actor,
        at=row.created_at,
    )


def _appeal(appeal: AppealRow, row: ConversationRow) -> dict[str, Any]:
    return {
        "id": appeal.id,
        "state": appeal.state,
        "uid": row.id,
        "conversation_id": row.external_id,
        "agent": appeal.agent_id,
        "team": row.team,
        "grade_id": appeal.grade_id,
        "review_id": appeal.review_id,
        "raised_by": appeal.raised_by,
        "criteria": appeal.criteria,
        "created_at": appeal.created_at,
        "decided_at": appeal.decided_at,
    }
