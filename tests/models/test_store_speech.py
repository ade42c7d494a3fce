"""Speech models by name: shipped, installed, in a folder, or fetched once from a hub.

The hub is a real HTTP server on this machine, asked by the real client; no test leaves the machine.
"""

import contextlib
import hashlib
import http.server
import json
import os
import pty
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.store import MANIFEST, SHIPPED, ModelError, speech_model, write_manifest

FILES = {
    "model.bin": os.urandom(200_000),
    "config.json": b"{}",
    "tokenizer.json": b'{"version": "1.0"}',
    "vocabulary.json": b'["a"]',
    "preprocessor_config.json": b'{"feature_size": 80}',
}
COMMIT = "0123456789abcdef0123456789abcdef01234567"
ALIEN = "owner/of-another-kind"


class Hub(http.server.ThreadingHTTPServer):
    """Serves one model under any name, as the Hugging Face hub does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[str] = []
        self.breaks_off = False

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(http.server.BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def do_HEAD(self) -> None:
        """Tell size and hash of a file."""
        self._answer(with_body=False)

    def do_GET(self) -> None:
        """Give the list of files, or one of them, from where the client has it."""
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        files = {name: FILES[name] for name in FILES if ALIEN not in self.path or name != "model.bin"}
        if self.path.startswith("/api/models/"):
            listed = [
                {"rfilename": name, "type": "file", "path": name, "size": len(content), "oid": _hash(content)}
                for name, content in files.items()
            ]
            whole = {"id": "owner/model", "sha": COMMIT, "siblings": listed}
            self._send(json.dumps(listed if "/tree/" in self.path else whole).encode(), with_body=with_body)
            return
        name = self.path.rpartition("/")[2]
        if name not in files:
            self.send_error(404)
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self._send(files[name], with_body=with_body, start=start, breaks_off=self.server.breaks_off)

    def _send(self, content: bytes, *, with_body: bool, start: int = 0, breaks_off: bool = False) -> None:
        part = content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("ETag", f'"{_hash(content)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if with_body:
            self.wfile.write(part[: len(part) // 2] if breaks_off and len(part) > 1000 else part)


def _hash(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def hub() -> Iterator[Hub]:
    """Give a running hub."""
    with Hub() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder for installed models."""
    folder = tmp_path / "installed"
    folder.mkdir()
    monkeypatch.setenv("CALLGRADER_MODELS", str(folder))
    return folder


RESOLVE = (
    "import sys\n"
    "from models.store import ModelError, speech_model\n"
    "try: print(speech_model(sys.argv[1]))\n"
    "except ModelError as error: sys.exit(f'ModelError: {error}')\n"
)


