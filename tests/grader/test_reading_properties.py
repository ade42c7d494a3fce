"""Properties that hold for any input: nothing is raised, what is written is read as the same, cleaning settles."""

import gzip
import json
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grader.conversation import Conversation, Party, Turn, Word
from grader.problems import InputError, Problem
from grader.reading import conversation_from, read

ON_FILES = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
QUICK = settings(max_examples=120, deadline=None)

ANY_TEXT = st.text(st.characters(codec=None), max_size=30)
"""Lone surrogates and control characters included."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)
KEYS = (
    "id channel language started_at agent customer queue direction metadata recording turns role_confidence transcription remarks "
    "Transcript Segments Participants tickets dialogue asrResult segments optional CustomerMetadata"
).split()
TURN_KEYS = (
    "speaker text start end sent_at words voice sender utterances role identity begin beginTime Content ParticipantId BeginOffsetMillis "
    "AbsoluteTime Type word score probability"
).split()


def shaped(keys: list[str], inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Give objects that hold known keys with values of any kind."""
    return st.dictionaries(st.sampled_from(keys), inner, max_size=5)


TURN_LIKE = shaped(TURN_KEYS, JSON | st.lists(shaped(TURN_KEYS, JSON), max_size=2))
CONVERSATION_LIKE = shaped(
    KEYS, JSON | st.lists(TURN_LIKE, max_size=3) | st.lists(shaped(KEYS, JSON), max_size=2)
)


def checked(items: list[Conversation | Problem]) -> None:
    """Check that all that came out can be written, and that problems say what is wrong."""
    for item in items:
        if isinstance(item, Problem):
            json.dumps(item.as_json(), ensure_ascii=False).encode()
            assert item.problem.endswith(".")
            assert item.remedy.endswith(".")
        else:
            item.model_dump_json()
            assert item.id
            for turn in item.turns:
                assert turn.start is None or turn.start >= 0
                assert turn.start is None or turn.end is None or turn.start <= turn.end


@ON_FILES
@given(
    content=st.binary(max_size=400),
    name=st.sampled_from(["a", "a.json", "a.csv", "a.xlsx", "a.wav", "a.srt", "a.jsonl.gz"]),
)
@example(content=b"\x1f\x8b", name="a")
@example(content=b"PK\x03\x04", name="a.xlsx")
@example(content=b"\xff\xfe\x00\xd8", name="a")
@example(content=b"\x84\x31\x95\x33", name="a")
def test_any_bytes_are_read_or_named(tmp_path: Path, content: bytes, name: str) -> None:
    """Whatever a file holds, reading neither raises nor says nothing."""
    path = tmp_path / name
    path.write_bytes(content)
    items = list(read([path]))
    assert items
    checked(items)


HEADS = [
    b"{", b'[{"turns": [', b'{"id": "1", "turns": []}\n', b"WEBVTT\n\n", b"1\n00:00:01,000 --> 00:00:02,000\n", b"id,role,text\n",
    "会话ID\t角色\t内容\n".encode(), "客服：".encode(), "客服：您好\n客户：".encode("gb18030"), b"[00:01:02] Agent: ", b"PK\x03\x04", b"\x1f\x8b\x08\0",
    b"RIFF\0\0\0\0WAVE", b"\xef\xbb\xbf", b"\xff\xfe", gzip.compress(b"Agent: hi")[:-4],
]  # fmt: skip


@ON_FILES
@given(
    head=st.sampled_from(HEADS),
    tail=st.binary(max_size=200) | ANY_TEXT.map(lambda t: t.encode("utf-8", "surrogatepass")),
)
def test_any_bytes_after_a_known_beginning(tmp_path: Path, head: bytes, tail: bytes) -> None:
    """The same, once a format was recognised."""
    path = tmp_path / "a"
    path.write_bytes(head + tail)
    checked(list(read([path])))


