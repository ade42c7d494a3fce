"""The review loop: items for people, their verdicts, appeals and adjudications."""

from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from service.database.base import Base
from service.database.tables.grades import ReviewOutcome
from service.database.types import LongText, id_column, now, one_of

ReviewState: TypeAlias = Literal["waiting", "claimed", "done", "obsolete"]
"""``obsolete``: the grade was replaced, or the conversation's words removed, before anybody reviewed it."""

ReviewKind: TypeAlias = Literal["triage", "appeal", "requested"]

VerdictSubject: TypeAlias = Literal["criterion", "label"]
"""A verdict is about a criterion of the scorecard, or about a label of one turn (``docs/codebook.md``)."""

AppealState: TypeAlias = Literal["open", "upheld", "partly_upheld", "rejected", "withdrawn"]
"""``withdrawn``: taken back, or the conversation's words were removed before anybody decided."""


OPEN: Final = "state IN ('waiting', 'claimed')"
DONE: Final = "state = 'done'"
"""Which reviews are not over, and which were done. Queries say it in the same words: SQLite uses the indexes for it then."""


class ReviewRow(Base):
    """A grade that a person looks at."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index(None, "conversation_id", "id"),
        Index(
            "uq_reviews_open",
            "grade_id",
            "kind",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        Index("ix_reviews_queue", "rank", "id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        Index("ix_reviews_done", "done_at", "id", sqlite_where=text(DONE), postgresql_where=text(DONE)),
    )

    id: Mapped[str] = id_column()
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    grade_id: Mapped[str] = mapped_column(ForeignKey("grades.id"), index=True)
    kind: Mapped[ReviewKind] = mapped_column(one_of(ReviewKind))
    state: Mapped[ReviewState] = mapped_column(one_of(ReviewState), default="waiting")
    rank: Mapped[int]
    """Lower comes first."""
    reasons: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    requested_by: Mapped[str | None]
    """Who asked for it, where a person did."""
    request: Mapped[str | None] = mapped_column(LongText)
    """Why; redacted."""
    claimed_by: Mapped[str | None] = mapped_column(index=True)
    """``user:ID``, or ``key:ID`` where a platform has its own console."""
    claimed_until: Mapped[datetime | None]
    claim: Mapped[int] = mapped_column(default=0)
    """Raised by every claim; verdicts are only taken from the holder of the latest."""
    done_by: Mapped[str | None] = mapped_column(index=True)
    done_at: Mapped[datetime | None]
    outcome: Mapped[ReviewOutcome | None] = mapped_column(one_of(ReviewOutcome))
    final_score: Mapped[float | None]
    """After the verdicts; the machine's own stays in the grade."""
    final_passed: Mapped[bool | None]
    comment: Mapped[str | None] = mapped_column(LongText)
    """For the agent; redacted."""


class VerdictRow(Base):
    """What a person found, on one criterion or on one label of a turn. Only ever added."""

    __tablename__ = "verdicts"
    __table_args__ = (Index(None, "criterion", "id"), Index(None, "label", "id"))

    id: Mapped[str] = id_column()
    review_id: Mapped[str] = mapped_column(ForeignKey("reviews.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    grade_id: Mapped[str] = mapped_column(ForeignKey("grades.id"), index=True)
    actor: Mapped[str] = mapped_column(index=True)
    """``user:ID`` or ``key:ID``."""
    subject: Mapped[VerdictSubject] = mapped_column(one_of(VerdictSubject))
    criterion: Mapped[str | None]
    turn: Mapped[int | None]
    """Index of the turn, for a label."""
    label: Mapped[str | None]
    """``empathy``, ``solution`` … or ``violation:CODE``."""
    machine: Mapped[str | None]
    """What the machine said: a state, or the most probable value."""
    value: Mapped[str]
    """What the person says."""
    fatal: Mapped[bool | None]
    """Whether a criterion that is not met is failed fatally; None for a label."""
    points: Mapped[float | None]
    comment: Mapped[str | None] = mapped_column(LongText)
    evidence: Mapped[list[dict[str, Any]]]
    """Spans the person marked (``grader.grade.Evidence``)."""
    scorecard_name: Mapped[str]
    scorecard_version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)


class AppealRow(Base):
    """An agent's objection to a grade."""

    __tablename__ = "appeals"
    __table_args__ = (Index(None, "state", "id"),)

    id: Mapped[str] = id_column()
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    grade_id: Mapped[str] = mapped_column(ForeignKey("grades.id"), index=True)
    review_id: Mapped[str | None] = mapped_column(ForeignKey("reviews.id"), index=True)
    """The item in the queue by which it is judged."""
    raised_by: Mapped[str]
    """``user:ID``, or ``key:ID`` where the platform passes it on."""
    agent_id: Mapped[str | None]
    criteria: Mapped[list[str]]
    """Those objected to; empty for the whole."""
    grounds: Mapped[str] = mapped_column(LongText)
    """Redacted."""
    state: Mapped[AppealState] = mapped_column(one_of(AppealState), default="open")
    created_at: Mapped[datetime] = mapped_column(default=now)
    decided_at: Mapped[datetime | None]


class AdjudicationRow(Base):
    """The final word on an appeal. Only ever added."""

    __tablename__ = "adjudications"

    id: Mapped[str] = id_column()
    appeal_id: Mapped[str] = mapped_column(ForeignKey("appeals.id", ondelete="CASCADE"), index=True)
    judge: Mapped[str] = mapped_column(index=True)
    """``user:ID`` or ``key:ID``."""
    decision: Mapped[AppealState] = mapped_column(one_of(AppealState))
    reason: Mapped[str] = mapped_column(LongText)
    created_at: Mapped[datetime] = mapped_column(default=now)
