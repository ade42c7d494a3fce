"""The shipped samples, graded as ``make run`` grades them, beside what their authors expect."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

GRADER = Path(sys.executable).with_name("grader")
SAMPLES = Path(__file__).parents[2] / "grader" / "samples"
EXPECTED = {c["id"]: c for c in json.loads((SAMPLES / "expected.json").read_text("utf-8"))["conversations"]}


@pytest.fixture(scope="module")
def grades(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """Grade all samples in one run."""
    out = tmp_path_factory.mktemp("samples") / "grades.jsonl"
    command = [GRADER, "grade", SAMPLES / "calls", SAMPLES / "chats", "--out", out]
    done = subprocess.run(
        [*command, "--speech-model", "micro-whisper"],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {grade["conversation_id"]: grade for grade in map(json.loads, out.read_text("utf-8").splitlines())}


def _state(grade: dict, criterion: str) -> str:
    return next(c["state"] for c in grade["criteria"] if c["id"] == criterion)


def test_every_sample_is_graded(grades: dict[str, dict]) -> None:
    """No sample is left out, and none is graded that nobody expects."""
    assert grades.keys() == EXPECTED.keys()


@pytest.mark.parametrize(("criterion", "least"), [("compliance", 0.9), ("empathy", 0.85), ("script", 0.8)])
def test_verdicts_agree_with_the_authors(criterion: str, least: float, grades: dict[str, dict]) -> None:
    """The weights, which have not seen the samples, agree with their authors on most of them."""
    agreed = [_state(grades[name], criterion) == expected[criterion] for name, expected in EXPECTED.items()]
    assert sum(agreed) / len(agreed) >= least


def test_no_violation_passes_unseen(grades: dict[str, dict]) -> None:
    """A conversation whose author put a violation in it fails compliance, or at the least goes to a person."""
    violating = [name for name, expected in EXPECTED.items() if expected["compliance"] == "not_met"]
    assert len(violating) >= 10
    for name in violating:
        found = _state(grades[name], "compliance") == "not_met"
        assert found or grades[name]["triage"]["decision"] == "review", name


def test_personal_data_is_in_no_grade(grades: dict[str, dict]) -> None:
    """What the authors marked as personal data is not in what is written about the conversation."""
    marked = {
        name: expected["personal_data"] for name, expected in EXPECTED.items() if expected["personal_data"]
    }
    assert marked
    for name, data in marked.items():
        written = json.dumps(grades[name], ensure_ascii=False)
        assert not [piece for piece in data if _text(piece) in written], name


def _text(piece: dict | str) -> str:
    return piece if isinstance(piece, str) else piece["text"]
