"""``grader batch`` on real files: cut off anywhere, gone on with, and come to what an undisturbed run comes to."""

import csv
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

from grader.files import claim

GRADER = Path(sys.executable).with_name("grader")
SAMPLES = Path(__file__).parents[2] / "grader" / "samples" / "chats"
CONVERSATIONS = 200
BATCH = 64
"""Conversations of a chunk."""

TOLD = {"text": True, "encoding": "utf-8", "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


def batch(inputs: Path, output: Path, *options: object) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    with started(inputs, output, *options) as process:
        out, err = process.communicate(timeout=240)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def started(inputs: Path, output: Path, *options: object) -> subprocess.Popen[str]:
    """Start the command."""
    return subprocess.Popen([GRADER, "batch", "--input", inputs, "--output", output, *options], **TOLD)


def run_of(output: Path) -> dict:
    """Give what ``run.json`` says; nothing where there is none yet."""
    path = output / "run.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def grades_of(output: Path) -> list[dict]:
    """Read the grades."""
    return [json.loads(line) for line in (output / "grades.jsonl").read_text("utf-8").splitlines()]


def interrupted(inputs: Path, output: Path, number: int) -> tuple[int, str]:
    """Send the signal once a chunk is written; give the status and what was said."""
    with started(inputs, output) as process:
        while process.poll() is None and run_of(output).get("graded", 0) < BATCH:
            time.sleep(0.02)
        process.send_signal(number)
        _, err = process.communicate(timeout=240)
    return process.returncode, err


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two hundred chats in files of their own, and one that is broken."""
    folder = tmp_path_factory.mktemp("inputs")
    lines = (SAMPLES / "web-chats.jsonl").read_text(encoding="utf-8").splitlines()
    for number in range(CONVERSATIONS):
        chat = json.loads(lines[number % len(lines)]) | {"id": f"c-{number:03}"}
        (folder / f"{number:03}.json").write_text(json.dumps(chat), encoding="utf-8")
    (folder / "070-broken.json").write_text('{"turns": [', encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing disturbed, with tables."""
    output = tmp_path_factory.mktemp("undisturbed") / "output"
    done = batch(inputs, output, "--format", "csv", "--format", "xlsx")
    assert done.returncode == 3, done.stderr
    assert f"Graded {CONVERSATIONS} conversations in" in done.stdout
    return output


def check_same(output: Path, undisturbed: Path) -> None:
    """Check that every conversation is there exactly once, and every byte as it is without a disturbance."""
    assert [g["conversation_id"] for g in grades_of(output)] == [f"c-{n:03}" for n in range(CONVERSATIONS)]
    for name in ("grades.jsonl", "problems.jsonl"):
        assert (output / name).read_bytes() == (undisturbed / name).read_bytes()
    assert run_of(output)["finished_at"]


def test_a_folder_is_graded_with_its_tables(undisturbed: Path) -> None:
    """A line each, what was left out, the counts and the settings; and a row a conversation in both tables."""
    grades = grades_of(undisturbed)
    (problem,) = map(json.loads, (undisturbed / "problems.jsonl").read_text("utf-8").splitlines())
    run = run_of(undisturbed)
    assert problem["source"].endswith("070-broken.json")
    assert (run["graded"], run["left_out"]) == (CONVERSATIONS, 1)
    assert {card["name"] for card in run["settings"]["scorecards"]} == {"service-en", "service-zh"}
    assert re.fullmatch("[0-9a-f]{64}", run["settings"]["turn_model"]["sha256"])
    with (undisturbed / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    sheet = openpyxl.load_workbook(undisturbed / "grades.xlsx").active
    header, *cells = sheet.iter_rows(values_only=True)
    assert [row["conversation_id"] for row in rows] == [g["conversation_id"] for g in grades]
    assert [dict(zip(header, row, strict=True))["score"] for row in cells] == [g["score"] for g in grades]
    states = {c["id"]: c["state"] for c in grades[0]["criteria"]}
    assert {criterion: rows[0][criterion] for criterion in states} == states
    assert len(rows) == len(cells) == CONVERSATIONS


def test_a_run_that_was_killed_comes_to_the_same(inputs: Path, undisturbed: Path, tmp_path: Path) -> None:
    """Killed in the middle of a chunk, of which some lines had reached the disk, the last one torn."""
    output = tmp_path / "output"
    status, _ = interrupted(inputs, output, signal.SIGKILL)
    assert status == -signal.SIGKILL
    before = run_of(output)
    torn = (undisturbed / "grades.jsonl").read_bytes()[: before["bytes"] + 3 * 8000]
    assert torn.startswith((output / "grades.jsonl").read_bytes()[: before["bytes"]])
    assert not torn.endswith(b"\n")
    (output / "grades.jsonl").write_bytes(torn)
    assert not before["finished_at"]
    assert BATCH <= before["graded"] < CONVERSATIONS
    done = batch(inputs, output)
    assert done.returncode == 3, done.stderr
    assert f"({before['graded']} of them earlier)" in done.stdout
    check_same(output, undisturbed)
    assert run_of(output)["started_at"] == before["started_at"]


def test_a_full_disk_is_gone_on_from(inputs: Path, undisturbed: Path, tmp_path: Path) -> None:
    """The command says what to do instead of a traceback, and the next run goes on."""
    output = tmp_path / "output"
    size = (undisturbed / "grades.jsonl").stat().st_size // 2
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); "
    call = f"import sys; sys.argv[1:] = ['batch', '--input', {str(inputs)!r}, '--output', {str(output)!r}]; "
    main = "from grader.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", limit + call + main], check=False, timeout=240, **TOLD)
    assert done.returncode == 4
    assert f"{output} cannot be written (File too large). Make room, and run again" in done.stderr
    assert "Traceback" not in done.stderr
    assert batch(inputs, output).returncode == 3
    check_same(output, undisturbed)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_finishes_what_it_has_in_hand(
    inputs: Path, undisturbed: Path, tmp_path: Path, number: signal.Signals
) -> None:
    """And says how far it came, with a status of its own; the next run goes on."""
    output = tmp_path / "output"
    status, said = interrupted(inputs, output, number)
    assert status == 128 + number
    assert (stopped := re.search(rf"Stopped after (\d+) of {CONVERSATIONS + 1}\.", said))
    run = run_of(output)
    assert run["graded"] == len(grades_of(output)) == int(stopped[1]) - run["left_out"]
    assert not run["finished_at"]
    assert batch(inputs, output).returncode == 3
    check_same(output, undisturbed)


