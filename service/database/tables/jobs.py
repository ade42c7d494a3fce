"""Jobs, their attempts, the batches they came in, and the workers that do them."""

from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.database.base import Base
from service.database.types import id_column, now, one_of

JobKind: TypeAlias = Literal["grade", "recording", "regrade", "purge"]
"""``grade``: a stored transcript; ``recording``: transcribe and grade; ``regrade``: a selection once more."""

JobState: TypeAlias = Literal["queued", "running", "done", "failed", "cancelled"]
"""``failed`` is the dead-letter state: it stays with its error until somebody retries it."""

Lane: TypeAlias = Literal["text", "speech"]
"""Which kind of worker does it."""

AttemptOutcome: TypeAlias = Literal["running", "done", "error", "lost", "returned"]
"""``lost``: the worker vanished and the lease ran out; ``returned``: given back by a worker that was stopped."""


class BatchRow(Base):
    """Many conversations that were submitted together."""

    __tablename__ = "batches"

    id: Mapped[str] = id_column()
    total: Mapped[int]
    refused: Mapped[list[dict[str, Any]]]
    """The problems of what was not taken."""
    source: Mapped[str]
    """The platform that sent them."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str | None]


class JobRow(Base):
    """Work that must not be lost."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index(None, "lane", "state", "priority", "available_at", "id"),
        Index(None, "state", "lease_until"),
        Index(None, "state", "id"),
    )

    id: Mapped[str] = id_column()
    kind: Mapped[JobKind] = mapped_column(one_of(JobKind))
    lane: Mapped[Lane] = mapped_column(one_of(Lane))
    state: Mapped[JobState] = mapped_column(one_of(JobState), default="queued")
    priority: Mapped[int]
    """Lower goes first: ``service.jobs.priorities``."""
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    regrade_id: Mapped[str | None] = mapped_column(ForeignKey("regrades.id"), index=True)
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("batches.id"), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    """Since it was submitted, or retried by a person."""
    max_attempts: Mapped[int]
    available_at: Mapped[datetime] = mapped_column(default=now)
    """Not before this time; a failed attempt moves it."""
    worker_id: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    """Until when the worker holds it, unless it renews the lease."""
    fence: Mapped[int] = mapped_column(default=0)
    """Raised by every claim; a result is only taken from the holder of the latest."""
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int] = mapped_column(default=1)
    progress_step: Mapped[str | None]
    """What is being done: ``transcribing``, ``grading``."""
    error: Mapped[dict[str, Any] | None]
    """Of the last attempt (``grader.problems.Problem``)."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    created_by: Mapped[str | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class JobAttemptRow(Base):
    """One try at a job."""

    __tablename__ = "job_attempts"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    fence: Mapped[int] = mapped_column(primary_key=True)
    worker_id: Mapped[str]
    outcome: Mapped[AttemptOutcome] = mapped_column(one_of(AttemptOutcome), default="running")
    error: Mapped[dict[str, Any] | None]
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class WorkerRow(Base):
    """A worker process, as long as it beats."""

    __tablename__ = "workers"

    id: Mapped[str] = id_column()
    lane: Mapped[Lane] = mapped_column(one_of(Lane))
    host: Mapped[str]
    pid: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(default=now)
    beat_at: Mapped[datetime] = mapped_column(default=now, index=True)
    held: Mapped[int] = mapped_column(default=0)
    """Jobs it holds."""
