"""How long what is kept by channel, and what is over: removed in pieces, so that nobody waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from grader.conversation import Channel
from service.database.removal import blank, delete_conversations, detach_recordings
from service.database.tables import ConversationRow, RecordingRow, RetentionRow
from service.database.types import now

PIECE: Final = 200
"""Conversations that one transaction removes something of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What one transaction of a purge removed."""

    recordings: Sequence[str] = ()
    """Paths of recordings: the caller deletes the files, then commits."""
    transcripts: int = 0
    grades: int = 0
    """Conversations removed whole."""

    @property
    def anything(self) -> bool:
        """Tell whether there may be more to remove."""
        return bool(self.recordings or self.transcripts or self.grades)


def rules(session: Session) -> Sequence[RetentionRow]:
    """Give the rules there are; a channel without one keeps everything."""
    return session.scalars(select(RetentionRow).order_by(RetentionRow.channel)).all()


def set_rule(
    session: Session,
    channel: Channel,
    *,
    recording_days: int | None,
    transcript_days: int | None,
    grade_days: int | None,
    changed_by: str | None,
) -> RetentionRow:
    """Say for how many days recordings, transcripts and grades of a channel are kept; None keeps them."""
    row = session.merge(
        RetentionRow(
            channel=channel,
            recording_days=recording_days,
            transcript_days=transcript_days,
            grade_days=grade_days,
            changed_at=now(),
            changed_by=changed_by,
        )
    )
    session.flush()
    return row


def purge(session: Session, *, at: datetime | None = None) -> Purged:
    """Remove a piece of what is over; call it in transactions of its own until it removes nothing."""
    at = at or now()
    recordings: list[str] = []
    transcripts = grades = 0
    for rule in rules(session):
        removed, paths = _grades(session, rule, at)
        grades += removed
        transcripts += _transcripts(session, rule, at)
        recordings += [*paths, *_recordings(session, rule, at)]
    return Purged(recordings=recordings, transcripts=transcripts, grades=grades)


def _grades(session: Session, rule: RetentionRow, at: datetime) -> tuple[int, list[str]]:
    if rule.grade_days is None:
        return 0, []
    rows = session.scalars(_older(rule, rule.grade_days, at)).all()
    return len(rows), delete_conversations(session, rows)


def _transcripts(session: Session, rule: RetentionRow, at: datetime) -> int:
    if rule.transcript_days is None:
        return 0
    older = _older(rule, rule.transcript_days, at)
    rows = session.scalars(older.where(ConversationRow.document.is_not(None))).all()
    blank(session, rows, at=at)
    for row in rows:
        row.purged_at = at
    session.flush()
    return len(rows)


def _recordings(session: Session, rule: RetentionRow, at: datetime) -> list[str]:
    if rule.recording_days is None:
        return []
    older = _older(rule, rule.recording_days, at).join(
        RecordingRow, RecordingRow.id == ConversationRow.recording_id
    )
    rows = session.scalars(older.where(RecordingRow.path.is_not(None))).all()
    return detach_recordings(session, rows, at=at)


def _older(rule: RetentionRow, days: int, at: datetime) -> Select[Any]:
    over = (ConversationRow.channel == rule.channel) & (
        ConversationRow.received_at < at - timedelta(days=days)
    )
    return select(ConversationRow).where(over).order_by(ConversationRow.id).limit(PIECE)
