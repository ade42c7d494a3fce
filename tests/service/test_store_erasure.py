"""Erasing a customer and purging what is over: words and files go, figures and other people's data stay."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session
from store_stage import chat, graded

from grader.conversation import Channel
from grader.grade import Evidence
from grader.problems import InputError, Problem
from service.database import (
    Database,
    appeals,
    audit,
    claims,
    conversations,
    erasure,
    grades,
    idempotency,
    jobs,
    results,
    retention,
    reviews,
    verdicts,
)
from service.database.idempotency import Answer
from service.database.selection import EVERYTHING
from service.database.tables import ConversationRow, EventRow, IdempotencyRow, RecordingRow
from service.database.types import now
from service.database.verdicts import Judgement, Verdict
from service.identity import customer_hash, installation_secret
from service.settings import ServiceSettings
from service.vault import Vault

SECRET = b"s"


def _keep(
    database: Database,
    vault: Vault,
    name: str,
    customer: str,
    *,
    channel: Channel = "chat",
    received_at: datetime | None = None,
) -> str:
    """Keep a graded conversation with a recording."""
    said = chat(name, customer=customer, said="抱歉,秘密花瓶已为您更换。")
    result = graded(said.model_copy(update={"channel": channel}))
    with vault.writer() as writer:
        writer.write(name.encode())
        stored = writer.finish()
    with database.write() as session:
        recording = conversations.add_recording(
            session,
            path=stored.path,
            sha256=stored.sha256,
            size=stored.size,
            media_type="audio/wav",
            encrypted=stored.encrypted,
        )
        row = conversations.add(
            session,
            result.conversation,
            source="shop",
            customer_hash=customer_hash(SECRET, customer),
            recording=recording,
        )
        row.received_at = received_at or now()
        job = jobs.submit(session, "grade", conversation_id=row.id)
        results.store(session, row, result, job_id=job.id)
        return row.id


def _dump(database: Database) -> str:
    """Give all that stands in all tables."""
    with database.read() as session:
        names = inspect(session.connection()).get_table_names()
        return "\n".join(str(session.execute(text(f"SELECT * FROM {name}")).all()) for name in names)


def _files(data: Path) -> int:
    return len(list((data / "recordings").iterdir()))


def test_erasing_a_customer_leaves_the_statistics_and_an_audit_row(
    database: Database, tmp_path: Path
) -> None:
    """No word, name or file of the customer stays; scores do; another customer is left alone."""
    vault = Vault(tmp_path)
    mine, other = _keep(database, vault, "order-77", "u-77"), _keep(database, vault, "order-88", "u-88")
    digest = customer_hash(SECRET, "u-77")
    assert digest
    with database.write() as session:
        before = grades.current(session, mine)
        assert before is not None
        score = before.score
        erased = erasure.erase_customer(session, digest, actor="user:u")
        for path in erased.recordings:
            vault.remove(path)
        assert (erased.conversations, len(erased.recordings)) == (1, 1)
    with database.read() as session:
        row, kept, another = (
            conversations.get(session, mine),
            grades.current(session, mine),
            conversations.get(session, other),
        )
        assert row is not None
        assert kept is not None
        assert another is not None
        assert (row.document, row.customer_hash, row.agent_id, kept.score) == (None, None, "a-1", score)
        assert len(grades.criteria(session, kept.id)) > 0
        assert grades.read(kept).criteria[0].evidence == ()
        assert another.document is not None
        assert [job.state for job in jobs.of_conversation(session, mine)] == ["cancelled"]
        assert audit.listed(session, action="erase").items[0].details == {"conversations": 1, "recordings": 1}
    assert _files(tmp_path) == 1
    dump = _dump(database)
    for word in ("order-77", "u-77", digest):
        assert word not in dump
    assert dump.count("秘密花瓶") == dump.replace(other, "").count("秘密花瓶") > 0


def test_what_people_wrote_and_what_failed_goes_too(database: Database, tmp_path: Path) -> None:
    """Comments, marked words, requests, grounds, reasons, errors and stored answers; who said what of the agent stays."""
    vault = Vault(tmp_path)
    mine = _keep(database, vault, "order-77", "u-77")
    written = _work_on(database, mine)
    dump = _dump(database)
    assert [word for word in written if word not in dump] == []
    with database.write() as session:
        row = session.get_one(ConversationRow, mine)
        digest = session.get_one(RecordingRow, row.recording_id).sha256
        erasure.erase_customer(session, str(row.customer_hash), actor="user:u")
    dump = _dump(database)
    assert [word for word in [*written, digest, "秘密花瓶"] if word in dump] == []
    with database.read() as session:
        row = session.get_one(ConversationRow, mine)
        assert session.get_one(RecordingRow, row.recording_id).sha256 == ""
        (grade,) = grades.history(session, mine)
        assert {(one.evidence, one.reason) for one in grades.read(grade).criteria} == {((), "")}
        assert [job.state for job in jobs.of_conversation(session, mine)] == ["cancelled"]
        judged = {review.kind: review.state for review in reviews.of_conversation(session, mine)}
        assert (judged["requested"], judged["appeal"]) == ("done", "done")
        assert [appeal.state for appeal in appeals.of_conversation(session, mine)] == ["rejected"]
        assert session.scalars(select(EventRow)).all() == []
        assert session.scalars(select(IdempotencyRow)).all() == []


def _work_on(database: Database, uid: str) -> list[str]:
    """Do all with a conversation that writes words down; give a word of each place, and the platform's name of it."""
    with database.write() as session:
        idempotency.begin(session, owner="key:1", key="k", request_hash="h")
        answer = Answer(status=200, headers={}, body="word-of-the-answer")
        idempotency.finish(session, owner="key:1", key="k", answer=answer, conversation_id=uid)
        (held,) = claims.claim(session, "text", worker_id="w", limit=1, lease=timedelta(minutes=1))
        problem = Problem(source="w", place=None, problem="word-of-the-error", remedy="")
        claims.fail(session, held, problem, retry_at=None)
        grade = grades.current(session, uid)
        assert grade is not None
        asked, _ = reviews.ask(session, grade, actor="user:u", request="word-of-the-request")
        reviews.claim(session, asked.id, "user:r")
        marked = Evidence(turn=1, start=0, end=16, quote="word-of-evidence")
        verdict = Verdict(
            subject="criterion",
            criterion="empathy",
            value="met",
            comment="word-of-the-verdict",
            evidence=[marked],
        )
        verdicts.close(session, asked, "user:r", _judgement(verdict, comment="word-of-the-review"), at=now())
        appeal = appeals.raise_appeal(session, grade, raised_by="user:a", grounds="word-of-the-grounds")
        appeals.adjudicate(
            session,
            appeal.id,
            judge="user:s",
            decision="rejected",
            reason="word-of-the-decision",
            judgement=_judgement(),
        )
    places = "answer error request verdict review grounds decision".split()
    return [*(f"word-of-the-{place}" for place in places), "word-of-evidence", "order-77"]


