"""Erasing one customer: every word and every name that leads to the person goes; the statistics stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from grader.grade import Grade
from service.database.audit import append
from service.database.removal import blank, detach_recordings
from service.database.tables import (
    ConversationRow,
    EventRow,
    GradeRow,
    JobAttemptRow,
    JobRow,
    RecordingRow,
)
from service.database.types import now


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased."""

    conversations: int
    recordings: Sequence[str]
    """Paths of recordings: the caller deletes the files, then commits."""


def erase_customer(
    session: Session,
    customer_hash: str,
    *,
    actor: str,
    source: str | None = None,
    request_id: str | None = None,
    at: datetime | None = None,
) -> Erased:
    """Erase a customer's conversations, those of one ``source`` or of all, with an audit row.

    Scores, states, probabilities and verdicts stay under the agent's and the team's name. What jobs are still doing for
    the customer is cancelled, and their results are not taken.
    """
    at = at or now()
    of_customer = select(ConversationRow).where(ConversationRow.customer_hash == customer_hash)
    if source is not None:
        of_customer = of_customer.where(ConversationRow.source == source)
    rows = session.scalars(of_customer.with_for_update(key_share=True)).all()
    _stop(session, [row.id for row in rows], at)
    blank(session, rows, at=at)
    for row in rows:
        _unname(session, row)
        row.customer_hash, row.erased_at = None, at
    paths = detach_recordings(session, rows, at=at)
    details = {"conversations": len(rows), "recordings": len(paths)}
    append(
        session, actor=actor, action="erase", object_kind="customer", details=details, request_id=request_id
    )
    return Erased(conversations=len(rows), recordings=paths)


def _stop(session: Session, ids: Sequence[str], at: datetime) -> None:
    """End the jobs that are under way, and forget what was said about them."""
    jobs = JobRow.conversation_id.in_(ids)
    unfinished = JobRow.state.in_(["queued", "running", "failed"])
    ended = {"state": "cancelled", "finished_at": at, "lease_until": None}
    session.execute(update(JobRow).where(jobs, unfinished).values(**ended))
    session.execute(update(JobRow).where(jobs).values(error=None))
    attempts = select(JobRow.id).where(jobs)
    session.execute(update(JobAttemptRow).where(JobAttemptRow.job_id.in_(attempts)).values(error=None))
    session.execute(delete(EventRow).where(EventRow.conversation_id.in_(ids)))


def _unname(session: Session, row: ConversationRow) -> None:
    """Take the platform's name of the conversation out, and the digest by which its audio could be known."""
    row.external_id = f"erased:{row.id}"
    for grade in session.scalars(select(GradeRow).where(GradeRow.conversation_id == row.id)):
        named = Grade.model_validate_json(grade.document)
        grade.document = named.model_copy(update={"conversation_id": row.external_id}).model_dump_json()
    if row.recording_id and (recording := session.get(RecordingRow, row.recording_id)):
        recording.sha256 = ""
    session.flush()
