"""Taking words out of what is kept, and whole conversations out of the store."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from grader.grade import Grade
from service.database.tables import (
    AdjudicationRow,
    AppealRow,
    ConversationRow,
    EventRow,
    GradeRow,
    IdempotencyRow,
    JobRow,
    RecordingRow,
    ReviewRow,
    VerdictRow,
)


def blank(session: Session, rows: Sequence[ConversationRow], *, at: datetime) -> None:
    """Remove every word that was said; states, scores, probabilities and verdicts stay.

    What was still to be reviewed or decided is over: nobody can judge what nobody can read.
    """
    ids = [row.id for row in rows]
    _close(session, ids, at)
    for row in rows:
        row.document = None
    for grade in session.scalars(select(GradeRow).where(GradeRow.conversation_id.in_(ids))):
        grade.document = _without_words(Grade.model_validate_json(grade.document)).model_dump_json()
    session.execute(
        update(VerdictRow).where(VerdictRow.conversation_id.in_(ids)).values(comment=None, evidence=[])
    )
    session.execute(
        update(ReviewRow).where(ReviewRow.conversation_id.in_(ids)).values(comment=None, request=None)
    )
    about = select(AppealRow.id).where(AppealRow.conversation_id.in_(ids))
    session.execute(update(AdjudicationRow).where(AdjudicationRow.appeal_id.in_(about)).values(reason=""))
    session.execute(update(AppealRow).where(AppealRow.conversation_id.in_(ids)).values(grounds=""))
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.conversation_id.in_(ids)))
    session.flush()


def detach_recordings(session: Session, rows: Sequence[ConversationRow], *, at: datetime) -> list[str]:
    """Forget where originals lie; give their paths, whose files the caller deletes before it commits.

    A file that is gone while the row still names it is found out and forgotten by the next purge; the other way round
    it would be kept for ever.
    """
    ids = [row.recording_id for row in rows if row.recording_id]
    kept = select(RecordingRow).where(RecordingRow.id.in_(ids), RecordingRow.path.is_not(None))
    paths = []
    for recording in session.scalars(kept):
        paths.append(str(recording.path))
        recording.path, recording.purged_at = None, at
    session.flush()
    return paths


def delete_conversations(session: Session, rows: Sequence[ConversationRow]) -> list[str]:
    """Remove conversations with everything about them; give the paths of their recordings as above."""
    ids = [row.id for row in rows]
    recordings = {row.recording_id for row in rows if row.recording_id}
    paths = session.scalars(
        select(RecordingRow.path).where(RecordingRow.id.in_(recordings), RecordingRow.path.is_not(None))
    ).all()
    reviews = select(ReviewRow.id).where(ReviewRow.conversation_id.in_(ids))
    jobs = select(JobRow.id).where(JobRow.conversation_id.in_(ids))
    # In the order in which rows refer to each other; adjudications, verdicts, results, deliveries and attempts go along.
    session.execute(delete(EventRow).where(EventRow.conversation_id.in_(ids) | EventRow.job_id.in_(jobs)))
    session.execute(delete(AppealRow).where(AppealRow.conversation_id.in_(ids)))
    session.execute(delete(VerdictRow).where(VerdictRow.review_id.in_(reviews)))
    session.execute(delete(ReviewRow).where(ReviewRow.conversation_id.in_(ids)))
    session.execute(delete(IdempotencyRow).where(IdempotencyRow.conversation_id.in_(ids)))
    session.execute(delete(GradeRow).where(GradeRow.conversation_id.in_(ids)))
    session.execute(delete(JobRow).where(JobRow.conversation_id.in_(ids)))
    session.execute(delete(ConversationRow).where(ConversationRow.id.in_(ids)))
    session.execute(delete(RecordingRow).where(RecordingRow.id.in_(recordings)))
    return [path for path in paths if path]


def _close(session: Session, ids: Sequence[str], at: datetime) -> None:
    reviews = ReviewRow.conversation_id.in_(ids) & ReviewRow.state.in_(["waiting", "claimed"])
    session.execute(update(ReviewRow).where(reviews).values(state="obsolete", claimed_until=None))
    appeals = AppealRow.conversation_id.in_(ids) & (AppealRow.state == "open")
    session.execute(update(AppealRow).where(appeals).values(state="withdrawn", decided_at=at))


def _without_words(grade: Grade) -> Grade:
    criteria = tuple(c.model_copy(update={"evidence": (), "reason": ""}) for c in grade.criteria)
    return grade.model_copy(update={"criteria": criteria})
