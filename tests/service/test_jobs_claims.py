"""The rules of the job table: who gets what when, what counts, and what happens to failures."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy.orm import Session
from store_stage import chat

from grader.problems import Problem
from service.database import Database, claims, conversations, jobs
from service.database.claims import Claim
from service.database.errors import ConflictError, LostLeaseError, MissingError
from service.database.tables import EventRow, JobKind, JobState
from service.database.types import now

LEASE = timedelta(minutes=1)
BROKEN = Problem(source="c-1", place=None, problem="It broke.", remedy="Mend it.")


def _submit(database: Database, *priorities: int, kind: JobKind = "grade") -> list[str]:
    ids = []
    with database.write() as session:
        for number, priority in enumerate(priorities):
            row = conversations.add(session, chat(f"{kind}-{number}-{now()}"), source="shop")
            ids.append(jobs.submit(session, kind, conversation_id=row.id, priority=priority).id)
    return ids


def _claim(
    database: Database, *, limit: int = 1, at: datetime | None = None, worker: str = "w-1"
) -> list[Claim]:
    with database.write() as session:
        return claims.claim(session, "text", worker_id=worker, limit=limit, lease=LEASE, at=at)


def _state(database: Database, job_id: str) -> JobState:
    with database.read() as session:
        row = jobs.get(session, job_id)
        assert row is not None
        return row.state


def test_the_urgent_go_first_and_alone(database: Database) -> None:
    """Interactive jobs come before nightly ones, and a batch never mixes the two."""
    nightly, urgent, nightly_too = _submit(database, jobs.NIGHTLY, jobs.INTERACTIVE, jobs.NIGHTLY)
    assert [claim.id for claim in _claim(database, limit=8)] == [urgent]
    assert [claim.id for claim in _claim(database, limit=8)] == [nightly, nightly_too]
    assert _claim(database, limit=8) == []


def test_lanes_are_kept_apart(database: Database) -> None:
    """Text workers never get recordings."""
    _submit(database, jobs.ORDINARY, kind="recording")
    assert _claim(database) == []
    with database.write() as session:
        assert claims.due(session, "speech")
        assert len(claims.claim(session, "speech", worker_id="w", limit=1, lease=LEASE)) == 1


def test_a_job_is_held_by_one_worker(database: Database) -> None:
    """What one worker holds no other gets, until the lease has run out."""
    (job,) = _submit(database, 0)
    start = now()
    (first,) = _claim(database, at=start)
    assert _claim(database, at=start + LEASE / 2) == []
    (second,) = _claim(database, at=start + LEASE * 2, worker="w-2")
    assert (first.id, second.id) == (job, job)
    assert second.fence > first.fence


def test_a_renewed_lease_keeps_the_job(database: Database) -> None:
    """Renewing in time keeps others out for as long as it goes on."""
    _submit(database, 0)
    start = now()
    held = _claim(database, at=start)
    with database.write() as session:
        assert claims.renew(session, held, lease=LEASE, at=start + LEASE / 2) == held
    assert _claim(database, at=start + LEASE * 1.2) == []
    assert len(_claim(database, at=start + LEASE * 2)) == 1
    with database.write() as session:
        assert claims.renew(session, held, lease=LEASE) == []


@pytest.mark.parametrize(
    "act",
    [
        claims.complete,
        partial(claims.fail, problem=BROKEN, retry_at=None),
        partial(claims.progress, done=1, total=2, step=None),
    ],
)
def test_a_worker_that_comes_back_from_the_dead_changes_nothing(
    database: Database, act: Callable[[Session, Claim], None]
) -> None:
    """Once another has claimed the job, whatever the first one writes is refused with its whole transaction."""
    (job,) = _submit(database, 0)
    start = now()
    (first,) = _claim(database, at=start)
    (second,) = _claim(database, at=start + LEASE * 2, worker="w-2")
    with pytest.raises(LostLeaseError), database.write() as session:  # noqa: PT012  all of it is rolled back
        session.add(EventRow(type="alert.raised", body="{}"))
        act(session, first)
    with database.write() as session:
        assert session.query(EventRow).count() == 0
        claims.complete(session, second)
    assert _state(database, job) == "done"


def test_a_failure_is_tried_again_later(database: Database) -> None:
    """A failed attempt waits until its time, with the error to be seen meanwhile."""
    (job,) = _submit(database, 0)
    start = datetime(2036, 1, 1, tzinfo=UTC)
    (claim,) = _claim(database, at=start)
    with database.write() as session:
        claims.fail(session, claim, BROKEN, retry_at=start + LEASE)
    assert _claim(database, at=start + LEASE / 2) == []
    (again,) = _claim(database, at=start + LEASE)
    assert (again.id, again.attempts) == (job, 2)
    with database.read() as session:
        row = jobs.get(session, job)
        assert row is not None
        assert row.error == BROKEN.as_json()
        outcomes = [(attempt.outcome, attempt.error) for attempt in jobs.attempts_of(session, job)]
    assert outcomes == [("error", BROKEN.as_json()), ("running", None)]


def test_a_job_that_was_given_up_is_told_and_can_be_retried(database: Database) -> None:
    """The dead-letter state tells subscribers, keeps the error, and a person brings the job back."""
    (job,) = _submit(database, 0)
    (claim,) = _claim(database)
    with database.write() as session:
        claims.fail(session, claim, BROKEN, retry_at=None)
    assert _state(database, job) == "failed"
    with database.write() as session:
        event = session.query(EventRow).one()
        assert (event.type, event.job_id) == ("job.failed", job)
        assert "It broke." in event.body
        assert jobs.retry(session, job).attempts == 0
    (again,) = _claim(database)
    assert (again.id, again.attempts) == (job, 1)
    assert again.fence > claim.fence


def test_a_job_that_kills_its_workers_is_given_up(database: Database) -> None:
    """Vanished workers count as attempts, so that a job which takes them down ends as failed."""
    (job,) = _submit(database, 0)
    at = now()
    for attempt in range(1, jobs.MAX_ATTEMPTS + 1):
        (claim,) = _claim(database, at=at)
        assert claim.attempts == attempt
        at += LEASE * 2
    assert _claim(database, at=at) == []
    assert _state(database, job) == "failed"
    with database.read() as session:
        outcomes = {attempt.outcome for attempt in jobs.attempts_of(session, job)}
    assert outcomes == {"lost"}


def test_a_job_that_was_tried_before_comes_alone(database: Database) -> None:
    """What may have killed a worker takes no others with it at the next attempt."""
    first, second, third = _submit(database, 0, 0, 0)
    at = now()
    assert len(_claim(database, limit=2, at=at)) == 2
    at += LEASE * 2
    assert [claim.id for claim in _claim(database, limit=8, at=at)] == [third]
    assert [claim.id for claim in _claim(database, limit=8, at=at)] == [first]
    assert [claim.id for claim in _claim(database, limit=8, at=at)] == [second]


def test_returned_jobs_are_free_at_once_and_no_attempt_is_counted(database: Database) -> None:
    """A worker that is stopped gives back what it holds, as if it had never claimed it."""
    (job,) = _submit(database, 0)
    held = _claim(database)
    with database.write() as session:
        claims.give_back(session, held)
    (again,) = _claim(database, worker="w-2")
    assert (again.id, again.attempts) == (job, 1)


def test_what_a_dead_worker_held_is_freed_without_waiting(database: Database) -> None:
    """A worker known to be dead loses its jobs at once; another's are left alone."""
    mine, _ = _submit(database, 0, 0)
    (held,) = _claim(database, worker="w-dead")
    _claim(database, worker="w-alive")
    with database.write() as session:
        claims.release_worker(session, "w-dead")
    assert [claim.id for claim in _claim(database)] == [mine] == [held.id]