@ON_FILES
@given(
    value=CONVERSATION_LIKE | st.lists(CONVERSATION_LIKE, max_size=3) | st.lists(TURN_LIKE, max_size=3) | JSON
)
def test_any_json_is_read_or_named(tmp_path: Path, value: object) -> None:
    """Known keys with values of any type, of any of the systems."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value))
    checked(list(read([path])))


@ON_FILES
@given(rows=st.lists(st.lists(ANY_TEXT, max_size=7), max_size=6))
def test_any_cells_are_read_or_named(tmp_path: Path, rows: list[list[str]]) -> None:
    """Tables of anything."""
    path = tmp_path / "a.csv"
    table = ["会话ID,角色,内容,时间,坐席,满意度,应答时长", *(",".join(row) for row in rows)]
    path.write_bytes("\n".join(table).encode("utf-8", "surrogatepass"))
    checked(list(read([path])))


@ON_FILES
@given(
    sidecar=shaped(
        ["agent", "team", "answer_delay", "started_at", "metadata", "queue", "坐席", "id", "channel", "x"],
        JSON,
    )
)
def test_any_sidecar_is_read_or_named(tmp_path: Path, sidecar: dict[str, Any]) -> None:
    """A recording comes with it, or a problem."""
    (tmp_path / "a.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    (tmp_path / "a.json").write_text(json.dumps(sidecar))
    items = list(read([tmp_path]))
    assert items
    checked(items)


@QUICK
@given(data=CONVERSATION_LIKE)
def test_cleaning_gives_a_conversation_or_refuses(data: dict[str, Any]) -> None:
    """There is no third way out, whatever a caller of the service sends."""
    try:
        conversation = conversation_from(data, source="request", place=None)
    except InputError as error:
        checked([error.problem])
    else:
        checked([conversation])


@QUICK
@given(data=CONVERSATION_LIKE)
def test_cleaning_settles(data: dict[str, Any]) -> None:
    """What was cleaned is clean: cleaning it again changes nothing."""
    try:
        once = conversation_from(data, source="request", place=None)
    except InputError:
        return
    assert conversation_from(json.loads(once.model_dump_json()), source="request", place=None) == once


@QUICK
@given(text=st.text(st.characters(codec=None), max_size=200))
def test_any_text_in_every_field(text: str) -> None:
    """Names and words take any text; what comes out can be encoded and shown."""
    data = {
        "id": text,
        "channel": text,
        "language": text,
        "started_at": text,
        "agent": {"id": text, "team": text},
        "customer": {"id": text},
        "queue": text,
        "direction": text,
        "metadata": {text: text, "agent_channel": text, "answer_delay": text, "customer_rating": text},
        "turns": [
            {"speaker": text, "text": text, "voice": text, "sent_at": text, "words": [{"text": text, "start": 0.0, "end": 1.0}]}
        ],
    }  # fmt: skip
    conversation = conversation_from(data, source="request", place=None)
    conversation.model_dump_json().encode()
    shown = conversation.turns[0].text
    assert not any("\ud800" <= c <= "\udfff" or (c < " " and c not in "\t\n") for c in shown)
    assert len(shown) <= len(text)


SECONDS = st.floats(0, 10_000, allow_nan=False).map(abs)
NAMES = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=20)
WORDS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=60)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5, minutes=-30))])
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=ZONES)  # noqa: DTZ001


@st.composite
def words(draw: st.DrawFn) -> Word:
    """Give a word with times in order."""
    start, end = sorted(draw(st.tuples(SECONDS, SECONDS)))
    return Word(text=draw(WORDS), start=start, end=end, probability=draw(st.none() | st.floats(0, 1)))


@st.composite
def turns(draw: st.DrawFn) -> tuple[Turn, ...]:
    """Give turns in order of time."""
    starts = sorted(draw(st.lists(SECONDS, max_size=6)))
    timed = draw(st.booleans())
    return tuple(
        Turn(
            speaker=draw(st.sampled_from(["agent", "customer", "bot", "system", "unknown"])),
            text=draw(WORDS),
            start=start if timed else None,
            end=start + draw(SECONDS) if timed and draw(st.booleans()) else None,
            words=tuple(draw(st.lists(words(), max_size=3))),
            voice=draw(st.none() | NAMES),
        )
        for start in starts
    )


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """Give a valid conversation."""
    return Conversation(
        id=draw(NAMES),
        channel=draw(st.sampled_from(["call", "chat", "email"])),
        language=draw(st.sampled_from([None, "zh", "en", "yue"])),
        started_at=draw(st.none() | MOMENTS),
        agent=Party(id=draw(st.none() | NAMES), team=draw(st.none() | NAMES)),
        customer=Party(id=draw(st.none() | NAMES)),
        queue=draw(st.none() | NAMES),
        direction=draw(st.sampled_from([None, "inbound", "outbound"])),
        metadata=draw(st.dictionaries(NAMES, st.none() | st.booleans() | NAMES | st.integers(-(2**53), 2**53), max_size=3)),
        turns=draw(turns()),
        role_confidence=draw(st.none() | st.floats(0, 1)),
        remarks=tuple(draw(st.lists(NAMES, max_size=2, unique=True))),
    )  # fmt: skip


@ON_FILES
@given(batch=st.lists(conversations(), min_size=1, max_size=4, unique_by=lambda c: c.id))
@pytest.mark.parametrize("packed", [True, False])
def test_conversations_survive_json_lines(tmp_path: Path, batch: list[Conversation], *, packed: bool) -> None:
    """What is written as JSON Lines is read as the same, in the same order."""
    path = tmp_path / "a.jsonl"
    content = "\n".join(conversation.model_dump_json() for conversation in batch).encode()
    path.write_bytes(gzip.compress(content, 1) if packed else content)
    assert list(read([path])) == batch


@QUICK
@given(starts=st.lists(st.none() | SECONDS | st.just(math.nan), max_size=12))
def test_sorting_by_time_loses_nothing(starts: list[float | None]) -> None:
    """All turns stay, in the order of their times, stably."""
    given_turns = [{"speaker": "agent", "text": str(i), "start": start} for i, start in enumerate(starts)]
    conversation = conversation_from({"turns": given_turns}, source="request", place=None)
    assert sorted(int(turn.text) for turn in conversation.turns) == list(range(len(starts)))
    timed = [(turn.start, int(turn.text)) for turn in conversation.turns if turn.start is not None]
    assert timed == sorted(timed)