def _judgement(*said: Verdict, comment: str | None = None) -> Judgement:
    return Judgement(verdicts=said, outcome="confirmed", final_score=None, final_passed=None, comment=comment)


def _erase(session: Session, row: ConversationRow) -> None:
    erasure.erase_customer(session, str(row.customer_hash), actor="user:u")


def _purge(session: Session, row: ConversationRow) -> None:
    row.received_at = now() - timedelta(days=40)
    _set_rule(session, transcript_days=30)
    retention.purge(session)


def _set_rule(session: Session, **days: int) -> None:
    """Keep chats for so many days, and the rest without limit."""
    unlimited = dict.fromkeys(("recording_days", "transcript_days", "grade_days"))
    retention.set_rule(session, "chat", **{**unlimited, **days}, changed_by="user:u")


@pytest.mark.parametrize("remove", [_erase, _purge])
@pytest.mark.parametrize("claimed", [False, True])
def test_nobody_is_asked_to_judge_words_that_are_gone(
    database: Database, tmp_path: Path, remove: Callable[[Session, ConversationRow], None], *, claimed: bool
) -> None:
    """What waited or was claimed is over, an open appeal is withdrawn; other conversations still wait."""
    vault = Vault(tmp_path)
    mine, other = _keep(database, vault, "order-77", "u-77"), _keep(database, vault, "order-88", "u-88")
    with database.write() as session:
        for uid in (mine, other):
            grade = grades.current(session, uid)
            assert grade is not None
            reviews.ask(session, grade, actor="user:u", request="Please.")
            appeals.raise_appeal(session, grade, raised_by="user:a", grounds="I did.")
        if claimed:
            for review in reviews.of_conversation(session, mine):
                reviews.claim(session, review.id, "user:r")
    with database.write() as session:
        remove(session, session.get_one(ConversationRow, mine))
    with database.write() as session:
        assert {review.state for review in reviews.of_conversation(session, mine)} == {"obsolete"}
        (withdrawn,), (still,) = (appeals.of_conversation(session, uid) for uid in (mine, other))
        assert (withdrawn.state, still.state) == ("withdrawn", "open")
        assert withdrawn.decided_at is not None
        later = now() + timedelta(days=1)
        taken = []
        while review := reviews.claim_next(session, "user:s", EVERYTHING, judges=True, at=later):
            taken.append(review.conversation_id)
        assert set(taken) == {other}


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ({}, (5, 5, 5)),
        ({"recording_days": 30}, (5, 5, 3)),
        ({"transcript_days": 30}, (3, 5, 5)),
        ({"recording_days": 30, "transcript_days": 30}, (3, 5, 3)),
        ({"grade_days": 30}, (3, 3, 3)),
        ({"recording_days": 0, "transcript_days": 0, "grade_days": 0}, (1, 1, 1)),
    ],
)
def test_retention(
    database: Database, tmp_path: Path, rule: dict[str, int], left: tuple[int, int, int]
) -> None:
    """What is older than its channel's days goes, each kind by its own rule; a conversation goes with its grade."""
    vault, at = Vault(tmp_path), now()
    moment = timedelta(seconds=1)
    ages = {
        "old": timedelta(days=40),
        "over": timedelta(days=30) + moment,
        "not yet": timedelta(days=30) - moment,
    }
    for name, age in {**ages, "new": timedelta(days=1)}.items():
        _keep(database, vault, name, "u-1", received_at=at - age)
    call = _keep(database, vault, "call", "u-2", channel="call", received_at=at - timedelta(days=40))
    with database.write() as session:
        _set_rule(session, **rule)
    anything = True
    while anything:
        with database.write() as session:
            purged = retention.purge(session, at=at)
            for path in purged.recordings:
                vault.remove(path)
            anything = purged.anything
    with database.read() as session:
        rows = session.query(ConversationRow).all()
        transcripts = sum(row.document is not None for row in rows)
        untouched = session.get_one(ConversationRow, call)
        assert untouched.document is not None
        assert session.get_one(RecordingRow, untouched.recording_id).path is not None
    assert (transcripts, len(rows), _files(tmp_path)) == left


KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(32)).decode()
SEGMENT = 64 * 1024


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT])
def test_a_recording_comes_back_whole_and_in_ranges(tmp_path: Path, key: str | None, size: int) -> None:
    """Whatever its size, a recording is read back as it came, also any part of it; encrypted, none of it lies open."""
    audio = bytes(i * 7 % 251 for i in range(size))
    vault = Vault(tmp_path, key)
    with vault.writer() as writer:
        for start in range(0, size, 1000):
            writer.write(audio[start : start + 1000])
        stored = writer.finish()
    assert (stored.size, stored.encrypted) == (size, key is not None)
    for start, end in [
        (0, None),
        (0, 10),
        (SEGMENT - 3, SEGMENT + 3),
        (size, None),
        (5, 5),
        (2 * SEGMENT, None),
    ]:
        read = b"".join(vault.read(stored.path, encrypted=stored.encrypted, start=start, end=end))
        assert read == audio[start:end]
    with vault.file(stored.path, encrypted=stored.encrypted) as path:
        assert path.read_bytes() == audio
    if key and size > 100:
        assert audio[:100] not in (tmp_path / stored.path).read_bytes()
    assert _files(tmp_path) == 1


def test_an_upload_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    """Leaving the block before the end drops what came."""
    with Vault(tmp_path).writer() as writer:
        writer.write(b"half")
    assert _files(tmp_path) == 0


@pytest.mark.parametrize("harm", ["other key", "no key", "cut", "flip", "swap"])
def test_tampered_recordings_are_refused(tmp_path: Path, harm: str) -> None:
    """With another key, or where a byte, the end or the order of segments was changed, nothing is given out as audio."""
    vault = Vault(tmp_path, KEY)
    with vault.writer() as writer:
        writer.write(b"x" * SEGMENT + b"y" * SEGMENT + b"z")
        stored = writer.finish()
    path = tmp_path / stored.path
    sealed, raw = SEGMENT + 16, path.read_bytes()
    match harm:
        case "other key":
            vault = Vault(tmp_path, OTHER)
        case "no key":
            vault = Vault(tmp_path)
        case "cut":
            path.write_bytes(raw[: 11 + 2 * sealed])
        case "flip":
            path.write_bytes(raw[:50] + bytes([raw[50] ^ 1]) + raw[51:])
        case _:
            path.write_bytes(
                raw[:11] + raw[11 + sealed : 11 + 2 * sealed] + raw[11 : 11 + sealed] + raw[11 + 2 * sealed :]
            )
    with pytest.raises(InputError, match="cannot be decrypted"):
        b"".join(vault.read(stored.path, encrypted=True))


@pytest.mark.parametrize("key", ["", "short", "x" * 44])
def test_keys_that_are_none_are_refused(tmp_path: Path, key: str) -> None:
    """A key of another form is refused with how to make one."""
    with pytest.raises(InputError, match="openssl rand -base64 32"):
        Vault(tmp_path, key)


def test_the_secret_is_made_once_and_customers_are_hidden_by_it(tmp_path: Path) -> None:
    """The data folder's secret stays the same and nobody else may read it; another secret hides otherwise."""
    settings = ServiceSettings(data=tmp_path / "data")
    secret = installation_secret(settings)
    assert installation_secret(settings) == secret
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o077 == 0
    hidden = customer_hash(secret, "13912345678")
    assert hidden == customer_hash(secret, "13912345678") != customer_hash(b"other", "13912345678")
    assert customer_hash(secret, None) is None
