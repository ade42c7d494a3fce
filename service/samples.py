"""Conversations from files, put into a store that holds none yet: so that a first look has something to show."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from grader.conversation import Conversation
from grader.problems import Problem
from grader.reading import read
from service.api.incoming import Incoming
from service.api.state import State
from service.database import conversations, jobs, selection
from service.database.selection import EVERYTHING, Selection
from service.identity import customer_hash

SOURCE: Final = "samples"

_PIECE: Final = 64 * 1024


def load_samples(state: State, paths: Iterable[Path]) -> int:
    """Queue what the files hold, recordings too, where the store is empty; give how many conversations that are.

    What cannot be read is left out: ``grader grade`` on the same files tells why.
    """
    with state.database.read() as session:
        if selection.count(session, Selection(), EVERYTHING):
            return 0
    found = [one for one in read(list(paths)) if isinstance(one, Conversation)]
    texts = [one for one in found if one.turns]
    prepared = state.graders.weights.prepare(texts)
    with state.database.write() as session:
        for sent, kept in zip(texts, prepared, strict=True):
            if not isinstance(kept, Problem):
                _queue_text(session, state, sent, kept)
        for spoken in found:
            if not spoken.turns and spoken.recording:
                _queue_recording(session, state, spoken, Path(spoken.recording))
    return len(found)


def _queue_text(session: Session, state: State, sent: Conversation, kept: Conversation) -> None:
    row = conversations.add(
        session,
        kept,
        source=SOURCE,
        customer_hash=customer_hash(state.secret, sent.customer.id),
        created_by="system",
    )
    jobs.submit(session, "grade", conversation_id=row.id, created_by="system")


def _queue_recording(session: Session, state: State, spoken: Conversation, path: Path) -> None:
    with path.open("rb") as file, Incoming(state.vault, most=state.settings.largest_recording) as incoming:
        while piece := file.read(_PIECE):
            incoming.write(piece)
        stored = incoming.finish()
    recording = conversations.add_recording(
        session,
        path=stored.path,
        sha256=stored.sha256,
        size=stored.size,
        media_type=incoming.media_type,
        encrypted=stored.encrypted,
        created_by="system",
    )
    redacted = state.graders.weights.redactor.redact([spoken])[0].conversation
    row = conversations.add(
        session,
        redacted,
        source=SOURCE,
        customer_hash=customer_hash(state.secret, spoken.customer.id),
        recording=recording,
        created_by="system",
    )
    jobs.submit(session, "recording", conversation_id=row.id, created_by="system")
