"""Whatever comes in, the run goes on: every input is graded sensibly or left out with a clear word."""

import gzip
import json
import re
import struct
import subprocess
import sys
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest

GRADER = Path(sys.executable).with_name("grader")
RATE = 8000


def _chat(*turns: dict, **fields: object) -> bytes:
    given = turns or (
        {"speaker": "customer", "text": "我的快递还没有到，能帮我看一下吗"},
        {"speaker": "agent", "text": "您好，已经为您催促，今天下午送到。"},
    )
    return json.dumps({"channel": "chat", "turns": given} | fields).encode()


def _turn(speaker: str, text: str, **fields: object) -> dict:
    return {"speaker": speaker, "text": text} | fields


def _wav(samples: np.ndarray) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE, len(samples), "NONE", ""))
            file.writeframes((samples * 32767).astype("<i2").tobytes())

    return write


def _noise(seconds: int) -> np.ndarray:
    return np.random.default_rng(5).normal(0, 0.1, seconds * RATE).clip(-1, 1)


def _workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["会话ID", "角色", "内容"])
    sheet.append(["x-1", "客户", '=HYPERLINK("http://example.invalid","点我")'])
    sheet.append(["x-1", "客服", "=1+1"])
    book.save(path)


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no sound")


LEFT_OUT: dict[str, bytes | Callable[[Path], None]] = {
    "empty.json": b"",
    "truncated.json": _chat()[:40],
    "truncated.jsonl.gz": gzip.compress(_chat() * 50)[:60],
    "binary.json": bytes(range(256)) * 20,
    "formulas.xlsx": _workbook,
    "zip.wav": _zip,
    "zero.wav": b"",
    "header.wav": b"RIFF\xff\xff\xff\xffWAVEfmt " + struct.pack("<IHHIIHH", 16, 99, 0, 0, 0, 0, 0),
    "deep.json": b"[" * 100_000,
    "headless.csv": "c1,客户,我的电话是13812345678，身份证110101199003074258\n".encode(),
    "words.json": json.dumps({"turns": "我的密码是abc12345，电话13812345678"}).encode(),
}
"""Inputs that cannot be graded."""

NOT_EVALUATED: dict[str, bytes | Callable[[Path], None]] = {
    "no_turns.json": json.dumps({"id": "no_turns", "turns": []}).encode(),
    "french.json": _chat(
        _turn("customer", "Bonjour, où est ma commande s'il vous plaît ? Je l'attends depuis trois jours."),
        _turn("agent", "Nous vérifions auprès du transporteur et vous rappelons demain matin."),
    ),
    "spanish.json": _chat(
        _turn("customer", "Hola, llevo dos semanas esperando un paquete y no me ha llegado a casa."),
        _turn("agent", "Lamento las molestias. ¿Me puede dar el número de pedido, por favor?"),
        language="es",
    ),
    "only_customer.json": _chat(
        _turn("customer", "有人吗？"), _turn("customer", "我等了半天了，没有人回答我")
    ),
    "silent.wav": _wav(np.zeros(20 * RATE)),
    "noise.wav": _wav(_noise(20)),
}
"""Inputs in which there is nothing fit to judge."""

GRADED: dict[str, bytes | Callable[[Path], None]] = {
    "speaker.json": _chat(_turn("martian", "您好，请问有什么可以帮您？"), _turn("venusian", "我的灯坏了")),
    "only_agent.json": _chat(_turn("agent", "您好，请问有什么可以帮您？"), _turn("agent", "您还在吗？")),
    "long.json": _chat(*[_turn(("customer", "agent")[n % 2], f"第{n}句，请帮我查一下订单") for n in range(10_000)]),
    "huge_turn.json": _chat(_turn("customer", "我的灯坏了。" * 900_000), _turn("agent", "非常抱歉，已为您换新。")),
    "control.json": _chat(_turn("customer", "灯\u0000坏\u0007了\u001b[31m"), _turn("agent", "已为您\u202e换新。")),
    "surrogate.json": _chat(_turn("customer", "灯坏了\ud800"), _turn("agent", "已为您换新\udfff，请放心。")),
    "nan.json": _chat(_turn("customer", "灯坏了", start=float("nan")), _turn("agent", "已为您换新。", end=float("inf"))),
    "disorder.json": _chat(
        _turn("customer", "灯坏了", start=9, end=4),
        _turn("agent", "已为您换新。", start=-3, end=2),
        _turn("customer", "好的", start=1, end=30),
    ),
}  # fmt: skip
"""Odd inputs that a person could still grade."""


