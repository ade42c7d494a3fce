"""The daily purge: what is kept too long goes, and what an interrupted upload left behind."""

import time
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.database import audit, claims, conversations, events, idempotency, jobs, retention
from service.database.claims import Claim
from service.database.types import now
from service.jobs.bench import Bench

ORPHANED: Final = 24 * 3600.0
"""Seconds after which a file that no recording names is taken to be left behind."""


def schedule(session: Session, *, at: datetime | None = None) -> None:
    """Queue the purge of the day, once however many ask for it."""
    name = f"purge {(at or now()).date().isoformat()}"
    job_id = str(uuid.uuid5(uuid.NAMESPACE_OID, name))
    if jobs.get(session, job_id):
        return
    try:
        with session.begin_nested():
            jobs.submit(session, "purge", priority=jobs.NIGHTLY, created_by="system", job_id=job_id)
    except IntegrityError:
        return  # another process was faster


def purge(bench: Bench, held: Sequence[Claim]) -> None:
    """Remove what is over, a piece a transaction."""
    for claim in held:
        counts = {"recordings": 0, "transcripts": 0, "grades": 0}
        while _removed(bench, counts):
            pass
        orphans = _sweep(bench)
        with bench.database.write() as session:
            idempotency.forget(session)
            events.forget(session)
            claims.complete(session, claim)
            details = {**counts, "orphaned_files": orphans}
            audit.append(session, actor="system", action="purge", object_kind="conversation", details=details)


def _removed(bench: Bench, counts: dict[str, int]) -> bool:
    with bench.database.write() as session:
        purged = retention.purge(session)
        for path in purged.recordings:  # before the commit: a file that nothing names would be kept for ever
            bench.vault.remove(path)
    counts["recordings"] += len(purged.recordings)
    counts["transcripts"] += purged.transcripts
    counts["grades"] += purged.grades
    return purged.anything


def _sweep(bench: Bench) -> int:
    """Delete files that no recording names, once they are a day old."""
    old = [path for path, changed in bench.vault.paths() if time.time() - changed > ORPHANED]
    with bench.database.read() as session:
        orphans = conversations.unknown_paths(session, old)
    for path in orphans:
        bench.vault.remove(path)
    return len(orphans)
