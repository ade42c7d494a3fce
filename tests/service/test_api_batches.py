"""Batches over HTTP: many transcripts in one body, each line for itself."""

import gzip
import json
import resource
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import api_stage
import httpx
import pytest
from store_stage import chat

from service.api.state import State
from service.database import Database, claims, conversations, jobs
from service.database.selection import EVERYTHING
from service.jobs.bench import Bench
from service.jobs.grading import grade


def _line(name: str, **changes: Any) -> bytes:
    return json.dumps(api_stage.body(chat(name)) | changes, ensure_ascii=False).encode()


def _lines(*lines: bytes) -> bytes:
    return b"\n".join(lines) + b"\n"


def _send(client: httpx.Client, body: Any, key: str | None = None) -> httpx.Response:
    return client.post("/v1/batches", content=body, headers={"Idempotency-Key": key} if key else {})


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_batch_is_graded_line_by_line(api_state: State, platform: httpx.Client, pack: Any) -> None:
    """Good lines become nightly jobs, redacted; bad ones are named with line and remedy and stop no other."""
    assert platform.post("/v1/conversations", json=api_stage.body(chat("before"))).status_code == 200
    body = _lines(
        _line("c-1"),
        b"{broken",
        _line("c-1"),
        b"",
        _line("before"),
        _line("c-2", turns=[]),
        b'{"turns": [{"speaker": "agent", "text": "a"}]}',
        b'{"id": "c-3", "turns": 13912345678}',
        b"[]",
        _line("c-4", customer={"id": "13912345678"}),
    )
    answer = _send(platform, pack(body))
    assert answer.status_code == 202
    batch = answer.json()
    assert (batch["total"], batch["accepted"], batch["refused"]) == (9, 2, 7)
    assert batch["states"] == {"queued": 2}
    places = [problem["place"].partition(",")[0] for problem in batch["problems"]]
    assert places == [f"line {number}" for number in (2, 3, 5, 6, 7, 8, 9)]
    assert all(problem["problem"] and problem["remedy"] for problem in batch["problems"])
    assert "13912345678" not in platform.get("/v1/conversations/c-4").text
    with api_state.database.write() as session:
        queued = jobs.listed(session, EVERYTHING, batch_id=batch["id"]).items
        assert {row.priority for row in queued} == {jobs.NIGHTLY}
        held = claims.claim(session, "text", worker_id="w", limit=9, lease=timedelta(minutes=1))
    grade(Bench(database=api_state.database, vault=api_state.vault, graders=api_state.graders), held)
    assert platform.get(answer.headers["Location"]).json()["states"] == {"done": 2}
    assert platform.get("/v1/conversations/c-4/grade").status_code == 200


def test_the_same_batch_under_the_same_key_is_kept_once(platform: httpx.Client) -> None:
    """The repetition gets the first answer; without a key every line of it was sent before."""
    body = _lines(_line("c-1"), _line("c-2"))
    first, again = _send(platform, body, "one"), _send(platform, body, "one")
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert _send(platform, body + _line("c-3"), "one").status_code == 422
    batch = _send(platform, body).json()
    assert (batch["accepted"], batch["states"]) == (0, {})
    assert {problem["problem"] for problem in batch["problems"]} == {
        "shop has sent a conversation of this id before."
    }


def test_what_another_request_sends_meanwhile_is_refused_alone(
    api_state: State, platform: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an id comes in between looking for it and keeping it, that line is refused and the others are kept."""
    assert platform.post("/v1/conversations", json=api_stage.body(chat("c-2"))).status_code == 200
    monkeypatch.setattr(conversations, "known", lambda *_: set())
    batch = _send(platform, _lines(_line("c-1"), _line("c-2"), _line("c-3"))).json()
    assert (batch["accepted"], batch["states"]) == (2, {"queued": 2})
    assert [problem["place"] for problem in batch["problems"]] == ["line 2, id"]


@pytest.fixture
def stage(sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[State, str]]:
    """A service on SQLite with small limits, and its address."""
    (tmp_path / "callgrader.db").write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{tmp_path / 'callgrader.db'}")
    state = api_stage.state_of(
        database, tmp_path, longest_batch=20, largest_batch=100_000, longest_body=20_000
    )
    with api_stage.serving(state) as address:
        yield state, address
    database.close()


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 422, "empty"),
        (b"\n \n\r\n", 422, "empty"),
        (_lines(*(_line(f"c-{number}") for number in range(21))), 413, "20 conversations"),
        (b" " * 100_001, 413, "100,000 bytes"),
        (gzip.compress(b" " * 200_000_000), 413, "100,000 bytes"),
        (gzip.compress(_line("c-1"))[:-9], 400, "breaks off"),
        (gzip.compress(_line("c-1"))[:10] + b"\xff" * 100, 400, "damaged"),
        (b"\x1f\x8b", 400, "breaks off"),
    ],
)
def test_bodies_that_cannot_be_used_are_refused_whole(
    stage: tuple[State, str], body: bytes, status: int, said: str
) -> None:
    """Nothing is kept of them, and what is packed cannot fill the memory."""
    with api_stage.client(*stage) as platform:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer = _send(platform, body)
        assert answer.status_code == status
        assert said in answer.json()["detail"]
        assert platform.get("/v1/conversations").json()["items"] == []
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_lines_may_be_cut_and_ended_anyhow(stage: tuple[State, str]) -> None:
    """A byte-order mark, either line ending, several gzip files one after another, a line that is too long."""
    with api_stage.client(*stage) as platform:
        plain = b"\xef\xbb\xbf" + _line("c-1") + b"\r\n" + b"x" * 30_000 + b"\n" + _line("c-2")
        sent = (plain[start : start + 1000] for start in range(0, len(plain), 1000))
        batch = _send(platform, sent).json()
        assert (batch["accepted"], batch["refused"]) == (2, 1)
        assert batch["problems"][0]["place"] == "line 2"
        assert "20,000 bytes" in batch["problems"][0]["problem"]
        packed = gzip.compress(_line("c-3") + b"\n") + gzip.compress(_line("c-4"))
        assert _send(platform, packed).json()["accepted"] == 2


def test_what_is_told_of_a_bad_line_is_redacted(stage: tuple[State, str]) -> None:
    """A problem quotes what was wrong; a telephone number in it is not kept."""
    with api_stage.client(*stage) as platform:
        body = b'{"id": "c", "turns": [{"speaker": "agent", "text": "a", "start": "13912345678"}]}'
        batch = _send(platform, body).json()
        assert batch["refused"] == 1
        assert "[PHONE]" in batch["problems"][0]["problem"]
        assert "13912345678" not in json.dumps(batch)


def test_a_batch_is_its_senders(stage: tuple[State, str]) -> None:
    """Another platform sees none; two platforms may use the same ids; its next key and an administrator see it."""
    with api_stage.client(*stage) as platform, api_stage.client(*stage, name="other") as other:
        location = _send(platform, _line("c-1")).headers["Location"]
        assert other.get(location).status_code == 404
        assert _send(other, _line("c-1")).json()["accepted"] == 1
    with api_stage.client(*stage) as with_new_key:
        assert with_new_key.get(location).json()["accepted"] == 1
    with api_stage.client(*stage, role="administrator") as administrator:
        assert administrator.get(location).status_code == 200
        assert administrator.get("/v1/batches/none").status_code == 404
    with api_stage.client(*stage, scopes=("conversations.read",)) as reader:
        assert _send(reader, _line("c-2")).status_code == 403