def _write(folder: Path, files: dict[str, bytes | Callable[[Path], None]]) -> None:
    for name, content in files.items():
        if callable(content):
            content(folder / name)
        else:
            (folder / name).write_bytes(content)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Grade a folder of all of them in one run."""
    folder = tmp_path_factory.mktemp("odd")
    inputs = folder / "inputs"
    inputs.mkdir()
    for files in (LEFT_OUT, NOT_EVALUATED, GRADED):
        _write(inputs, files)
    command = [GRADER, "grade", inputs, inputs / "gone.json", "--out", folder / "grades.jsonl"]
    command += ["--page", folder / "grades.html", "--speech-model", "micro-whisper"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    return run, folder


def _grades(folder: Path) -> dict[str, dict]:
    lines = (folder / "grades.jsonl").read_text(encoding="utf-8").splitlines()
    return {grade["conversation_id"]: grade for grade in map(json.loads, lines)}


def test_the_run_goes_on_and_says_that_something_was_left_out(
    done: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    """Status 3, no traceback, and every input is in exactly one of the two outputs."""
    run, folder = done
    assert run.returncode == 3, run.stderr
    assert "Traceback" not in run.stderr
    problems = (folder / "grades.problems.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(_grades(folder)) == len(NOT_EVALUATED) + len(GRADED)
    assert len(problems) == len(LEFT_OUT) + 1


@pytest.mark.parametrize("name", [*LEFT_OUT, "gone.json"])
def test_what_cannot_be_graded_is_named(
    name: str, done: tuple[subprocess.CompletedProcess[str], Path]
) -> None:
    """The problem names the file, says what is wrong and what to do, in full sentences."""
    lines = (done[1] / "grades.problems.jsonl").read_text(encoding="utf-8").splitlines()
    (problem,) = [p for p in map(json.loads, lines) if Path(p["source"]).name == name]
    assert problem["problem"].endswith(".")
    assert problem["remedy"].endswith(".")
    assert "internal error" not in problem["problem"]


def test_what_is_left_out_is_told_without_personal_data(
    done: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    """Neither the list of problems nor the page nor the terminal repeats numbers or passwords."""
    run, folder = done
    written = [
        (folder / name).read_text(encoding="utf-8") for name in ("grades.problems.jsonl", "grades.html")
    ]
    for text in (*written, run.stdout, run.stderr):
        assert not re.search("13812345678|110101199003074258|abc12345", text)
    assert "[PHONE]" in run.stderr


@pytest.mark.parametrize("name", NOT_EVALUATED)
def test_what_is_not_fit_to_judge_is_no_fail(
    name: str, done: tuple[subprocess.CompletedProcess[str], Path]
) -> None:
    """All criteria are not evaluated, with the reason; there is no score, no fail, and a person looks."""
    grade = _grades(done[1])[Path(name).stem]
    assert {criterion["state"] for criterion in grade["criteria"]} == {"not_evaluated"}
    assert all(criterion["reason"] for criterion in grade["criteria"])
    assert (grade["score"], grade["passed"]) == (None, None)
    assert "not_evaluated" in grade["triage"]["reasons"]


@pytest.mark.parametrize("name", GRADED)
def test_odd_input_is_graded(name: str, done: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """Something of it is judged, and every turn of the input has its labels."""
    grade = _grades(done[1])[Path(name).stem]
    assert any(criterion["state"] in {"met", "not_met"} for criterion in grade["criteria"])
    content = GRADED[name]
    assert isinstance(content, bytes)
    assert len(grade["turns"]) == len(json.loads(content)["turns"])


def test_one_voice_alone_goes_to_a_person(done: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    """A conversation in which only the agent speaks is graded, but not without a person."""
    assert "one_sided" in _grades(done[1])["only_agent"]["triage"]["reasons"]
