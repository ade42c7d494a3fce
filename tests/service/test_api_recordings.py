"""Recordings over HTTP: uploaded, fetched, refused, and listened to again."""

import base64
import gzip
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import api_stage
import httpx
import pytest
import store_stage

from service.api.state import State
from service.database import Database, audit, claims, conversations, retention
from service.database.types import now
from service.identity import customer_hash
from service.jobs.bench import Bench
from service.jobs.grading import recording as hear
from service.vault import Vault

KEY = base64.b64encode(bytes(range(32))).decode()
WORDS = "#!AMR\n您好,抱歉让您久等。\n我的电话是13912345678。"
"""What the stage's recogniser reads out of the file: it begins as an AMR recording does."""

AUDIO = WORDS.encode() + b"\n" * 300_000
METADATA = {
    "id": "call-1",
    "language": "zh",
    "agent": {"id": "a-1", "team": "returns"},
    "customer": {"id": "u-1"},
    "metadata": {"agent_channel": "left", "note": "打13912345678"},
}


SETTINGS: dict[str, Any] = {
    "largest_recording": 500_000,
    "recording_hosts": ("localhost", "elsewhere.example"),
    "plain_hosts": ("localhost",),
    "private_networks": ("127.0.0.0/8", "::1/128"),
    "fetch_time": 1.0,
}
"""Small recordings only; ``localhost`` may be fetched from."""


@pytest.fixture
def api_state(database: Database, tmp_path: Path) -> State:
    """A state whose vault has a key, on each kind of database in turn."""
    data = tmp_path / "data"
    return replace(api_stage.state_of(database, data, **SETTINGS), vault=Vault(data, KEY))


Stage = tuple[State, httpx.Client]


@pytest.fixture(scope="module")
def stage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Such a state on SQLite for all tests that do not ask for a fresh one, and a platform that has sent call-0."""
    data = tmp_path_factory.mktemp("stage")
    (data / "callgrader.db").write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{data / 'callgrader.db'}")
    state = replace(api_stage.state_of(database, data, **SETTINGS), vault=Vault(data, KEY))
    with api_stage.serving(state) as address, api_stage.client(state, address) as platform:
        assert _send(platform, id="call-0").status_code == 202
        yield state, platform
    database.close()


def _files(state: State) -> list[str]:
    return sorted(path for path, _ in state.vault.paths())


def _send(
    client: httpx.Client, *, audio: bytes = AUDIO, key: str | None = None, **changes: Any
) -> httpx.Response:
    return client.post(
        "/v1/recordings",
        files={"file": ("call.wav", audio, "audio/wav")},
        data={"metadata": json.dumps(METADATA | changes)},
        headers={"Idempotency-Key": key} if key else {},
    )


def test_an_upload_is_kept_encrypted_and_becomes_a_grade(api_state: State, platform: httpx.Client) -> None:
    """The job hears the very bytes that were sent; neither they nor the customer's data lie open on the disk."""
    answer = _send(platform, audio=WORDS.encode())
    assert answer.status_code == 202
    job = platform.get(answer.headers["Location"]).json()
    assert (job["kind"], job["state"]) == ("recording", "queued")
    (path,) = _files(api_state)
    assert WORDS.encode() not in (api_state.settings.data / path).read_bytes()
    bench = Bench(database=api_state.database, vault=api_state.vault, graders=api_state.graders)
    with api_state.database.write() as session:
        held = claims.claim(session, "speech", worker_id="w", limit=1, lease=timedelta(minutes=1))
    hear(bench, held)
    assert platform.get(answer.headers["Location"]).json()["state"] == "done"
    kept = platform.get("/v1/conversations/call-1").json()
    assert (kept["status"], kept["channel"], kept["agent"]["team"]) == ("graded", "call", "returns")
    assert "[PHONE]" in json.dumps(kept["turns"], ensure_ascii=False)
    assert "13912345678" not in json.dumps(kept)
    with api_state.database.read() as session:
        row = conversations.find(session, "shop", "call-1")
        assert row is not None
        assert row.customer_hash == customer_hash(api_state.secret, "u-1")


