"""Workers that are killed with -9 at random moments lose nothing and grade nothing twice."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
import store_worker
from forking_stage import starter
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from store_stage import chat, graded

from service.database import Database, conversations, jobs, regrades, results, webhooks
from service.database.selection import Selection
from service.database.tables import (
    ConversationRow,
    CriterionResultRow,
    DeliveryRow,
    EventRow,
    GradeRow,
    JobAttemptRow,
    JobRow,
    ReviewRow,
)
from service.scorecards import install_shipped
from service.vault import Vault

JOBS = 200
MAX_KILLS = 12
SECONDS = 90.0
"""More than the work takes on a busy machine; the test ends as soon as it is done."""


@pytest.mark.timeout(180)
def test_killed_workers_lose_nothing_and_do_nothing_twice(database: Database, tmp_path: Path) -> None:
    """Of 200 mixed jobs every one is done, with one grade, its review and its events, however workers end."""
    with database.write() as session:
        _submit(session, Vault(tmp_path))
    kills = _work_under_fire(database, tmp_path, random.Random(20261122))
    assert kills >= 5
    with database.read() as session:
        _expect_all_done(session)
        _expect_one_grade_each(session)
        _expect_every_event(session)


def _submit(session: Session, vault: Vault) -> None:
    """Queue 150 chats, 49 recordings, and a re-grade of ten conversations graded before; subscribe to everything."""
    install_shipped(session)
    kinds = ["conversation.graded", "review.needed", "job.failed"]
    webhooks.subscribe(session, url="https://shop.example/hook", events=kinds, secrets=[])
    for number in range(10):
        before = graded(chat(f"before-{number}"))
        row = conversations.add(session, before.conversation, source="before")
        results.store(session, row, before)
    for number in range(JOBS - 1):
        said = "您好,已为您更换。" if number % 3 else "您烦死了!"
        conversation = chat(f"c-{number}", said=said)
        if number % 4 == 0:
            _submit_recording(session, vault, number, said)
            continue
        row = conversations.add(session, graded(conversation).conversation, source="shop")
        priority = jobs.INTERACTIVE if number % 5 == 0 else jobs.NIGHTLY
        jobs.submit(session, "grade", conversation_id=row.id, priority=priority)
    card = session.execute(text("SELECT id FROM scorecards WHERE name = 'service-zh'")).scalar_one()
    regrades.begin(session, scorecard_ids=[card], selection=Selection(sources=("before",)), created_by=None)


def _submit_recording(session: Session, vault: Vault, number: int, said: str) -> None:
    with vault.writer() as writer:
        writer.write(f"{said}\n我的水壶坏了。".encode())
        stored = writer.finish()
    recording = conversations.add_recording(
        session,
        path=stored.path,
        sha256=stored.sha256,
        size=stored.size,
        media_type="audio/wav",
        encrypted=stored.encrypted,
    )
    silent = chat(f"c-{number}").model_copy(
        update={
            "turns": (),
            "recording": "call.wav",
            "metadata": {"agent_channel": "left"},
            "channel": "call",
        }
    )
    row = conversations.add(session, silent, source="shop", recording=recording)
    jobs.submit(session, "recording", conversation_id=row.id)


def _work_under_fire(database: Database, data: Path, chance: random.Random) -> int:
    """Run two workers and kill one now and then until all is done; give the number of kills."""
    kills, ends = 0, time.monotonic() + SECONDS
    with starter(store_worker, database.url, str(data)) as start:
        running = [start(), start()]
        while time.monotonic() < ends and _unfinished(database):
            time.sleep(chance.uniform(0.02, 0.25))
            if kills < MAX_KILLS and _begun(database):
                victim = chance.randrange(2)
                os.kill(running[victim], signal.SIGKILL)
                running[victim] = start()
                kills += 1
        for pid in running:
            os.kill(pid, signal.SIGKILL)
    return kills


def _begun(database: Database) -> bool:
    """Tell whether a job is being done at this moment, so that a kill hits one."""
    with database.read() as session:
        return session.scalar(select(JobRow.id).where(JobRow.state == "running").limit(1)) is not None


def _unfinished(database: Database) -> int:
    with database.read() as session:
        open_jobs = select(func.count()).where(JobRow.state.in_(["queued", "running"]))
        return session.scalar(open_jobs) or 0


def _expect_all_done(session: Session) -> None:
    states = select(JobRow.state, JobRow.kind, func.count()).group_by(JobRow.state, JobRow.kind)
    found = {(state, kind): number for state, kind, number in session.execute(states)}
    assert found == {("done", "grade"): 149, ("done", "recording"): 50, ("done", "regrade"): 1}
    lost = select(func.count()).where(JobAttemptRow.outcome == "lost")
    assert session.scalar(lost), "no kill hit a worker that held a job"


def _expect_one_grade_each(session: Session) -> None:
    by_conversation = select(func.count()).select_from(GradeRow).where(GradeRow.standing == "current")
    by_conversation = by_conversation.group_by(GradeRow.conversation_id)
    assert set(session.scalars(by_conversation)) == {1}
    standings = select(GradeRow.standing, func.count()).group_by(GradeRow.standing)
    assert dict(session.execute(standings).all()) == {"current": 209, "candidate": 10}
    without = select(GradeRow.id).where(
        ~select(CriterionResultRow.grade_id).where(CriterionResultRow.grade_id == GradeRow.id).exists()
    )
    assert session.scalars(without).all() == []
    unwritten = select(ConversationRow.id).where(ConversationRow.turn_count == 0)
    assert session.scalars(unwritten).all() == []


def _expect_every_event(session: Session) -> None:
    """Every current grade has its event and each event its delivery, once; so has every review."""
    kinds = dict(session.execute(select(EventRow.type, func.count()).group_by(EventRow.type)).all())
    to_review = select(func.count()).where(GradeRow.standing == "current", GradeRow.decision == "review")
    reviews = session.scalar(to_review)
    assert reviews
    assert kinds["conversation.graded"] == 209
    assert kinds["review.needed"] == reviews == session.scalar(select(func.count()).select_from(ReviewRow))
    about = session.scalars(select(EventRow.conversation_id).where(EventRow.type == "conversation.graded"))
    assert len(set(about)) == 209
    deliveries = select(func.count()).select_from(DeliveryRow)
    assert session.scalar(deliveries) == kinds["conversation.graded"] + reviews
