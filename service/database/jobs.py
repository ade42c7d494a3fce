"""The job table as its users see it: submitting, watching, cancelling, retrying."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from grader.problems import Problem
from service.database.errors import ConflictError, MissingError
from service.database.inserting import insert_rows
from service.database.paging import Page, page_of
from service.database.selection import EVERYTHING, Scope, visible
from service.database.tables import (
    BatchRow,
    ConversationRow,
    JobAttemptRow,
    JobKind,
    JobRow,
    JobState,
    Lane,
)
from service.database.types import new_id, now

INTERACTIVE: Final = 0
ORDINARY: Final = 10
NIGHTLY: Final = 20
"""Priorities: lower goes first."""

MAX_ATTEMPTS: Final = 5

LANES: Final[dict[JobKind, Lane]] = {
    "grade": "text",
    "recording": "speech",
    "regrade": "text",
    "purge": "text",
}


def submit(
    session: Session,
    kind: JobKind,
    *,
    conversation_id: str | None = None,
    regrade_id: str | None = None,
    batch_id: str | None = None,
    priority: int = ORDINARY,
    created_by: str | None = None,
    job_id: str | None = None,
) -> JobRow:
    """Queue a job in the transaction of what it is about."""
    row = JobRow(
        id=job_id or new_id(),
        kind=kind,
        lane=LANES[kind],
        priority=priority,
        conversation_id=conversation_id,
        regrade_id=regrade_id,
        batch_id=batch_id,
        max_attempts=MAX_ATTEMPTS,
        created_by=created_by,
    )
    session.add(row)
    session.flush()
    return row


def submit_batch(
    session: Session,
    conversation_ids: Sequence[str],
    *,
    batch_id: str,
    priority: int = NIGHTLY,
    created_by: str | None = None,
) -> None:
    """Queue the grading of many conversations at once."""
    kind: JobKind = "grade"
    rows = [
        JobRow(
            id=new_id(),
            kind=kind,
            lane=LANES[kind],
            priority=priority,
            conversation_id=conversation_id,
            batch_id=batch_id,
            max_attempts=MAX_ATTEMPTS,
            created_by=created_by,
        )
        for conversation_id in conversation_ids
    ]
    insert_rows(session, rows)


def add_batch(
    session: Session,
    *,
    total: int,
    source: str,
    refused: Sequence[Problem] = (),
    created_by: str | None = None,
) -> BatchRow:
    """Put many conversations of one ``source`` under one name."""
    row = BatchRow(
        id=new_id(),
        total=total,
        refused=[problem.as_json() for problem in refused],
        source=source,
        created_by=created_by,
    )
    session.add(row)
    session.flush()
    return row


def close_batch(session: Session, batch_id: str, *, refused: Sequence[Problem]) -> BatchRow:
    """Write down all that was not taken of a batch, once that is known."""
    row = session.get_one(BatchRow, batch_id)
    row.refused = [problem.as_json() for problem in refused]
    session.flush()
    return row


def get_batch(session: Session, batch_id: str) -> BatchRow | None:
    """Find a batch."""
    return session.get(BatchRow, batch_id)


def batch_states(session: Session, batch_id: str) -> dict[str, int]:
    """Count a batch's jobs by state."""
    states = select(JobRow.state, func.count()).where(JobRow.batch_id == batch_id).group_by(JobRow.state)
    return dict(session.execute(states).all())


def retry(session: Session, job_id: str, *, at: datetime | None = None) -> JobRow:
    """Queue a job again that was given up or cancelled.

    Raises:
        MissingError: there is no such job.
        ConflictError: it is neither.
    """
    row = _locked(session, job_id)
    if row.state not in {"failed", "cancelled"}:
        raise ConflictError(f"The job is {row.state}. Only one that failed or was cancelled can be retried.")
    row.state, row.attempts, row.available_at, row.finished_at = "queued", 0, at or now(), None
    session.flush()
    return row


def cancel(session: Session, job_id: str, *, at: datetime | None = None) -> JobRow:
    """End a job that is not done; where a worker is at it, its result is not taken.

    Raises:
        MissingError: there is no such job.
        ConflictError: it is over.
    """
    row = _locked(session, job_id)
    if row.state not in {"queued", "running"}:
        raise ConflictError(f"The job is {row.state} already.")
    row.state, row.finished_at, row.lease_until = "cancelled", at or now(), None
    session.flush()
    return row


def get(session: Session, job_id: str) -> JobRow | None:
    """Find a job."""
    return session.get(JobRow, job_id)


def attempts_of(session: Session, job_id: str) -> Sequence[JobAttemptRow]:
    """Give a job's attempts, in order."""
    of_it = select(JobAttemptRow).where(JobAttemptRow.job_id == job_id)
    return session.scalars(of_it.order_by(JobAttemptRow.fence)).all()


def of_conversation(session: Session, conversation_id: str) -> Sequence[JobRow]:
    """Give the jobs about a conversation, the latest first."""
    of_it = select(JobRow).where(JobRow.conversation_id == conversation_id)
    return session.scalars(of_it.order_by(JobRow.id.desc())).all()


def listed(
    session: Session,
    scope: Scope,
    *,
    created_by: str | None = None,
    state: JobState | None = None,
    kind: JobKind | None = None,
    batch_id: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[JobRow]:
    """List jobs, the latest first: those about conversations in ``scope``, and those that ``created_by`` queued."""
    given = ((JobRow.state, state), (JobRow.kind, kind), (JobRow.batch_id, batch_id))
    statement = select(JobRow).where(*(column == value for column, value in given if value is not None))
    if scope != EVERYTHING:
        about = select(ConversationRow.id).where(*visible(scope))
        statement = statement.where(or_(JobRow.conversation_id.in_(about), JobRow.created_by == created_by))
    return page_of(session, statement, [JobRow.id], cursor=cursor, limit=limit)


def depths(session: Session) -> dict[tuple[Lane, JobState], int]:
    """Count jobs by lane and state."""
    counted = select(JobRow.lane, JobRow.state, func.count()).group_by(JobRow.lane, JobRow.state)
    return {(lane, state): number for lane, state, number in session.execute(counted)}


def oldest_waiting(session: Session) -> dict[Lane, datetime]:
    """Give by lane since when the oldest job waits that is queued."""
    oldest = select(JobRow.lane, func.min(JobRow.created_at)).where(JobRow.state == "queued")
    return dict(session.execute(oldest.group_by(JobRow.lane)).all())


def _locked(session: Session, job_id: str) -> JobRow:
    row = session.get(JobRow, job_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise MissingError("There is no such job.")
    return row
