"""The commands that learn from reviewers: what they print, and their exit statuses."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import typer
from review_making import review
from typer.testing import CliRunner

from training import cli
from training.corrections import Reviewed


@pytest.fixture
def app() -> typer.Typer:
    """Put the commands together, as ``grader`` does."""
    app = typer.Typer()
    for command in (cli.train, cli.calibrate, cli.evaluate, cli.drift, cli.select):
        app.command()(command)
    return app


def written(path: Path, reviews: Sequence[Reviewed]) -> str:
    """Write reviews as the service exports them."""
    path.write_text("".join(one.model_dump_json() + "\n" for one in reviews), encoding="utf-8")
    return str(path)


def test_drift_tells_by_exit_status_and_json(app: typer.Typer, tmp_path: Path) -> None:
    """0 while the promise is kept, 3 once it is broken; the JSON names what broke it."""
    kept = written(tmp_path / "kept.jsonl", [review(number, 0.97, "met") for number in range(50)])
    broken = [review(number, 0.97, "met" if number % 3 else "not_met") for number in range(90)]
    assert CliRunner().invoke(app, ["drift", "--reviews", kept]).exit_code == 0
    out = tmp_path / "drift.json"
    shown = CliRunner().invoke(
        app, ["drift", "--reviews", written(tmp_path / "b.jsonl", broken), "--out", str(out)]
    )
    assert shown.exit_code == 3
    assert "Drift: more verdicts are wrong than the promised 5%" in shown.output
    assert json.loads(out.read_text())["drifted"] == ["all criteria", "empathy"]


def test_a_damaged_file_is_a_usage_error(app: typer.Typer, tmp_path: Path) -> None:
    """Line and remedy are printed, exit status 2."""
    path = tmp_path / "c.jsonl"
    path.write_text("{}\n")
    for arguments in (["drift", "--reviews"], ["calibrate", "--name", "x", "--reviews"]):
        shown = CliRunner().invoke(app, [*arguments, str(path)])
        assert shown.exit_code == 2
        assert "c.jsonl, line 1, conversation" in shown.output


def test_too_few_reviews_install_nothing(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shipped weights label the conversations anew; with three reviews nothing is installed: exit status 3."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path))
    reviews = written(tmp_path / "r.jsonl", [review(number, 0.1, "not_met") for number in range(3)])
    shown = CliRunner().invoke(
        app, ["calibrate", "--reviews", reviews, "--name", "mine-1", "--scorecard", "service-zh"]
    )
    assert shown.exit_code == 3
    assert "Nothing was installed" in shown.output
    assert not (tmp_path / "mine-1").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["calibrate", "--name", "mine-1"], "Missing option '--reviews'"),
        (["calibrate", "--reviews", "FILE"], "Missing option '--name'"),
        (
            ["calibrate", "--reviews", "FILE", "--name", "criteria-1"],
            "There is an artifact called 'criteria-1' already",
        ),
        (["train", "--data", "FOLDER", "--out", "x", "--corrections", "FILE"], "Give --out or --corrections"),
        (
            ["train", "--data", "FOLDER", "--encoder", "x", "--language", "fr"],
            "'fr' is not one of 'zh', 'en'",
        ),
        (["train", "--data", "FOLDER", "--encoder", "x", "--out", "FOLDER"], "already. Choose another name."),
        (["train", "--data", "FOLDER", "--encoder", "x", "--out", "."], "'' cannot name a folder."),
        (
            ["train", "--data", "FOLDER", "--encoder", "hub/turns-1"],
            "--out: There is an artifact called 'turns-1'",
        ),
        (["train", "--data", "FOLDER"], "train_zh.jsonl.gz: There is no such file or folder."),
        (["evaluate", "--data", "FOLDER"], "train_zh.jsonl.gz: There is no such file or folder."),
        (["select", "--grades", "FILE", "--budget", "2"], "line 1: The line is no grade"),
    ],
)
def test_what_cannot_be_done_is_said(
    app: typer.Typer, tmp_path: Path, arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Usage errors end with status 2 and say what to give."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path / "models"))
    given = {"FILE": written(tmp_path / "r.jsonl", [review(1, 0.9, "met")]), "FOLDER": str(tmp_path)}
    shown = CliRunner().invoke(app, [given.get(one, one) for one in arguments])
    assert shown.exit_code == 2
    assert words in shown.output


def test_an_encoder_is_never_overwritten(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fine-tuning an encoder in the models folder needs another place; its files stay."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path))
    encoder = tmp_path / "my-bert"
    encoder.mkdir()
    (encoder / "config.json").write_text("{}")
    shown = CliRunner().invoke(app, ["train", "--data", str(tmp_path), "--encoder", str(encoder)])
    assert shown.exit_code == 2
    assert "--out: There is an artifact called 'my-bert' already" in shown.output
    assert (encoder / "config.json").read_text() == "{}"


WITHOUT_EXTRA = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "transformers", "onnx", "pypinyin"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from grader.cli import main
main()
"""


def without_extra(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run ``grader`` as it is installed without the extra ``train``."""
    command = [sys.executable, "-c", WITHOUT_EXTRA, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_calibrating_needs_nothing_that_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what ``make run`` installs, a calibration of one's own is made."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path / "models"))
    reviews = written(tmp_path / "r.jsonl", [review(number, 0.1, "not_met") for number in range(60)])
    done = without_extra("calibrate", "--reviews", reviews, "--name", "mine-1", "--scorecard", "service-zh")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "models" / "mine-1" / "calibration.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["train", "--data", "."], "torch"),
        (["train-speech", "--out", "x", "--work", "x"], "pypinyin"),
    ],
)
def test_what_fits_says_which_extra_it_needs(arguments: list[str], missing: str, tmp_path: Path) -> None:
    """Without torch or the sounds of the characters, the command that installs them is told."""
    done = without_extra(*[str(tmp_path) if one == "x" else one for one in arguments])
    assert done.returncode == 2
    assert f"{missing} is not installed. This needs the extra train: .venv/bin/pip install" in done.stderr


def test_select_names_the_most_doubtful_first(app: typer.Typer, tmp_path: Path) -> None:
    """A line each with what a review is expected to find; queues of the service's export are read."""
    grades = [review(number, said, "met").grade for number, said in enumerate([0.99, 0.55, 0.7])]
    path = tmp_path / "grades.jsonl"
    rows = [one.model_dump(mode="json") | {"queue": "returns"} for one in grades if one]
    path.write_text("\n".join(map(json.dumps, rows)))
    shown = CliRunner().invoke(app, ["select", "--grades", str(path), "--budget", "2"])
    assert shown.exit_code == 0
    assert shown.output.splitlines() == ["r-1\t0.45\tempathy\treturns", "r-2\t0.30\tempathy\treturns"]