def test_the_same_upload_under_the_same_key_is_kept_once(api_state: State, platform: httpx.Client) -> None:
    """The repetition gets the first answer; other audio under the key, or the same id again, leaves no file."""
    first, again = _send(platform, key="one"), _send(platform, key="one")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.content == first.content
    assert _send(platform, key="one", audio=AUDIO + b"\n").status_code == 422
    assert _send(platform, key="one", id="call-2").status_code == 422
    assert _send(platform, key="two").status_code == 409
    assert _send(platform).status_code == 409
    assert len(_files(api_state)) == 1
    assert _send(platform, key="two", id="call-2").status_code == 202


@pytest.mark.parametrize(
    ("audio", "status", "said"),
    [
        (b"", 422, "empty"),
        (b"<html><script>alert(1)</script></html>" * 10, 415, "does not begin as a recording"),
        (b"hello", 415, "does not begin as a recording"),
        (b"PK\x03\x04" + bytes(100), 415, "ZIP archive"),
        (gzip.compress(AUDIO), 415, "gzip archive"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), 415, "PNG"),
        (b"RIFF\0\0\0\0WEBP" + bytes(100), 415, "WebP"),
        (b"%PDF-1.7" + bytes(100), 415, "PDF"),
        (AUDIO + bytes(300_000), 413, "500,000 bytes"),
    ],
)
def test_what_is_no_recording_is_refused(stage: Stage, audio: bytes, status: int, said: str) -> None:
    """The content decides, whatever the name and the stated type; nothing stays on the disk."""
    state, platform = stage
    before = _files(state)
    answer = _send(platform, audio=audio)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert said in answer.json()["detail"]
    assert _files(state) == before


def _form(*parts: tuple[str, bytes], end: bytes = b"--B--\r\n") -> bytes:
    said = (
        b'--B\r\nContent-Disposition: form-data; name="%s"; filename="x"\r\n\r\n%s\r\n'
        % (name.encode(), data)
        for name, data in parts
    )
    return b"".join(said) + end


DESCRIBED = ("metadata", b'{"id": "c"}')
HEARD = ("file", AUDIO[:1000])


@pytest.mark.parametrize(
    ("body", "content_type", "status", "said"),
    [
        (_form(HEARD, DESCRIBED), "multipart/form-data", 400, "boundary"),
        (_form(HEARD, DESCRIBED), "multipart/form-data; boundary=" + "B" * 300, 400, "boundary"),
        (b"nonsense", "multipart/form-data; boundary=B", 400, "boundary"),
        (_form(HEARD, DESCRIBED, end=b""), "multipart/form-data; boundary=B", 400, "breaks off"),
        (b"", "multipart/form-data; boundary=B", 400, "breaks off"),
        (_form(HEARD), "multipart/form-data; boundary=B", 400, "part named"),
        (_form(DESCRIBED), "multipart/form-data; boundary=B", 400, "part named"),
        (_form(HEARD, HEARD), "multipart/form-data; boundary=B", 400, "twice"),
        (_form(DESCRIBED, DESCRIBED), "multipart/form-data; boundary=B", 400, "twice"),
        (_form(*[("more", b"")] * 9), "multipart/form-data; boundary=B", 400, "boundary"),
        (_form(HEARD, ("metadata", b"{")), "multipart/form-data; boundary=B", 400, "JSON"),
        (_form(HEARD, ("metadata", b"{}")), "multipart/form-data; boundary=B", 422, "no id"),
        (_form(HEARD, ("metadata", b"[]")), "multipart/form-data; boundary=B", 422, "object"),
        (
            _form(HEARD, ("metadata", b'{"id": "c", "turns": [{"speaker": "agent", "text": "a"}]}')),
            "multipart/form-data; boundary=B",
            422,
            "turns",
        ),
        (_form(HEARD, ("metadata", b" " * 1_100_000)), "multipart/form-data; boundary=B", 413, "1,048,576"),
        (AUDIO, "audio/wav", 415, "multipart/form-data"),
        (AUDIO, "", 415, "multipart/form-data"),
        (b"{}", "application/json", 422, "url"),
        (b"{", "application/json", 400, "JSON"),
        (b'{"url": "https://x/", "metadata": 7}', "application/json", 422, "metadata"),
    ],
)
def test_bodies_that_make_no_sense_are_refused(
    stage: Stage, body: bytes, content_type: str, status: int, said: str
) -> None:
    """Each refusal says what is wrong, and nothing is kept."""
    state, platform = stage
    before = _files(state)
    answer = platform.post("/v1/recordings", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert _files(state) == before


@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_a_form_is_read_however_it_is_cut(stage: Stage, piece: int) -> None:
    """Boundaries and headers may be cut anywhere; the parts come in any order, and others are passed over."""
    _, platform = stage
    body = _form(
        ("more", b"x"),
        ("metadata", json.dumps(METADATA | {"id": f"cut-{piece}"}).encode()),
        ("file", AUDIO[:3000] + b"\r\n--"),
    )

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(body), piece):
            yield body[start : start + piece]

    answer = platform.post(
        "/v1/recordings", content=pieces(), headers={"Content-Type": 'multipart/form-data; boundary="B"'}
    )
    assert answer.status_code == 202
    assert platform.get(f"/v1/conversations/cut-{piece}/audio").content == AUDIO[:3000] + b"\r\n--"


