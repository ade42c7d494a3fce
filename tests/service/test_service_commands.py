"""The service's commands, as an operator types them."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from store_stage import chat

from service.database import Database

GRADER = Path(sys.executable).with_name("grader")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run([GRADER, *arguments], check=False, capture_output=True, text=True, timeout=120)


@contextmanager
def serving(data: Path, *arguments: str) -> Iterator[tuple[str, str, subprocess.Popen[str]]]:
    """Serve on a free port; gives the address and all that was printed until it answered."""
    command = [GRADER, "serve", "--data", str(data), "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(r"answers at (\S+);", line):
                break
        else:
            pytest.fail(f"it ended: {said}")
        try:
            yield found[1], said, process
        finally:
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
            process.wait(60)


def test_an_operator_goes_from_nothing_to_a_grade(tmp_path: Path) -> None:
    """A key is printed once, the service graded with it, its jobs are done, and SIGTERM ends it in order."""
    key = run("key", "create", "--role", "platform", "--data", str(tmp_path)).stdout.strip()
    header = {"Authorization": f"Bearer {key}"}
    with serving(tmp_path, "--speech", "0") as (address, said, process):
        assert re.search(r"log in as admin with the one-time password \S{20}", said)
        sent = chat("c-1").model_dump(mode="json", exclude_defaults=True)
        graded = httpx.post(f"{address}/v1/conversations", json=sent, headers=header)
        assert graded.json()["conversation_id"] == "c-1"
        queued = httpx.post(
            f"{address}/v1/conversations",
            json=sent | {"id": "c-2"},
            headers=header | {"Prefer": "respond-async"},
        )
        job = address + queued.headers["Location"]
        while (state := httpx.get(job, headers=header).json()["state"]) in {"queued", "running"}:
            pass
        assert state == "done"
    assert process.returncode == 0
    verified = run("audit", "verify", "--data", str(tmp_path))
    assert verified.returncode == 0
    assert "is whole" in verified.stdout
    listed = run("key", "list", "--data", str(tmp_path)).stdout
    assert key[:6] in listed
    assert key not in listed


def test_a_second_start_prints_no_password(tmp_path: Path) -> None:
    """The first one's is not shown again, nor another made."""
    for expected in (True, False):
        with serving(tmp_path, "--speech", "0", "--text", "0") as (_, said, _process):
            assert ("one-time password" in said) is expected


def test_an_audit_log_that_was_changed_is_found_out(tmp_path: Path) -> None:
    """Exit status 3 and the row's number; even whoever removes the triggers leaves a trace."""
    for name in ("one", "two", "three"):
        run("key", "create", "--name", name, "--data", str(tmp_path))
    database = Database(f"sqlite:///{tmp_path / 'callgrader.db'}")
    with database.engine.begin() as connection:
        triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE audit_log SET actor = 'user:somebody' WHERE number = 2")
    database.close()
    verified = run("audit", "verify", "--data", str(tmp_path))
    assert verified.returncode == 3
    assert "row 2" in verified.stderr


def test_accounts_are_made_from_the_command_line(tmp_path: Path) -> None:
    """With a one-time password, which can be replaced."""
    made = run("user", "create", "mei", "--role", "supervisor", "--team", "night", "--data", str(tmp_path))
    again = run("user", "create", "mei", "--data", str(tmp_path))
    assert (again.returncode, "another login" in again.stderr) == (2, True)
    replaced = run("user", "password", "mei", "--data", str(tmp_path)).stdout.strip()
    with serving(tmp_path, "--speech", "0", "--text", "0") as (address, said, _):
        assert "one-time password" not in said
        for password, status in ((made.stdout.strip(), 401), (replaced, 200)):
            answer = httpx.post(f"{address}/v1/login", json={"login": "mei", "password": password})
            assert answer.status_code == status


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--database", "mysql://x/y"], "no database that is supported"),
        (["key", "create", "--scope", "everything"], "no such permission"),
        (["key", "revoke", "none"], "no such key"),
        (["user", "password", "nobody"], "no such account"),
    ],
)
def test_what_cannot_be_done_is_a_usage_error(tmp_path: Path, arguments: list[str], said: str) -> None:
    """Exit status 2, with what to do."""
    done = run(*arguments, "--data", str(tmp_path))
    assert done.returncode == 2
    assert said in done.stderr


def test_an_address_that_is_taken_is_named(tmp_path: Path) -> None:
    """Exit status 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--port", port, "--data", str(tmp_path))
    assert done.returncode == 2
    assert port in done.stderr


def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of its environment variable."""
    monkeypatch.setenv("CALLGRADER_TEXT_BATCH", "none")
    done = run("serve", "--data", str(tmp_path))
    assert done.returncode == 2
    assert "CALLGRADER_TEXT_BATCH" in done.stderr
