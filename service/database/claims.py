"""The job table as workers use it: claims under a lease with a fencing token, acknowledgements, failures.

Delivery is at least once, effects are exactly once: a result and its acknowledgement are one transaction, and the
acknowledgement only counts with the fence of the latest claim (the fencing token of Kleppmann, "How to do distributed
locking", 2016). A worker that was believed dead and comes back finds its fence outdated, and its result is rolled back.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, Update, and_, select, tuple_, update
from sqlalchemy.orm import Session

from grader.problems import Problem
from service.database.errors import LostLeaseError
from service.database.events import emit
from service.database.tables import (
    AttemptOutcome,
    ConversationRow,
    JobAttemptRow,
    JobKind,
    JobRow,
    Lane,
)
from service.database.types import now

_VANISHED: Final = Problem(
    source="worker",
    place=None,
    problem="The worker vanished while it did the job.",
    remedy="See the log of the machine it ran on; too little memory is a common cause. Then retry the job.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job that a worker holds."""

    id: str
    fence: int
    kind: JobKind
    conversation_id: str | None
    regrade_id: str | None
    attempts: int
    """Including this one."""
    max_attempts: int


def due(session: Session, lane: Lane, *, at: datetime | None = None) -> bool:
    """Tell whether there is something to claim; waits for no writer."""
    at = at or now()
    waiting = select(JobRow.id).where(
        JobRow.lane == lane, JobRow.state == "queued", JobRow.available_at <= at
    )
    lost = select(JobRow.id).where(_ran_out(at))
    return any(session.scalar(found.limit(1)) is not None for found in (waiting, lost))


def claim(
    session: Session, lane: Lane, *, worker_id: str, limit: int, lease: timedelta, at: datetime | None = None
) -> list[Claim]:
    """Take the most urgent jobs of one kind and priority that are due, at most ``limit``.

    A job that was tried before comes alone: should it be what kills workers, it takes no others with it.
    """
    at = at or now()
    release_lost(session, _ran_out(at), at=at)
    due_now = and_(JobRow.lane == lane, JobRow.state == "queued", JobRow.available_at <= at)
    ordered = select(JobRow).where(due_now).order_by(JobRow.priority, JobRow.available_at, JobRow.id)
    # On PostgreSQL workers pass over each other's rows; on SQLite the transaction excludes other writers.
    rows = session.scalars(ordered.limit(limit).with_for_update(skip_locked=True)).all()
    taken = list(takewhile(lambda row: _goes_with(rows[0], row), rows))
    for row in taken:
        row.state, row.worker_id, row.lease_until = "running", worker_id, at + lease
        row.fence += 1
        row.attempts += 1
        row.started_at = at
        session.add(JobAttemptRow(job_id=row.id, fence=row.fence, worker_id=worker_id, started_at=at))
    session.flush()
    return [_claim(row) for row in taken]


def renew(
    session: Session, claims: Iterable[Claim], *, lease: timedelta, at: datetime | None = None
) -> list[Claim]:
    """Hold claims for longer; give those that are still held."""
    until = (at or now()) + lease
    return [claim for claim in claims if _changed(session, _of(claim).values(lease_until=until))]


def progress(session: Session, claim: Claim, *, done: int, total: int, step: str | None) -> None:
    """Write down how far a job is.

    Raises:
        LostLeaseError: the job is not held any more; the transaction must be rolled back.
    """
    values = {"progress_done": done, "progress_total": total, "progress_step": step}
    _expect(_changed(session, _of(claim).values(**values)))


def complete(session: Session, claim: Claim, *, at: datetime | None = None) -> None:
    """Acknowledge a job, in the transaction of its result.

    Raises:
        LostLeaseError: the job is not held any more; the transaction must be rolled back.
    """
    at = at or now()
    values = {
        "state": "done",
        "finished_at": at,
        "lease_until": None,
        "error": None,
        "progress_done": JobRow.progress_total,
        "progress_step": None,
    }
    _expect(_changed(session, _of(claim).values(**values)))
    _end(session, claim, "done", at=at)


