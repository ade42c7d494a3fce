"""Conversations and recordings: kept redacted, found again by the platform's id."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from grader.conversation import Conversation
from service.database.errors import ConflictError
from service.database.inserting import insert_rows
from service.database.tables import ConversationRow, RecordingRow
from service.database.types import new_id, now

_PIECE: Final = 500


def add(
    session: Session,
    conversation: Conversation,
    *,
    source: str,
    customer_hash: str | None = None,
    recording: RecordingRow | None = None,
    created_by: str | None = None,
) -> ConversationRow:
    """Keep a conversation that is redacted already (``Grader.prepare``; ``Redactor.redact`` for a recording).

    Raises:
        ConflictError: the source has sent a conversation of that id before.
    """
    row = _row(
        conversation,
        source=source,
        customer_hash=customer_hash,
        recording_id=recording.id if recording else None,
        created_by=created_by,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise ConflictError(
            f"{source} has sent a conversation with the id {conversation.id} before. Give each its own id."
        ) from None
    return row


def add_all(
    session: Session,
    conversations: Sequence[tuple[Conversation, str | None]],
    *,
    source: str,
    created_by: str | None = None,
) -> list[str]:
    """Keep many at once, each with its customer's hash, all or none; gives their ids.

    Raises:
        ConflictError: the source has sent one of them before.
    """
    rows = [
        _row(conversation, source=source, customer_hash=customer, created_by=created_by)
        for conversation, customer in conversations
    ]
    try:
        with session.begin_nested():
            insert_rows(session, rows)
    except IntegrityError:
        raise ConflictError(f"{source} has sent one of the conversations before.") from None
    return [row.id for row in rows]


def _row(
    conversation: Conversation,
    *,
    source: str,
    customer_hash: str | None,
    recording_id: str | None = None,
    created_by: str | None,
) -> ConversationRow:
    received = now()
    row = ConversationRow(
        id=new_id(),
        source=source,
        external_id=conversation.id,
        happened_at=conversation.started_at or received,
        received_at=received,
        customer_hash=customer_hash,
        recording_id=recording_id,
        created_by=created_by,
    )
    write(row, conversation)
    return row


def write(row: ConversationRow, conversation: Conversation) -> None:
    """Put a redacted conversation into its row, without the customer's id, of which the hash alone is kept.

    Where the audio lies is nobody's business outside the store.
    """
    recording = f"recordings/{row.recording_id}" if row.recording_id else None
    customer = conversation.customer.model_copy(update={"id": None})
    kept = conversation.model_copy(update={"recording": recording, "customer": customer})
    row.channel = kept.channel
    row.language = kept.language
    row.agent_id = kept.agent.id
    row.team = kept.agent.team
    row.queue = kept.queue
    row.direction = kept.direction
    row.turn_count = len(kept.turns)
    row.document = kept.model_dump_json()


def read(row: ConversationRow) -> Conversation | None:
    """Give the redacted conversation; None where it was purged or erased."""
    return Conversation.model_validate_json(row.document) if row.document is not None else None


def require_words(row: ConversationRow) -> None:
    """Refuse to have people judge what nobody can read.

    Raises:
        ConflictError: the words were purged or erased.
    """
    if row.document is None:
        raise ConflictError("The words of the conversation were removed. Nobody can judge it any more.")


def get(session: Session, conversation_id: str, *, lock: bool = False) -> ConversationRow | None:
    """Find a conversation by its id; ``lock`` keeps others from changing it until the transaction ends."""
    # Rows that refer to the conversation may be added meanwhile: they need no more than its key.
    how = {"key_share": True} if lock else None
    return session.get(ConversationRow, conversation_id, with_for_update=how, populate_existing=lock)


def find(session: Session, source: str, external_id: str) -> ConversationRow | None:
    """Find a conversation by the platform's own name for it."""
    named = (ConversationRow.source == source) & (ConversationRow.external_id == external_id)
    return session.scalar(select(ConversationRow).where(named))


def known(session: Session, source: str, external_ids: Sequence[str]) -> set[str]:
    """Give those of the ids under which the source has sent a conversation."""
    named = (ConversationRow.source == source) & ConversationRow.external_id.in_(external_ids)
    return set(session.scalars(select(ConversationRow.external_id).where(named)))


def add_recording(
    session: Session,
    *,
    path: str,
    sha256: str,
    size: int,
    media_type: str,
    encrypted: bool,
    created_by: str | None = None,
) -> RecordingRow:
    """Keep where a recording's original lies (``service.vault``)."""
    row = RecordingRow(
        id=new_id(),
        path=path,
        sha256=sha256,
        size=size,
        media_type=media_type,
        encrypted=encrypted,
        created_by=created_by,
    )
    session.add(row)
    session.flush()
    return row


def recording(session: Session, recording_id: str) -> RecordingRow | None:
    """Find a recording."""
    return session.get(RecordingRow, recording_id)


def unknown_paths(session: Session, paths: Sequence[str]) -> list[str]:
    """Give those of the paths that no recording names."""
    unknown = set(paths)
    for start in range(0, len(paths), _PIECE):
        piece = paths[start : start + _PIECE]
        unknown -= set(session.scalars(select(RecordingRow.path).where(RecordingRow.path.in_(piece))))
    return sorted(unknown)