def test_what_is_new_changed_or_mended_is_graded_and_nothing_else(tmp_path: Path) -> None:
    """The output may lie in the input; a changed conversation's line is replaced, in its place."""
    chats = [json.loads(line) for line in (SAMPLES / "web-chats.jsonl").read_text("utf-8").splitlines()[:3]]
    paths = [tmp_path / f"{number}.json" for number in range(4)]
    output = tmp_path / "output"

    def write(number: int, chat: dict) -> None:
        paths[number].write_text(json.dumps(chat | {"id": str(number)}), encoding="utf-8")

    write(0, chats[0])
    write(1, chats[1])
    paths[2].write_text("{", encoding="utf-8")
    assert batch(tmp_path, output).returncode == 3
    first = grades_of(output)
    assert [g["conversation_id"] for g in first] == ["0", "1"]

    write(0, chats[2])
    write(2, chats[1])
    write(3, chats[0])
    done = batch(tmp_path, output)
    assert done.returncode == 0
    assert "Graded 4 conversations (2 of them earlier)" in done.stdout
    second = grades_of(output)
    assert [g["conversation_id"] for g in second] == ["0", "1", "2", "3"]
    assert second[1] == first[1]
    assert second[0]["input"] != first[0]["input"]
    assert second[0]["turns"] != first[0]["turns"]
    assert (output / "problems.jsonl").read_text(encoding="utf-8") == ""


def test_no_number_can_be_guessed_from_what_is_kept(tmp_path: Path) -> None:
    """What is kept of the input is that of redacted words: two customers who differ in their numbers alone look alike."""
    kept = []
    for phone, customer in (("13812345678", "u-1"), ("13987654321", "u-2")):
        turns = [
            {"speaker": "customer", "text": f"我的电话是{phone}，快递还没到"},
            {"speaker": "agent", "text": "好的，我帮您查一下。"},
        ]
        chat = {"id": "c-1", "language": "zh", "customer": {"id": customer}, "turns": turns}
        given = tmp_path / f"{customer}.json"
        given.write_text(json.dumps(chat), encoding="utf-8")
        output = tmp_path / customer
        assert batch(given, output).returncode == 0
        kept += [grade["input"] for grade in grades_of(output)]
    assert len(kept) == 2
    assert kept[0] == kept[1]


def test_other_settings_are_refused(undisturbed: Path, inputs: Path) -> None:
    """Grades of two kinds would stand in one file: the message says what differs, and nothing is touched."""
    content = (undisturbed / "grades.jsonl").read_bytes()
    done = batch(inputs, undisturbed, "--agent-channel", "left", "--scorecard", "service-zh")
    assert done.returncode == 2
    assert 'agent_channel was "auto" and is "left"' in done.stderr
    assert "scorecards was [" in done.stderr
    assert "give another folder" in done.stderr
    assert (undisturbed / "grades.jsonl").read_bytes() == content
    assert run_of(undisturbed)["finished_at"]


def test_a_file_of_another_kind_is_not_taken_for_grades(inputs: Path, tmp_path: Path) -> None:
    """What ``grader grade`` wrote says nothing of what it was graded from."""
    (tmp_path / "grades.jsonl").write_text("{}\n", encoding="utf-8")
    done = batch(inputs, tmp_path)
    assert (done.returncode, (tmp_path / "grades.jsonl").read_text("utf-8")) == (2, "{}\n")
    assert "was written by no batch" in done.stderr


def test_a_second_run_is_kept_out(inputs: Path, tmp_path: Path) -> None:
    """Two at once would write one file."""
    with (tmp_path / ".lock").open("w") as lock:
        claim(lock.fileno(), tmp_path)
        done = batch(inputs, tmp_path)
    assert done.returncode == 4
    assert "another run is writing it" in done.stderr
    assert not (tmp_path / "grades.jsonl").exists()
