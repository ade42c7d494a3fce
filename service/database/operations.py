"""Figures of the running service, for ``/ready`` and ``/metrics``."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from service.database import deliveries, jobs, reviews, webhooks, workers
from service.database.tables import ConversationRow, GradeRow, JobRow, Lane, RecordingRow
from service.database.types import now

_LATELY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How the service stands."""

    jobs: dict[tuple[str, ...], float]
    """By lane and state."""
    waiting: dict[Lane, float]
    """Seconds for which the oldest queued job has waited, by lane."""
    workers: dict[str, int]
    """Alive, by lane."""
    grades: dict[str, int]
    """Of the last hour, by decision."""
    reviews: dict[str, int]
    """By state."""
    recognition_speed: float | None
    """Seconds of audio a second over the last hour's recordings; None where there were none."""
    deliveries: dict[str, int]
    """By state."""
    webhooks: dict[str, int]
    """Subscriptions by state."""

    @property
    def review_share(self) -> float | None:
        """Share of the last hour's grades that go to people."""
        given = sum(self.grades.values())
        return self.grades.get("review", 0) / given if given else None


def figures(session: Session, *, at: datetime | None = None) -> Figures:
    """Give how the service stands."""
    at = at or now()
    since = jobs.oldest_waiting(session)
    return Figures(
        jobs={key: float(count) for key, count in jobs.depths(session).items()},
        waiting={lane: (at - oldest).total_seconds() for lane, oldest in since.items()},
        workers=alive(session, at=at),
        grades=_grades(session, at),
        reviews=reviews.counts(session),
        recognition_speed=_recognition_speed(session, at),
        deliveries=deliveries.counts(session),
        webhooks=webhooks.counts(session),
    )


def alive(session: Session, *, at: datetime | None = None) -> dict[str, int]:
    """Count the workers that have beaten lately, by lane."""
    counts: dict[str, int] = {}
    for row in workers.alive(session, at=at):
        counts[row.lane] = counts.get(row.lane, 0) + 1
    return counts


def answers(session: Session) -> bool:
    """Tell whether the database answers; raises what the driver raises where it does not."""
    return bool(session.scalar(text("SELECT 1")))


def _grades(session: Session, at: datetime) -> dict[str, int]:
    lately = select(GradeRow.decision, func.count()).where(GradeRow.graded_at >= at - _LATELY)
    return dict(session.execute(lately.group_by(GradeRow.decision)).all())


def _recognition_speed(session: Session, at: datetime) -> float | None:
    done = (
        select(RecordingRow.duration, JobRow.started_at, JobRow.finished_at)
        .join(ConversationRow, ConversationRow.recording_id == RecordingRow.id)
        .join(JobRow, JobRow.conversation_id == ConversationRow.id)
        .where(JobRow.kind == "recording", JobRow.state == "done", JobRow.finished_at >= at - _LATELY)
    )
    audio = spent = 0.0
    for duration, started, finished in session.execute(done):
        if duration is not None and started is not None and finished is not None:
            audio += duration
            spent += (finished - started).total_seconds()
    return audio / spent if spent else None
