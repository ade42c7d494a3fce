"""What a worker works with, and how it puts down what it has done."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy.orm import Session

from grader.pipeline import Graded
from grader.problems import Problem
from service.database import Database, claims, conversations, results
from service.database.claims import Claim
from service.database.errors import LostLeaseError
from service.database.types import now
from service.jobs.backoff import Backoff
from service.jobs.graders import Graders
from service.vault import Vault

_log = logging.getLogger(__name__)

Outcome: TypeAlias = Graded | Problem

GONE = Problem(
    source="job",
    place=None,
    problem="The conversation was removed before it was graded.",
    remedy="Nothing needs to be done.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What a worker works with."""

    database: Database
    vault: Vault
    graders: Graders
    backoff: Backoff = field(default_factory=Backoff)

    def settle(self, outcomes: Sequence[tuple[Claim, Outcome]]) -> None:
        """Put down what came of claimed jobs: result, acknowledgement, review and events in one transaction.

        A job that was taken from this worker meanwhile is left out, with all that belongs to it. A problem with the
        input is final: the same input would have it again.
        """
        with self.database.write() as session:
            for claim, outcome in outcomes:
                try:
                    with session.begin_nested():
                        _settle(session, claim, outcome)
                except LostLeaseError:
                    _log.warning("job %s was taken over; its result is dropped", claim.id)

    def put_back(self, held: Sequence[Claim], error: Exception) -> None:
        """Put jobs back that failed for a reason that may pass; after the last attempt they are given up."""
        problem = _problem(error)
        _log.error("jobs failed: %s", problem.problem)
        with self.database.write() as session:
            for claim in held:
                last = claim.attempts >= claim.max_attempts
                retry_at = None if last else now() + self.backoff.wait(claim.attempts)
                try:
                    with session.begin_nested():
                        claims.fail(session, claim, problem, retry_at=retry_at)
                except LostLeaseError:
                    _log.warning("job %s was taken over", claim.id)


def _settle(session: Session, claim: Claim, outcome: Outcome) -> None:
    row = None
    if claim.conversation_id is not None:
        # Before the job's row: whoever erases a conversation locks in the same order.
        row = conversations.get(session, claim.conversation_id, lock=True)
    if isinstance(outcome, Problem):
        claims.fail(session, claim, outcome, retry_at=None)
        return
    claims.complete(session, claim)
    if row is None or row.document is None:
        return  # purged meanwhile
    results.store(session, row, outcome, job_id=claim.id)
    heard = outcome.conversation.transcription
    if row.recording_id and heard and (recording := conversations.recording(session, row.recording_id)):
        recording.duration = heard.duration


def _problem(error: Exception) -> Problem:
    """Tell of an error by its kind and place: its message may hold what was said."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
    return Problem(
        source="worker",
        place=None,
        problem=f"The job failed with {type(error).__name__}{where}.",
        remedy="It is tried again by itself; retry it once the cause is mended where it was given up.",
    )