def resolve(
    name: str, folder: Path, hub: str, *, stderr: int = subprocess.PIPE, code: str = RESOLVE
) -> subprocess.CompletedProcess[str]:
    """Resolve a name in a process of its own, which asks the hub at the given address."""
    environment = {
        **os.environ,
        "CALLGRADER_MODELS": str(folder),
        "HF_ENDPOINT": hub,
        "HF_HOME": str(folder.parent / "hub-cache"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_ETAG_TIMEOUT": "5",
    }
    return subprocess.run(
        [sys.executable, "-c", code, name],
        env=environment,
        cwd=SHIPPED.parents[1],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        check=False,
        timeout=60,
    )


def put(folder: Path, *, without: str | None = None) -> Path:
    """Put a model's files into a folder."""
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        if name != without:
            (folder / name).write_bytes(content)
    return folder


def test_the_shipped_model_is_found_by_its_name(installed: Path) -> None:
    """And verified by its manifest."""
    assert speech_model("micro-whisper") == SHIPPED / "micro-whisper"


def test_an_installed_model_goes_before_the_shipped_one(installed: Path) -> None:
    """A newer model of the same name replaces the shipped one."""
    folder = put(installed / "micro-whisper")
    assert speech_model("micro-whisper") == folder


@pytest.mark.parametrize("name", ["small", "large-v3-turbo", "owner/model"])
def test_files_put_there_by_hand_are_enough(
    installed: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Whisper size or hub name whose files are there is used as it is, without a manifest and without a hub."""
    monkeypatch.setattr("models.store._download", lambda *_, **__: pytest.fail("asked the hub"))
    folder = put(installed / name.replace("/", "--"), without="preprocessor_config.json")
    assert speech_model(name) == folder


def test_a_folder_is_taken_as_it_is(installed: Path, tmp_path: Path) -> None:
    """By its path, absolute or from the home folder."""
    folder = put(tmp_path / "mine")
    assert speech_model(str(folder)) == folder


@pytest.mark.parametrize("missing", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_an_incomplete_folder_is_refused(installed: Path, missing: str) -> None:
    """The error names the folder and the file that is missing."""
    folder = put(installed / "small", without=missing)
    with pytest.raises(ModelError, match=missing) as caught:
        speech_model("small")
    assert str(folder) in str(caught.value)


def test_a_changed_byte_is_found_where_there_is_a_manifest(installed: Path) -> None:
    """What was fetched whole and damaged later must not transcribe."""
    folder = put(installed / "small")
    write_manifest(folder)
    content = bytearray(FILES["model.bin"])
    content[1000] ^= 1
    (folder / "model.bin").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.bin differs from its manifest"):
        speech_model("small")


@pytest.mark.parametrize("name", ["smal", "", "../micro-whisper", "a/b/c", "/nowhere/model"])
def test_an_unknown_name_says_what_there_is(installed: Path, name: str) -> None:
    """A slip of the pen is not sent to the hub."""
    with pytest.raises(ModelError, match="large-v3-turbo") as caught:
        speech_model(name)
    assert "micro-whisper" in str(caught.value)


def test_a_model_is_fetched_once(installed: Path, hub: Hub) -> None:
    """The first use downloads and verifies it, silently in a pipe; the second does not even ask."""
    first = resolve("tiny", installed, hub.address)
    assert (first.stderr, first.returncode) == ("", 0)
    folder = installed / "tiny"
    assert first.stdout.strip() == str(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MANIFEST} == FILES
    assert json.loads((folder / MANIFEST).read_text())["sha256"].keys() == FILES.keys()
    assert any("Systran/faster-whisper-tiny" in asked for asked in hub.asked)
    assert not any("agent" in asked for asked in hub.asked)
    hub.asked.clear()
    second = resolve("tiny", installed, hub.address)
    assert second.stdout == first.stdout
    assert hub.asked == []


def test_a_terminal_sees_the_progress(installed: Path, hub: Hub) -> None:
    """The download shows a bar where somebody watches."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    outcome = resolve("owner/model", installed, hub.address, stderr=theirs)
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # Linux ends a terminal that nobody writes to with an error
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    assert outcome.returncode == 0
    assert b"%" in shown
    assert (installed / "owner--model" / "model.bin").is_file()


def test_a_download_that_breaks_off_never_counts_as_complete(installed: Path, hub: Hub) -> None:
    """The next use goes on with it."""
    hub.breaks_off = True
    broken = resolve("tiny", installed, hub.address)
    assert broken.returncode == 1
    assert "ModelError" in broken.stderr
    assert not (installed / "tiny").exists()
    hub.breaks_off = False
    assert resolve("tiny", installed, hub.address).returncode == 0
    assert (installed / "tiny" / "model.bin").read_bytes() == FILES["model.bin"]


def test_a_model_of_another_kind_is_refused(installed: Path, hub: Hub) -> None:
    """A PyTorch Whisper has no model.bin: the error says how to convert it, and nothing stays behind."""
    outcome = resolve(ALIEN, installed, hub.address)
    assert "has no model.bin: it is no CTranslate2 Whisper model" in outcome.stderr
    assert "ct2-transformers-converter" in outcome.stderr
    assert [path.name for path in installed.iterdir() if path.is_dir()] == []


def test_a_hub_that_does_not_answer_is_asked_once(installed: Path) -> None:
    """A proxy that swallows what it is sent must not hold up the night, nor each recording of it."""
    code = (
        "import models.store as store\n"
        "store._PATIENCE = 0.5\n"
        "for _ in range(3):\n"
        "    try: store.speech_model('tiny')\n"
        "    except store.ModelError as error: print(error)\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(0)
        outcome = resolve("tiny", installed, f"http://127.0.0.1:{silent.getsockname()[1]}", code=code)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
    lines = outcome.stdout.splitlines()
    assert len(lines) == 3
    assert len(set(lines)) == 1
    assert f"put them into {installed / 'tiny'}" in lines[0]


def test_without_a_hub_the_error_says_which_files_to_put_where(installed: Path) -> None:
    """Every file, the folder, the address and the size of the download."""
    outcome = resolve("small", installed, "http://127.0.0.1:9")
    assert outcome.returncode == 1
    for part in (
        "'small' (about 486 MB)",
        "model.bin, config.json, tokenizer.json, vocabulary.json (or vocabulary.txt)",
        "preprocessor_config.json",
        "https://huggingface.co/Systran/faster-whisper-small",
        f"into {installed / 'small'}.",
    ):
        assert part in outcome.stderr
