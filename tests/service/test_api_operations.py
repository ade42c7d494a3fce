"""Readiness, figures, logs and traces of the real server; clients that mean harm."""

import io
import json
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import api_stage
import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import event
from store_stage import chat

from service import logs
from service.api.state import State
from service.database import Database, workers
from service.telemetry import Tracing

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_ready_says_what_is_missing(api_state: State, api_address: str) -> None:
    """503 until a worker lives for each lane that the settings ask for."""
    answer = httpx.get(f"{api_address}/ready")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["text worker", "speech worker"]
    with api_state.database.write() as session:
        for lane in ("text", "speech"):
            workers.register(session, f"w-{lane}", lane=lane, host="here", pid=1)
    answer = httpx.get(f"{api_address}/ready")
    assert answer.status_code == 200
    assert answer.json()["workers"] == {"text": 1, "speech": 1}
    assert answer.json()["weights"] == "keywords-1"


@SQLITE
def test_ready_tells_of_a_database_that_does_not_answer(api_state: State, api_address: str) -> None:
    """The process itself is alive still."""
    with api_state.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE workers")
    assert httpx.get(f"{api_address}/ready").json()["missing"] == ["database"]
    assert httpx.get(f"{api_address}/health").json() == {"status": "alive"}


@SQLITE
def test_a_full_database_is_told(api_state: State, platform: httpx.Client) -> None:
    """507 with what to do; what comes once there is room again is kept."""
    engine = api_state.database.engine

    def narrow(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # SQLite takes it for: no larger than it is

    event.listen(engine, "connect", narrow)
    engine.dispose()
    long = "您好，" * 20_000
    answer = platform.post("/v1/conversations", json=api_stage.body(chat("c-1", said=long)))
    assert (answer.status_code, "full" in answer.json()["detail"]) == (507, True)
    event.remove(engine, "connect", narrow)
    engine.dispose()
    assert platform.post("/v1/conversations", json=api_stage.body(chat("c-1"))).status_code == 200


def test_figures_tell_of_requests_and_of_the_store(platform: httpx.Client) -> None:
    """By route template, so that no id becomes a label."""
    platform.post("/v1/conversations", json=api_stage.body(chat("c-1")))
    platform.post("/v1/conversations", json=api_stage.body(chat("c-2")), headers={"Prefer": "respond-async"})
    platform.get("/v1/conversations/c-1")
    told = platform.get("/metrics").text
    for line in (
        'callgrader_requests_total{method="POST",route="/v1/conversations",status="200"} 1.0',
        'callgrader_requests_total{method="GET",route="/v1/conversations/{conversation_id}",status="200"} 1.0',
        'callgrader_jobs{lane="text",state="queued"} 1.0',
    ):
        assert line in told
    assert re.search(r'callgrader_grades_last_hour{decision="(auto|review)"} 1.0', told)
    assert re.search(r'callgrader_job_waiting_seconds{lane="text"} [0-9.]+', told)
    assert "c-1" not in told


@pytest.fixture
def log_lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines of the structured log, once asked for."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    logs.configure("INFO", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers = handlers
    root.setLevel(level)


@SQLITE
def test_the_log_has_a_line_a_request_and_no_personal_data(platform: httpx.Client, log_lines: Any) -> None:
    """Request id, route, status, time and who, but neither what was said nor the address with its parameters."""
    asked = platform.get("/v1/conversations", params={"agent": "13912345678"})
    platform.post("/v1/conversations", json=api_stage.body(chat("call 13912345678")))
    lines = [line for line in log_lines() if line["event"] == "request"]
    assert lines[0]["request_id"] == asked.headers["X-Request-ID"]
    assert (lines[0]["route"], lines[0]["status"]) == ("/v1/conversations", 200)
    assert lines[0]["actor"].startswith("key:")
    assert "13912345678" not in str(lines)


@SQLITE
def test_an_error_that_nobody_foresaw_tells_its_message_to_nobody(
    platform: httpx.Client, log_lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 with the request id; the log has the places it passed; the next request is served."""
    from service.api.routes import jobs

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the customer 13912345678 said")

    monkeypatch.setattr(jobs, "job_view", fail)
    platform.post("/v1/conversations", json=api_stage.body(chat("c-2")), headers={"Prefer": "respond-async"})
    answer = platform.get("/v1/jobs")
    assert answer.status_code == 500
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]
    said = log_lines()
    [failed] = [line for line in said if line.get("request_id") == answer.json()["request_id"]][:1]
    assert failed["error"] == "RuntimeError"
    assert any("jobs.py" in place for place in failed["places"])
    assert "13912345678" not in str(said) + answer.text
    assert platform.get("/health").status_code == 200


@SQLITE
def test_requests_are_traced_as_part_of_the_senders_trace(database: Database, tmp_path: Path) -> None:
    """With the route's template, not the address."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    state = replace(
        api_stage.state_of(database, tmp_path), tracing=Tracing(provider.get_tracer("callgrader"))
    )
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    header = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    with api_stage.serving(state) as address:
        httpx.get(f"{address}/v1/conversations?agent=somebody", headers=header)
    [span] = exporter.get_finished_spans()
    assert span.name == "GET /v1/conversations"
    assert f"{span.context.trace_id:032x}" == trace
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 401
    assert "somebody" not in str(dict(span.attributes))


def _opened(address: str, said: bytes) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    connection.sendall(said)
    return connection


@pytest.mark.parametrize(
    "body", [b"{", b'{"name": "\xff"}', b"[" * 100_000, b'{"name": ' + b"9" * 6000 + b"}"]
)
def test_a_body_that_is_no_json_is_refused_with_what_to_send(
    api_lite: tuple[State, str], body: bytes
) -> None:
    """Whatever keeps it from being read: 400 and a remedy, or 422 with the place."""
    with api_stage.client(*api_lite, role="administrator") as client:
        answer = client.post("/v1/teams", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert re.search("Send JSON in UTF-8|JSON decode error", answer.json()["detail"])


def test_an_address_with_a_slash_too_many_leads_nowhere(api_lite: tuple[State, str]) -> None:
    """No redirect to whatever host the caller names; a problem document that says what to do."""
    with api_stage.client(*api_lite) as client:
        for path in ("/v1/conversations/", "/v1/conversations/a%2Fb"):
            answer = client.get(path, headers={"Host": "evil.example"})
            assert (answer.status_code, answer.headers.get("Location")) == (404, None)
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert "by its uid" in answer.json()["detail"]


@SQLITE
def test_two_gigabytes_are_refused_before_they_are_sent(platform: httpx.Client) -> None:
    """By the length that is stated; by what came, where none is."""
    address = str(platform.base_url)
    head = b"POST /v1/teams HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with _opened(address, head + b"Content-Length: 2000000000\r\n\r\n{") as stated:
        assert b" 413 " in stated.recv(4096)
    with _opened(address, head + b"Transfer-Encoding: chunked\r\n\r\n") as chunked:
        piece = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        try:
            for _ in range(2000):
                chunked.sendall(piece)
        except OSError:
            pass  # refused while we were at it
        else:
            pytest.fail("two gigabytes were taken")
    assert platform.get("/health").status_code == 200


@SQLITE
def test_a_body_that_stands_still_is_given_up(database: Database, tmp_path: Path) -> None:
    """408 after the time that the settings grant."""
    state = api_stage.state_of(database, tmp_path, body_patience=0.3)
    with api_stage.serving(state) as address:
        said = b"POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"
        with _opened(address, said) as slow:
            assert b" 408 " in slow.recv(4096)


@SQLITE
def test_half_a_header_does_not_hold_a_connection_for_ever(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is closed, also on a connection that has had a request before."""
    from service import protocol

    monkeypatch.setattr(protocol, "HEADERS", 0.3)
    with api_stage.serving(api_stage.state_of(database, tmp_path)) as address:
        with _opened(address, b"GET /health HTTP/1.1\r\nHos") as slow:
            assert slow.recv(4096) == b""
        with _opened(address, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n") as again:
            assert b" 200 " in again.recv(4096)
            again.sendall(b"GET /health HTTP/1.1\r\nHos")
            assert again.recv(4096) == b""


@SQLITE
def test_a_thousand_half_open_uploads_stop_nobody(platform: httpx.Client) -> None:
    """Others are served while they stand, and after they are gone."""
    header = platform.headers["Authorization"].encode()
    said = (
        b"POST /v1/recordings HTTP/1.1\r\nHost: x\r\nAuthorization: " + header + b"\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n--b\r\n"
    )
    address = str(platform.base_url)
    with ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(_opened(address, said))
        began = time.monotonic()
        answer = platform.post("/v1/conversations", json=api_stage.body(chat("c-1")))
        assert answer.status_code == 200
        assert time.monotonic() - began < 10
    assert platform.post("/v1/conversations", json=api_stage.body(chat("c-2"))).status_code == 200
