"""What workers do with each kind of job, and how they stop."""

import base64
import os
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import store_stage
from sqlalchemy import select
from sqlalchemy.orm import Session
from store_stage import NEXT, STANDING, chat, graded

from grader.conversation import Conversation
from grader.pipeline import Graded, Grader
from grader.problems import Problem
from grader.scorecard.loading import SHIPPED
from models.interfaces import ConversationLabels, ConversationLike
from service.database import Database, audit, conversations, grades, jobs, regrades, results, workers
from service.database.selection import Selection
from service.database.tables import ConversationRow, EventRow, GradeRow, JobRow, JobState
from service.database.types import new_id
from service.jobs.backoff import Backoff
from service.jobs.bench import Bench
from service.jobs.graders import Graders
from service.jobs.purging import schedule
from service.jobs.runner import Pace, Runner
from service.scorecards import install_shipped, keep
from service.settings import ServiceSettings
from service.store import open_database
from service.vault import Vault
from service.worker import Workers

KEY = base64.b64encode(bytes(32)).decode()
SOON = 60.0
"""Seconds until a worker must have done what it is given; it is waited for no longer than that takes."""


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Bench:
    """A bench with the tiny stages and encrypted recordings."""
    return Bench(
        database=database,
        vault=Vault(tmp_path, KEY),
        graders=Graders(store_stage.grader),
        backoff=Backoff(first=0.01),
    )


def _submit_chat(database: Database, name: str) -> str:
    with database.write() as session:
        row = conversations.add(session, graded(chat(name)).conversation, source="shop")
        return jobs.submit(session, "grade", conversation_id=row.id).id


def _submit_recording(bench: Bench, name: str, audio: bytes) -> str:
    with bench.vault.writer() as writer:
        writer.write(audio)
        stored = writer.finish()
    with bench.database.write() as session:
        recording = conversations.add_recording(
            session,
            path=stored.path,
            sha256=stored.sha256,
            size=stored.size,
            media_type="audio/wav",
            encrypted=stored.encrypted,
        )
        spoken = chat(name).model_copy(
            update={"turns": (), "channel": "call", "metadata": {"agent_channel": "left"}}
        )
        row = conversations.add(session, spoken, source="shop", recording=recording)
        return jobs.submit(session, "recording", conversation_id=row.id).id


def _work(bench: Bench, *job_ids: str) -> list[JobState]:
    """Let a worker of each lane work until the jobs are over; give their states."""
    stop = threading.Event()
    runners = [
        Runner(bench, lane, worker_id=new_id(), pace=Pace(poll=0.01, grace=5.0))
        for lane in ("text", "speech")
    ]
    threads = [threading.Thread(target=runner.run, args=(stop,)) for runner in runners]
    for thread in threads:
        thread.start()
    try:
        return _over(bench.database, *job_ids)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _over(database: Database, *job_ids: str) -> list[JobState]:
    ends = time.monotonic() + SOON
    while True:
        with database.read() as session:
            states = [session.get_one(JobRow, job_id).state for job_id in job_ids]
        if not {"queued", "running"} & set(states) or time.monotonic() > ends:
            return states
        time.sleep(0.01)


def test_transcripts_are_graded_in_batches(bench: Bench) -> None:
    """What waits is graded together, and every conversation has the grade the grader gives it."""
    sizes: list[int] = []

    class Counting(Grader):
        def grade(self, conversations: Sequence[Conversation]) -> list[Graded | Problem]:
            sizes.append(len(conversations))
            return super().grade(conversations)

    whole = store_stage.grader()
    counting = Counting(**{name: getattr(whole, name) for name in Grader.__dataclass_fields__})
    ids = [_submit_chat(bench.database, f"c-{number}") for number in range(5)]
    assert _work(replace(bench, graders=Graders(lambda: counting)), *ids) == ["done"] * 5
    assert sizes == [5]
    with bench.database.read() as session:
        row = conversations.find(session, "shop", "c-3")
        assert row is not None
        grade = grades.current(session, row.id)
        assert grade is not None
        assert grades.read(grade) == graded(chat("c-3")).grade
        assert grade.job_id == ids[3]