def fail(
    session: Session, claim: Claim, problem: Problem, *, retry_at: datetime | None, at: datetime | None = None
) -> None:
    """Put a job back to be tried again at ``retry_at``; None gives it up and tells the subscribers.

    Raises:
        LostLeaseError: the job is not held any more; the transaction must be rolled back.
    """
    at = at or now()
    values: dict[str, Any] = {"error": problem.as_json(), "lease_until": None, "progress_step": None}
    if retry_at is None:
        values |= {"state": "failed", "finished_at": at}
    else:
        values |= {"state": "queued", "available_at": retry_at}
    _expect(_changed(session, _of(claim).values(**values)))
    _end(session, claim, "error", problem, at=at)
    if retry_at is None:
        _tell_of_failure(session, session.get_one(JobRow, claim.id, populate_existing=True))


def give_back(session: Session, claims: Iterable[Claim], *, at: datetime | None = None) -> None:
    """Return jobs that a worker cannot finish because it is stopped; it does not count as an attempt."""
    at = at or now()
    values = {"state": "queued", "attempts": JobRow.attempts - 1, "available_at": at, "lease_until": None}
    for claim in claims:
        if _changed(session, _of(claim).values(**values)):
            _end(session, claim, "returned", at=at)


def release_worker(session: Session, worker_id: str, *, at: datetime | None = None) -> None:
    """Free what a worker held that is known to be dead, without waiting for its leases to run out."""
    held = and_(JobRow.state == "running", JobRow.worker_id == worker_id)
    release_lost(session, held, at=at or now())


def release_lost(session: Session, which: ColumnElement[bool], *, at: datetime) -> None:
    """Queue jobs again whose worker vanished; one that was tried often enough is given up."""
    for row in session.scalars(
        select(JobRow).where(which).limit(100).with_for_update(skip_locked=True)
    ).all():
        _end(session, _claim(row), "lost", _VANISHED, at=at)
        row.lease_until, row.error = None, _VANISHED.as_json()
        if row.attempts < row.max_attempts:
            row.state, row.available_at = "queued", at
        else:
            row.state, row.finished_at = "failed", at
            _tell_of_failure(session, row)
    session.flush()


def _goes_with(first: JobRow, row: JobRow) -> bool:
    if row is first:
        return True
    alike = (row.kind, row.priority) == (first.kind, first.priority)
    return alike and first.kind == "grade" and first.attempts == row.attempts == 0


def _claim(row: JobRow) -> Claim:
    return Claim(
        id=row.id,
        fence=row.fence,
        kind=row.kind,
        conversation_id=row.conversation_id,
        regrade_id=row.regrade_id,
        attempts=row.attempts,
        max_attempts=row.max_attempts,
    )


def _ran_out(at: datetime) -> ColumnElement[bool]:
    return and_(JobRow.state == "running", JobRow.lease_until <= at)


def _of(claim: Claim) -> Update:
    held = and_(JobRow.id == claim.id, JobRow.fence == claim.fence, JobRow.state == "running")
    return update(JobRow).where(held)


def _changed(session: Session, statement: Update) -> bool:
    result = session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(result, CursorResult) and result.rowcount > 0


def _expect(held: bool) -> None:  # noqa: FBT001
    if not held:
        raise LostLeaseError("The job was taken from this worker; its result does not count.")


def _end(
    session: Session, claim: Claim, outcome: AttemptOutcome, problem: Problem | None = None, *, at: datetime
) -> None:
    attempt = tuple_(JobAttemptRow.job_id, JobAttemptRow.fence) == (claim.id, claim.fence)
    values = {"outcome": outcome, "error": problem.as_json() if problem else None, "ended_at": at}
    session.execute(update(JobAttemptRow).where(attempt).values(**values))


def _tell_of_failure(session: Session, row: JobRow) -> None:
    conversation = session.get(ConversationRow, row.conversation_id) if row.conversation_id else None
    data = {
        "job_id": row.id,
        "kind": row.kind,
        "conversation_id": row.conversation_id,
        "external_id": conversation.external_id if conversation else None,
        "error": row.error,
    }
    emit(session, "job.failed", data, conversation=conversation, job_id=row.id)