def test_a_cancelled_job_takes_no_result(database: Database) -> None:
    """A job that is cancelled while it is done stays cancelled."""
    (job,) = _submit(database, 0)
    (claim,) = _claim(database)
    with database.write() as session:
        jobs.cancel(session, job)
    with pytest.raises(LostLeaseError), database.write() as session:
        claims.complete(session, claim)
    assert _state(database, job) == "cancelled"


def test_only_what_ended_badly_is_retried_and_only_what_goes_on_is_cancelled(database: Database) -> None:
    """Other states are refused with the reason; so are jobs that do not exist."""
    (job,) = _submit(database, 0)
    with database.write() as session, pytest.raises(ConflictError, match="The job is queued"):
        jobs.retry(session, job)
    (claim,) = _claim(database)
    with database.write() as session:
        claims.complete(session, claim)
    with database.write() as session, pytest.raises(ConflictError, match="The job is done already"):
        jobs.cancel(session, job)
    with database.write() as session, pytest.raises(MissingError):
        jobs.retry(session, "no such job")


def test_queue_figures(database: Database) -> None:
    """Depth by lane and state, and the age of the oldest, for the metrics."""
    _submit(database, 0, 0, 0)
    _claim(database)
    with database.read() as session:
        assert jobs.depths(session) == {("text", "queued"): 2, ("text", "running"): 1}
        assert jobs.oldest_waiting(session)["text"] <= now()
