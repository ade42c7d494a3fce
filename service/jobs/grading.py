"""Jobs that grade: stored transcripts in batches, recordings one by one, selections once more."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from grader.conversation import Conversation
from grader.pipeline import Graded
from grader.problems import Problem
from grader.redaction import displayed
from service.database import claims, conversations, grades, regrades
from service.database.claims import Claim
from service.database.errors import LostLeaseError
from service.database.tables import RecordingRow
from service.jobs.bench import GONE, Bench, Outcome

PIECE: Final = 64
"""Conversations of a re-grade that are graded and kept together."""

SLICE: Final = 10.0
"""Seconds a re-grade goes on before others have their turn."""


def grade(bench: Bench, held: Sequence[Claim]) -> None:
    """Grade stored transcripts together."""
    with bench.database.read() as session:
        rows = [conversations.get(session, claim.conversation_id or "") for claim in held]
        grader = bench.graders.now(session)
    stored = [conversations.read(row) if row else None for row in rows]
    graded = iter(grader.grade([conversation for conversation in stored if conversation]))
    outcomes: list[Outcome] = [next(graded) if conversation else GONE for conversation in stored]
    bench.settle(list(zip(held, outcomes, strict=True)))


def recording(bench: Bench, held: Sequence[Claim]) -> None:
    """Transcribe recordings and grade them, each for itself."""
    for claim in held:
        bench.settle([(claim, _heard(bench, claim))])


def regrade(bench: Bench, held: Sequence[Claim]) -> None:
    """Grade selections once more, in pieces that are kept as they come: a worker that takes over goes on there.

    After ``SLICE`` the job goes back into the queue, so that more urgent ones come between.
    """
    for claim in held:
        ends = time.monotonic() + SLICE
        after: str | None = ""
        while after is not None and time.monotonic() < ends:
            after = _regraded(bench, claim, after)
        if after is not None:
            with bench.database.write() as session:
                claims.give_back(session, [claim])


def _heard(bench: Bench, claim: Claim) -> Outcome:
    with bench.database.write() as session:
        claims.progress(session, claim, done=0, total=1, step="transcribing and grading")
    with bench.database.read() as session:
        row = conversations.get(session, claim.conversation_id or "")
        kept = conversations.recording(session, row.recording_id) if row and row.recording_id else None
        grader = bench.graders.now(session)
    conversation = conversations.read(row) if row else None
    if conversation is None or kept is None or kept.path is None:
        return GONE
    with bench.vault.file(kept.path, encrypted=kept.encrypted) as path:
        spoken = conversation.model_copy(
            update={"recording": str(path), "turns": (), "transcription": None, "role_confidence": None}
        )
        result = grader.grade([spoken])[0]
    return _named(result, conversation, kept)


def _named(result: Outcome, conversation: Conversation, kept: RecordingRow) -> Outcome:
    """Call the recording what its sender knows, not where it lies here."""
    if isinstance(result, Problem):
        return replace(result, source=f"recording {kept.id} of {displayed(conversation.id)}")
    return result


def _regraded(bench: Bench, claim: Claim, after: str) -> str | None:
    """Grade the conversations of a selection that follow ``after``; give the last one, None where that was all."""
    with bench.database.read() as session:
        row = regrades.get(session, claim.regrade_id or "")
        if row is None:
            raise LostLeaseError("The re-grade is gone.")
        decided = row.state != "running"
        rows = [] if decided else regrades.remaining(session, row, after=after, limit=PIECE)
        grader = bench.graders.applying(regrades.scorecards_of(session, row))
    stored = [(one.id, conversation) for one in rows if (conversation := conversations.read(one))]
    graded = grader.grade([conversation for _, conversation in stored])
    with bench.database.write() as session:
        for (conversation_id, _), outcome in zip(stored, graded, strict=True):
            conversation_row = conversations.get(session, conversation_id, lock=True)
            if isinstance(outcome, Graded) and conversation_row and conversation_row.document is not None:
                grades.add(session, conversation_row, outcome.grade, job_id=claim.id, regrade_id=row.id)
        done, total = regrades.progress(session, row)
        # Last, for the fence decides whether any of it counts.
        claims.progress(session, claim, done=done, total=max(total, 1), step="grading")
        if not rows:
            if not decided:
                regrades.finish(session, session.merge(row))
            claims.complete(session, claim)
    return rows[-1].id if rows else None