def test_a_recording_is_transcribed_redacted_and_graded(bench: Bench) -> None:
    """An encrypted recording becomes a redacted transcript with a grade; where it lies is told nobody."""
    audio = "您好,抱歉,已为您更换。\n请打13912345678联系我,我的水壶坏了。".encode()
    job = _submit_recording(bench, "call-1", audio)
    assert _work(bench, job) == ["done"]
    with bench.database.read() as session:
        row = conversations.find(session, "shop", "call-1")
        assert row is not None
        heard = conversations.read(row)
        grade = grades.current(session, row.id)
        assert heard is not None
        assert grade is not None
        assert [turn.speaker for turn in heard.turns] == ["agent", "customer"]
        assert "[PHONE]" in heard.turns[1].text
        assert heard.recording == f"recordings/{row.recording_id}"
        assert grade.speech_model == "reading-1"
        recording = conversations.recording(session, row.recording_id or "")
        assert recording is not None
        assert recording.duration == 8.0


def test_input_that_cannot_be_graded_fails_at_once_with_the_reason(bench: Bench) -> None:
    """A recording that is none is not tried again: its job fails with what is wrong, and subscribers are told."""
    job = _submit_recording(bench, "call-1", b"noise")
    assert _work(bench, job) == ["failed"]
    with bench.database.read() as session:
        row = session.get_one(JobRow, job)
        assert row.attempts == 1
        assert row.error is not None
        assert row.error["problem"] == "The file is no recording."
        assert row.error["source"].endswith("of call-1")
        assert session.scalars(select(EventRow.type)).all() == ["job.failed"]


def test_an_error_is_tried_again_and_then_given_up(bench: Bench) -> None:
    """A failing machine is tried as often as allowed; the error names kind and place and no words."""

    def broken() -> Grader:
        raise OSError("the customer said 水壶")

    job = _submit_chat(bench.database, "c-1")
    assert _work(replace(bench, graders=Graders(broken)), job) == ["failed"]
    with bench.database.read() as session:
        row = session.get_one(JobRow, job)
        assert row.attempts == jobs.MAX_ATTEMPTS
        assert row.error is not None
        assert row.error["problem"].startswith("The job failed with OSError at test_jobs_work:")
        assert [attempt.outcome for attempt in jobs.attempts_of(session, job)] == [
            "error"
        ] * jobs.MAX_ATTEMPTS
    with bench.database.write() as session:
        jobs.retry(session, job)
    assert _work(bench, job) == ["done"]


def test_a_regrade_is_compared_and_then_adopted(bench: Bench) -> None:
    """Candidates leave the standing grades alone until they are adopted; the comparison says what would change."""
    with bench.database.write() as session:
        install_shipped(session)
        for number, said in enumerate(["您好。", "您烦死了!", "您好。"]):
            result = graded(chat(f"c-{number}", said=said))
            results.store(session, conversations.add(session, result.conversation, source="shop"), result)
        yaml = (SHIPPED / "service-zh.yaml").read_text(encoding="utf-8")
        lenient = yaml.replace(f"version: {STANDING}", f"version: {NEXT}", 1).replace(
            "pass_score: 75", "pass_score: 0", 1
        )
        new = keep(session, lenient, created_by=None)
        selection = Selection(external_ids=("c-0", "c-1"))
        row, job = regrades.begin(session, scorecard_ids=[new.id], selection=selection, created_by=None)
    assert _work(bench, job.id) == ["done"]
    with bench.database.write() as session:
        ready = regrades.get(session, row.id)
        assert ready is not None
        assert ready.state == "ready"
        assert ready.comparison is not None
        assert (ready.comparison["conversations"], ready.comparison["passed_changed"]) == (2, 1)
        assert {c["before"] == c["after"] for c in ready.comparison["criteria"]} == {True}
        assert _versions(session) == {"c-0": STANDING, "c-1": STANDING, "c-2": STANDING}
        assert regrades.adopt(session, row.id, by="user:u") == 2
        assert _versions(session) == {"c-0": NEXT, "c-1": NEXT, "c-2": STANDING}