def test_an_upload_that_breaks_off_leaves_nothing(stage: Stage) -> None:
    """Where the client goes away midway, the file that was begun is removed."""
    state, platform = stage
    before = _files(state)
    key = platform.headers["Authorization"]
    host, port = platform.base_url.host, platform.base_url.port
    with socket.create_connection((host, port)) as connection:
        connection.sendall(
            f"POST /v1/recordings HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Length: 400000\r\n"
            "Content-Type: multipart/form-data; boundary=B\r\n\r\n".encode()
            + _form(("file", AUDIO), end=b"")[:250_000]
        )
        _until(lambda: len(_files(state)) == len(before) + 1)
    _until(lambda: _files(state) == before)


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class _Recordings(BaseHTTPRequestHandler):
    """A host of recordings, and of what else a URL may lead to."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        match self.path:
            case "/call.wav?token=secret":
                self._answer(200, AUDIO)
            case "/moved":
                self._answer(302, b"", Location="/call.wav?token=secret")
            case "/page":
                self._answer(200, b"<html>" * 100)
            case "/endless":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(AUDIO)
                self.wfile.write(AUDIO)
            case "/slow":
                self.send_response(200)
                self.end_headers()
                for _ in range(100):
                    self.wfile.write(AUDIO[:1000])
                    time.sleep(0.1)
            case "/broken":
                self.send_response(200)
                self.send_header("Content-Length", "1000000")
                self.end_headers()
                self.wfile.write(AUDIO)
            case _:
                self._answer(404, b"")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    """Says nothing where a client goes away."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    """Address of a host of recordings."""
    server = _Quiet(("127.0.0.1", 0), _Recordings)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_recording_by_url_is_fetched_once(api_state: State, platform: httpx.Client, host: str) -> None:
    """It is here when the answer comes; a repetition fetches nothing, and the URL with its secret is not kept."""
    _Recordings.asked.clear()
    sent = {"url": f"{host}/call.wav?token=secret", "metadata": METADATA}
    first = platform.post("/v1/recordings", json=sent, headers={"Idempotency-Key": "one"})
    again = platform.post("/v1/recordings", json=sent, headers={"Idempotency-Key": "one"})
    assert first.status_code == 202, first.text
    assert again.content == first.content
    assert len(_Recordings.asked) == 1
    assert platform.get("/v1/conversations/call-1/audio").content == AUDIO
    assert "token" not in platform.get("/v1/conversations/call-1").text


def test_a_conversation_that_is_a_url_goes_the_same_way(platform: httpx.Client, host: str) -> None:
    """Sent as a conversation without turns, a recording becomes a job as well; a path is no URL."""
    sent = METADATA | {"recording": f"{host}/call.wav?token=secret", "turns": []}
    answer = platform.post("/v1/conversations", json=sent)
    assert answer.status_code == 202
    assert platform.get(answer.headers["Location"]).json()["kind"] == "recording"
    refused = platform.post("/v1/conversations", json=sent | {"id": "c-2", "recording": "/etc/passwd"})
    assert refused.status_code == 422
    assert "https://" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("url", "status", "said"),
    [
        ("{host}/moved", 422, "redirects are not followed"),
        ("{host}/missing", 422, "status 404"),
        ("{host}/page", 415, "does not begin as a recording"),
        ("{host}/endless", 413, "larger than"),
        ("{host}/slow", 422, "time allowed"),
        ("{host}/broken", 422, "could not be asked"),
        ("http://localhost:9/", 422, "could not be asked"),
        ("http://127.0.0.1:9/", 422, "not on the list"),
        ("https://other.example/call.wav", 422, "not on the list"),
        ("http://elsewhere.example/call.wav", 422, "https only"),
        ("https://user:word@localhost/call.wav", 422, "password"),
        ("file:///etc/passwd", 422, "https://"),
    ],
)
def test_urls_that_may_not_or_cannot_be_fetched(
    stage: Stage, host: str, url: str, status: int, said: str
) -> None:
    """Each is refused with what to do; nothing stays on the disk, and the key is free for another try."""
    state, platform = stage
    before = _files(state)
    sent = {"url": url.format(host=host), "metadata": METADATA}
    for _ in range(2):
        answer = platform.post("/v1/recordings", json=sent, headers={"Idempotency-Key": "one"})
        assert answer.status_code == status
        assert said in answer.json()["detail"]
    assert _files(state) == before


def test_a_private_address_is_refused_unless_its_network_is_allowed(
    database: Database, tmp_path: Path
) -> None:
    """A host of the list whose address is not public is not called by default."""
    state = api_stage.state_of(
        database, tmp_path / "data", recording_hosts=("localhost",), plain_hosts=("localhost",)
    )
    with api_stage.serving(state) as address, api_stage.client(state, address) as platform:
        answer = platform.post(
            "/v1/recordings", json={"url": "http://localhost:9/call.wav", "metadata": METADATA}
        )
    assert answer.status_code == 422
    assert "not public" in answer.json()["detail"]


SIZE = len(AUDIO)


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("", 200, 0, SIZE),
        ("bytes=0-", 206, 0, SIZE),
        ("bytes=0-0", 206, 0, 1),
        ("bytes=65530-65545", 206, 65530, 65546),
        ("bytes=100-99999999", 206, 100, SIZE),
        ("bytes=-10", 206, SIZE - 10, SIZE),
        ("bytes=-99999999", 206, 0, SIZE),
        ("bytes=-0", 416, 0, 0),
        (f"bytes={SIZE}-", 416, 0, 0),
        ("bytes=9999999999999999999-", 416, 0, 0),
        ("bytes=5-4", 200, 0, SIZE),
        ("bytes=-", 200, 0, SIZE),
        ("bytes=0-1,5-6", 200, 0, SIZE),
        ("seconds=0-1", 200, 0, SIZE),
        ("bytes=٣-٤", 200, 0, SIZE),
    ],
)
def test_ranges_of_the_audio(stage: Stage, asked: str, status: int, start: int, end: int) -> None:
    """Whole, from the middle, from the end, or not at all; what makes no sense counts as no range."""
    _, platform = stage
    headers = {"Range": asked.encode()} if asked else {}
    answer = platform.get("/v1/conversations/call-0/audio", headers=headers)
    head = platform.head("/v1/conversations/call-0/audio", headers=headers)
    assert answer.status_code == head.status_code == status
    assert head.content == b""
    if status == 416:
        assert answer.headers["Content-Range"] == f"bytes */{SIZE}"
        return
    assert answer.content == AUDIO[start:end]
    for name in ("Content-Length", "Content-Type", "ETag", "Accept-Ranges", "Content-Disposition"):
        assert answer.headers[name] == head.headers[name]
    assert int(answer.headers["Content-Length"]) == end - start
    expected = f"bytes {start}-{end - 1}/{SIZE}" if status == 206 else None
    assert answer.headers.get("Content-Range") == expected


def test_audio_is_safe_to_open(stage: Stage) -> None:
    """It is a download of an audio type that its content gave, whatever the sender called it."""
    _, platform = stage
    answer = platform.get("/v1/conversations/call-0/audio")
    assert answer.headers["Content-Type"] == "audio/amr"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="recording-')
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_another_recording_than_before_comes_whole(stage: Stage) -> None:
    """If-Range with another ETag gives everything, with the same one the part."""
    _, platform = stage
    etag = platform.head("/v1/conversations/call-0/audio").headers["ETag"]
    for given, status in ((etag, 206), ('"other"', 200)):
        headers = {"Range": "bytes=0-9", "If-Range": given}
        assert platform.get("/v1/conversations/call-0/audio", headers=headers).status_code == status


def test_who_listened_is_in_the_audit_log(stage: Stage) -> None:
    """Each read leaves a row; asking for the length does not."""
    state, platform = stage

    def rows() -> int:
        with state.database.read() as session:
            return len(audit.listed(session, object_kind="audio", limit=500).items)

    before = rows()
    platform.get("/v1/conversations/call-0/audio", headers={"Range": "bytes=0-9"})
    platform.head("/v1/conversations/call-0/audio")
    assert rows() == before + 1


def test_audio_that_is_not_there(api_state: State, api_address: str, platform: httpx.Client) -> None:
    """404 for what came as text and for others' recordings, 410 for what was purged or has lost its file."""
    platform.post("/v1/conversations", json=api_stage.body(store_stage.chat("c-1")))
    assert platform.get("/v1/conversations/c-1/audio").status_code == 404
    _send(platform)
    _send(platform, id="call-2")
    with api_stage.client(api_state, api_address, name="other") as other:
        assert other.get("/v1/conversations/call-1/audio").status_code == 404
    with api_stage.client(api_state, api_address, scopes=("conversations.read",)) as reader:
        assert reader.get("/v1/conversations/call-1/audio").status_code == 403
    with api_state.database.write() as session:
        row = conversations.find(session, "shop", "call-1")
        assert row is not None
        row.received_at = now() - timedelta(days=2)
        rule = {"recording_days": 1, "transcript_days": None, "grade_days": None}
        retention.set_rule(session, "call", **rule, changed_by=None)
        for path in retention.purge(session).recordings:
            api_state.vault.remove(path)
    gone = platform.get("/v1/conversations/call-1/audio")
    assert gone.status_code == 410
    assert re.search(r"removed on \d{4}-\d\d-\d\d:", gone.json()["detail"])
    (path,) = _files(api_state)
    api_state.vault.remove(path)
    assert platform.get("/v1/conversations/call-2/audio").status_code == 410


def test_a_recording_of_a_lost_key_says_so(api_state: State, platform: httpx.Client) -> None:
    """What cannot be decrypted is an error of the operator's, not half a file."""
    _send(platform)
    (path,) = _files(api_state)
    file = api_state.settings.data / path
    file.write_bytes(file.read_bytes()[:-5])
    answer = platform.get("/v1/conversations/call-1/audio", headers={"Range": "bytes=-5"})
    assert answer.status_code == 503
    assert "CALLGRADER_RECORDINGS_KEY" in answer.json()["detail"]


def test_a_full_disk_is_told_and_keeps_nothing(
    api_state: State, platform: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """507 with what to do, no rest of the file, and the same request goes through once there is room."""
    opened = Path.open

    def full(path: Path, mode: str = "r", **options: Any) -> Any:
        if path.suffix != ".part":
            return opened(path, mode, **options)
        opened(path, mode, **options).close()
        return opened(Path("/dev/full"), "wb")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "open", full)
        answer = _send(platform, key="once")
    assert answer.status_code == 507
    assert "full" in answer.json()["detail"]
    assert _files(api_state) == []
    assert _send(platform, key="once").status_code == 202
