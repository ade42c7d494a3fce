"""Grades, their criteria, and re-grades that wait to be adopted. Grades are only ever added."""

from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from grader.grade import Decision, State
from service.database.base import Base
from service.database.types import LongText, id_column, now, one_of

Standing: TypeAlias = Literal["current", "superseded", "candidate", "discarded"]
"""``candidate``: made by a re-grade that nobody adopted yet; ``discarded``: by one that was not adopted."""

RegradeState: TypeAlias = Literal["running", "ready", "adopted", "discarded"]

ReviewOutcome: TypeAlias = Literal["confirmed", "corrected"]
"""``corrected``: a person said of a criterion or a label anything but what the machine had said."""


class GradeRow(Base):
    """A grade as it was given; only ``standing`` changes, and what stands after review (``final_…``)."""

    __tablename__ = "grades"
    __table_args__ = (
        UniqueConstraint("job_id", "conversation_id"),
        Index(
            "uq_grades_current",
            "conversation_id",
            unique=True,
            sqlite_where=text("standing = 'current'"),
            postgresql_where=text("standing = 'current'"),
        ),
        Index(None, "conversation_id", "id"),
        Index(None, "standing", "id"),
        Index(None, "regrade_id", "id"),
    )

    id: Mapped[str] = id_column()
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    """The job that made it; None where it was graded in the request."""
    regrade_id: Mapped[str | None] = mapped_column(ForeignKey("regrades.id"))
    standing: Mapped[Standing] = mapped_column(one_of(Standing))
    scorecard_name: Mapped[str]
    scorecard_version: Mapped[int]
    turn_model: Mapped[str]
    speech_model: Mapped[str | None]
    score: Mapped[float | None]
    passed: Mapped[bool | None]
    final_score: Mapped[float | None]
    """What stands: the machine's until a review is done, then the last reviewer's (``verdicts.close``)."""
    final_passed: Mapped[bool | None]
    review_outcome: Mapped[ReviewOutcome | None] = mapped_column(one_of(ReviewOutcome))
    """Of the last review that is done; None before."""
    decision: Mapped[Decision] = mapped_column(one_of(Decision))
    reasons: Mapped[list[str]]
    """Why it was sent to review (``grader.grade.Triage``)."""
    document: Mapped[str] = mapped_column(LongText)
    """The whole grade in the contract's JSON."""
    graded_at: Mapped[datetime] = mapped_column(default=now, index=True)


class CriterionResultRow(Base):
    """The verdict on one criterion, for lists and statistics."""

    __tablename__ = "criterion_results"
    __table_args__ = (Index(None, "criterion", "final_state", "grade_id"),)

    grade_id: Mapped[str] = mapped_column(ForeignKey("grades.id", ondelete="CASCADE"), primary_key=True)
    criterion: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    """Place in the scorecard."""
    state: Mapped[State] = mapped_column(one_of(State))
    final_state: Mapped[State] = mapped_column(one_of(State))
    """What stands: the machine's state, but for what a reviewer said after it."""
    probability: Mapped[float | None]
    points: Mapped[float]
    max_points: Mapped[float]


class RegradeRow(Base):
    """A selection graded once more, to be compared with the standing grades and then adopted or discarded."""

    __tablename__ = "regrades"

    id: Mapped[str] = id_column()
    scorecard_ids: Mapped[list[str]]
    """Rows of ``scorecards`` that are applied."""
    selection: Mapped[dict[str, Any]]
    """The filter (``service.database.selection.Selection``) that chooses the conversations."""
    state: Mapped[RegradeState] = mapped_column(one_of(RegradeState), default="running")
    comparison: Mapped[dict[str, Any] | None]
    """What would change, once all were graded."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
