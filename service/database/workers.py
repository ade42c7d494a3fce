"""The workers' heartbeats, for ``/ready`` and for people."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.database.tables import Lane, WorkerRow
from service.database.types import now

ALIVE: Final = timedelta(seconds=30)
"""A worker that has not beaten for longer is not counted."""

FORGOTTEN: Final = timedelta(days=1)


def register(session: Session, worker_id: str, *, lane: Lane, host: str, pid: int) -> None:
    """Write a worker down that has started, and forget those that ended long ago."""
    session.execute(delete(WorkerRow).where(WorkerRow.beat_at < now() - FORGOTTEN))
    session.add(WorkerRow(id=worker_id, lane=lane, host=host, pid=pid))
    session.flush()


def beat(session: Session, worker_id: str, *, held: int, at: datetime | None = None) -> None:
    """Say that a worker lives, and how many jobs it holds."""
    session.execute(update(WorkerRow).where(WorkerRow.id == worker_id).values(beat_at=at or now(), held=held))


def leave(session: Session, worker_id: str) -> None:
    """Remove a worker that ends, or is known to be dead."""
    session.execute(delete(WorkerRow).where(WorkerRow.id == worker_id))


def alive(session: Session, *, at: datetime | None = None) -> Sequence[WorkerRow]:
    """Give the workers that have beaten lately."""
    lately = WorkerRow.beat_at >= (at or now()) - ALIVE
    return session.scalars(select(WorkerRow).where(lately).order_by(WorkerRow.id)).all()
