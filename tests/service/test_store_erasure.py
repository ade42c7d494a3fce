"""Erasing a customer and purging what is over: words and files go, figures and other people's data stay."""

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from store_stage import chat, graded

from grader.problems import InputError
from service.database import Database, audit, conversations, erasure, grades, jobs, results, retention
from service.database.tables import ConversationRow
from service.database.types import now
from service.identity import customer_hash, installation_secret
from service.settings import ServiceSettings
from service.vault import Vault

SECRET = b"s"


def _keep(database: Database, vault: Vault, name: str, customer: str, *, days: int = 0) -> str:
    """Keep a graded chat with a recording, received so many days ago."""
    result = graded(chat(name, customer=customer, said="抱歉,秘密花瓶已为您更换。"))
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
        row.received_at = now() - timedelta(days=days)
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


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ({}, (2, 2, 2)),
        ({"recording_days": 30}, (2, 2, 1)),
        ({"transcript_days": 30}, (1, 2, 2)),
        ({"recording_days": 30, "transcript_days": 30}, (1, 2, 1)),
        ({"grade_days": 30}, (1, 1, 1)),
        ({"recording_days": 0, "transcript_days": 0, "grade_days": 0}, (0, 0, 0)),
    ],
)
def test_retention(
    database: Database, tmp_path: Path, rule: dict[str, int], left: tuple[int, int, int]
) -> None:
    """What is older than its channel's days goes, each kind by its own rule; a conversation goes with its grade."""
    vault = Vault(tmp_path)
    _keep(database, vault, "old", "u-1", days=40)
    _keep(database, vault, "new", "u-2", days=1)
    days: dict[str, int | None] = {
        "recording_days": None,
        "transcript_days": None,
        "grade_days": None,
        **rule,
    }
    with database.write() as session:
        retention.set_rule(session, "chat", **days, changed_by="user:u")  # type: ignore[arg-type]
    anything = True
    while anything:
        with database.write() as session:
            purged = retention.purge(session)
            for path in purged.recordings:
                vault.remove(path)
            anything = purged.anything
    with database.read() as session:
        rows = session.query(ConversationRow).all()
        transcripts = sum(row.document is not None for row in rows)
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