def _versions(session: Session) -> dict[str, int]:
    current = select(ConversationRow.external_id, GradeRow.scorecard_version).join(
        GradeRow, GradeRow.conversation_id == ConversationRow.id
    )
    return dict(session.execute(current.where(GradeRow.standing == "current")).all())


def test_the_purge_of_the_day_is_queued_once(bench: Bench) -> None:
    """However many ask, there is one purge a day; it leaves an audit row."""
    for _ in range(3):
        with bench.database.write() as session:
            schedule(session)
    with bench.database.read() as session:
        (job,) = session.scalars(select(JobRow.id)).all()
    assert _work(bench, job) == ["done"]
    with bench.database.read() as session:
        assert [row.action for row in audit.listed(session).items] == ["purge"]


def test_a_worker_that_is_stopped_gives_back_what_it_cannot_finish(bench: Bench) -> None:
    """When the grace is over the job is free for others, at no attempt, and the worker is gone from the list."""
    released = threading.Event()

    class Stuck(store_stage.KeywordTurns):
        def predict(self, conversations: Sequence[ConversationLike]) -> list[ConversationLabels]:
            released.wait(SOON)
            return super().predict(conversations)

    stuck = replace(store_stage.grader(), turns=Stuck())
    job = _submit_chat(bench.database, "c-1")
    stop = threading.Event()
    runner = Runner(
        replace(bench, graders=Graders(lambda: stuck)),
        "text",
        worker_id=new_id(),
        pace=Pace(poll=0.01, grace=0.1),
    )
    finished: list[bool] = []
    thread = threading.Thread(target=lambda: finished.append(runner.run(stop)))
    thread.start()
    _until_running(bench.database, job)
    with bench.database.read() as session:
        assert len(workers.alive(session)) == 1
    stop.set()
    thread.join()
    assert finished == [False]
    with bench.database.read() as session:
        row = session.get_one(JobRow, job)
        assert (row.state, row.attempts) == ("queued", 0)
        assert workers.alive(session) == []
    released.set()
    assert _work(bench, job) == ["done"]


def _until_running(database: Database, job_id: str) -> None:
    ends = time.monotonic() + SOON
    while time.monotonic() < ends:
        with database.read() as session:
            if session.get_one(JobRow, job_id).state == "running":
                return
        time.sleep(0.01)


def test_worker_processes_are_replaced_and_stopped(tmp_path: Path) -> None:
    """The processes of a machine do the jobs; one that is killed is replaced; stopping leaves none."""
    settings = ServiceSettings(data=tmp_path, speech_workers=0, text_workers=1, poll=0.02, grace=5.0)
    database = open_database(settings)
    job = _submit_chat(database, "c-1")
    running = Workers(settings, assemble=store_stage.assemble)
    try:
        first = running.pids()
        assert _over(database, job) == ["done"]
        os.kill(first[0], signal.SIGKILL)
        ends = time.monotonic() + SOON
        while running.pids() == first and time.monotonic() < ends:
            running.tend()
            time.sleep(0.02)
        assert _over(database, _submit_chat(database, "c-2")) == ["done"]
    finally:
        running.stop()
    with database.read() as session:
        assert workers.alive(session) == []
    database.close()


@pytest.mark.parametrize(
    ("attempts", "least", "most"), [(1, 1, 2), (2, 2, 4), (5, 16, 32), (11, 1024, 2048), (99, 1800, 3600)]
)
def test_backoff(attempts: int, least: float, most: float) -> None:
    """Waits double from two seconds up to an hour, each between half and the whole."""
    waits = [Backoff().wait(attempts).total_seconds() for _ in range(50)]
    assert least <= min(waits)
    assert max(waits) <= most
    assert len(set(waits)) > 1
