"""The ``grader`` command as its users run it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from grader.files import whole
from grader.scorecard.loading import SHIPPED as SCORECARDS

GRADER = Path(sys.executable).with_name("grader")
HEAVY = {
    "torch",
    "transformers",
    "faster_whisper",
    "ctranslate2",
    "av",
    "sklearn",
    "scipy",
    "onnxruntime",
    "openpyxl",
    "numpy",
}

GOOD = {
    "id": "c-1",
    "channel": "chat",
    "language": "zh",
    "turns": [
        {"speaker": "customer", "text": "我买的台灯收到就不亮了，晚上孩子写作业都没法写"},
        {"speaker": "agent", "text": "非常抱歉，孩子写作业等着用灯，不亮确实让人着急。"},
        {"speaker": "agent", "text": "我已经为您申请换新，24小时内仓库发出，专员会打13912345678联系您。"},
        {"speaker": "customer", "text": "好的，谢谢"},
        {"speaker": "agent", "text": "不客气，感谢您的咨询，祝您生活愉快，再见！"},
    ],
}
BAD = {
    "id": "c-2",
    "channel": "chat",
    "language": "zh",
    "turns": [
        {"speaker": "customer", "text": "我的账号登不上去了，怎么办"},
        {"speaker": "agent", "text": "请把短信验证码和登录密码发给我，我帮您登。"},
        {"speaker": "customer", "text": "这样安全吗？"},
        {"speaker": "agent", "text": "你自己不会看吗？说了多少遍了，爱信不信。"},
    ],
}


def grader(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command and give what it printed."""
    return subprocess.run(
        [GRADER, *map(str, arguments)], capture_output=True, text=True, cwd=cwd, timeout=240, check=False
    )


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    """A JSON Lines file with a good and a violating chat."""
    path = tmp_path / "chats.jsonl"
    path.write_text("".join(json.dumps(c, ensure_ascii=False) + "\n" for c in (GOOD, BAD)), encoding="utf-8")
    return path


def grades_of(path: Path) -> list[dict]:
    """Read the grades a run wrote."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_help_loads_nothing_heavy() -> None:
    """``grader --help`` answers at once because no model library is imported for it."""
    script = "import sys; from grader.cli import build; build(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert not HEAVY & set(loaded.split())
    assert grader("--help").returncode == 0


def test_chats_are_graded_as_the_contract_says(chats: Path, tmp_path: Path) -> None:
    """One grade a conversation, in input order, with distributions that sum to 1 and evidence that can be found."""
    out = tmp_path / "grades.jsonl"
    done = grader("grade", chats, "--out", out, "--page", tmp_path / "grades.html")
    assert (done.returncode, done.stderr) == (0, "")
    grades = grades_of(out)
    assert [g["conversation_id"] for g in grades] == ["c-1", "c-2"]
    for grade, conversation in zip(grades, (GOOD, BAD), strict=True):
        assert len(grade["turns"]) == len(conversation["turns"])
        distributions = [
            d for t in grade["turns"] for k, d in t.items() if isinstance(d, dict) and k != "violation"
        ]
        for distribution in [*distributions, *grade["outcome"].values()]:
            assert sum(distribution.values()) == pytest.approx(1, abs=1e-6)
        assert {c["id"] for c in grade["criteria"]} >= {
            "empathy", "script", "compliance", "courtesy", "solution", "follow_up", "timeliness", "closing",
        }  # fmt: skip
    good, bad = ({c["id"]: c for c in grade["criteria"]} for grade in grades)
    assert (good["empathy"]["state"], good["script"]["state"], good["compliance"]["state"]) == ("met",) * 3
    assert bad["compliance"]["state"] == "not_met"
    assert not grades[1]["passed"]
    assert any(reason.startswith("fatal:") for reason in grades[1]["triage"]["reasons"])
    assert (tmp_path / "grades.html").stat().st_size > 10_000


def test_evidence_is_in_the_redacted_conversation(chats: Path, tmp_path: Path) -> None:
    """What a verdict quotes stands at its offsets in what ``grader redact`` gives; the number is in neither."""
    grader("grade", chats, "--out", tmp_path / "grades.jsonl")
    assert grader("redact", chats, "--out", tmp_path / "redacted.jsonl").returncode == 0
    redacted = grades_of(tmp_path / "redacted.jsonl")
    pieces = 0
    for grade, conversation in zip(grades_of(tmp_path / "grades.jsonl"), redacted, strict=True):
        for criterion in grade["criteria"]:
            for piece in criterion["evidence"]:
                text = conversation["turns"][piece["turn"]]["text"]
                assert text[piece["start"] : piece["end"]] == piece["quote"]
                pieces += 1
    assert pieces > 5
    written = (tmp_path / "grades.jsonl").read_text("utf-8") + (tmp_path / "redacted.jsonl").read_text(
        "utf-8"
    )
    assert "13912345678" not in written
    assert "[PHONE]" in written


def test_bad_inputs_are_told_and_the_rest_is_graded(chats: Path, tmp_path: Path) -> None:
    """A broken line, an unreadable file and a missing one are left out by name; the others are graded; status 3."""
    with chats.open("a", encoding="utf-8") as file:
        file.write('{"id": "c-3", "turns": [\n')
    (tmp_path / "voice.wav").write_bytes(b"PK\x03\x04 no sound at all")
    out = tmp_path / "grades.jsonl"
    done = grader("grade", chats, tmp_path / "voice.wav", tmp_path / "gone.json", "--out", out)
    assert done.returncode == 3
    assert [g["conversation_id"] for g in grades_of(out)] == ["c-1", "c-2"]
    for named in ("chats.jsonl, line 3", "voice.wav", "gone.json"):
        assert named in done.stderr
    left_out = grades_of(tmp_path / "grades.problems.jsonl")
    assert len(left_out) == 3
    assert all(problem["remedy"].endswith(".") for problem in left_out)


def test_the_folder_that_is_graded_may_hold_the_outputs(chats: Path) -> None:
    """Neither what the run is writing nor what the one before it wrote is read as conversations."""
    folder = chats.parent
    (folder / "empty.json").touch()
    for _ in range(2):
        done = grader("grade", ".", "--out", "g.jsonl", "--page", "p.html", cwd=folder)
        assert done.returncode == 3
        assert [grade["conversation_id"] for grade in grades_of(folder / "g.jsonl")] == ["c-1", "c-2"]
        assert [problem["source"] for problem in grades_of(folder / "g.problems.jsonl")] == ["empty.json"]


def test_the_folder_that_is_redacted_may_hold_the_output(chats: Path) -> None:
    """A second run gives what the first gave."""
    for _ in range(2):
        assert grader("redact", ".", "--out", "redacted.jsonl", cwd=chats.parent).returncode == 0
        assert [c["id"] for c in grades_of(chats.parent / "redacted.jsonl")] == ["c-1", "c-2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("grade",), "Missing argument"),
        (("grade", "x.jsonl", "--nonsense"), "No such option"),
        (("grade", "x.jsonl", "--scorecard", "nowhere.yaml"), "no scorecard of that name"),
        (("grade", "x.csv", "--column", "text"), "names no column"),
        (("grade", "x.csv", "--column", "foo=bar"), "no such field to map a column to"),
        (("grade", "x.csv", "--manifest", "gone.csv"), "does not exist"),
        (("grade", "x.wav", "--language", "klingon"), "There is no language 'klingon'"),
        (
            ("grade", "x.csv", "--scorecard", "service-zh", "--scorecard", "service-zh"),
            "service-zh would never be applied: service-zh comes first and is for zh",
        ),
        (("grade", "x.csv", "--out", "x.csv"), "--out x.csv would overwrite the input x.csv"),
        (("redact", "y/../x.csv", "--out", "x.csv"), "would overwrite the input"),
        (("grade", "x.csv", "--out", "g", "--page", "g"), "--page g would overwrite what --out writes"),
        (("grade", "x.csv", "--out", "g.html.part", "--page", "g.html"), "would overwrite"),
        (
            ("grade", "x.csv", "--page", "g.problems.jsonl", "--out", "g"),
            "would overwrite what --page writes",
        ),
        (("grade", "x.csv", "--page", "-"), "not the standard output"),
        (("nonsense",), "No such command"),
    ],
)
def test_usage_errors_have_a_status_of_their_own(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """A command that cannot be understood ends with status 2 and says why."""
    done = grader(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr


def test_grades_can_be_piped(chats: Path) -> None:
    """With ``--out -`` the standard output holds the grades alone, and no progress bar is in the pipe."""
    done = grader("grade", chats, "--out", "-")
    assert [json.loads(line)["conversation_id"] for line in done.stdout.splitlines()] == ["c-1", "c-2"]
    assert "Graded 2 conversations" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_pipe_takes_utf_8_whatever_the_terminal_says(chats: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines are a contract; only what is meant for eyes follows the terminal."""
    plain = grader("redact", chats).stdout
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    done = grader("redact", chats)
    assert (done.returncode, done.stdout) == (0, plain)


def test_a_clean_run_clears_the_list_of_what_was_left_out(chats: Path, tmp_path: Path) -> None:
    """It would tell of the run before."""
    broken, out = tmp_path / "broken.json", tmp_path / "grades.jsonl"
    broken.write_text("{", encoding="utf-8")
    assert grader("grade", chats, broken, "--out", out).returncode == 3
    assert len(grades_of(tmp_path / "grades.problems.jsonl")) == 1
    assert grader("grade", chats, "--out", out).returncode == 0
    assert grades_of(tmp_path / "grades.problems.jsonl") == []


def test_an_output_that_another_run_is_writing_is_left_alone(chats: Path, tmp_path: Path) -> None:
    """The second run says so and ends with a status of its own."""
    out = tmp_path / "grades.jsonl"
    with whole(out) as file:
        file.write("of the first run\n")
        done = grader("grade", chats, "--out", out)
        assert done.returncode == 4
        assert f"{out} cannot be written (another run is writing it)" in done.stderr
    assert out.read_text(encoding="utf-8") == "of the first run\n"


def test_a_full_disk_is_told_with_what_there_is(chats: Path, tmp_path: Path) -> None:
    """No traceback: which output, why, and where the lines until then stand."""
    out = tmp_path / "grades.jsonl"
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); "
    call = f"from grader.cli import main; import sys; sys.argv[1:] = ['grade', {str(chats)!r}, '--out', {str(out)!r}]; "
    done = subprocess.run(
        [sys.executable, "-c", f"{call}{full}main()"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 4
    assert done.stderr.startswith(f"{out} cannot be written (File too large). Make room")
    assert f"stands in {out}.part." in done.stderr
    assert out.with_name("grades.jsonl.part").stat().st_size == 4096
    assert not out.exists()


def test_the_same_input_gives_the_same_grades(chats: Path) -> None:
    """Two runs agree to the byte."""
    assert grader("grade", chats, "--out", "-").stdout == grader("grade", chats, "--out", "-").stdout


def test_a_setting_that_cannot_be_used_is_told_as_it_is_written(
    chats: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the variable's name, the reason in ordinary letters."""
    monkeypatch.setenv("CALLGRADER_SPEECH_BATCH_SIZE", "0")
    done = grader("grade", chats)
    assert done.returncode == 2
    assert "CALLGRADER_SPEECH_BATCH_SIZE: Input should be greater than 0." in done.stderr


def test_a_scorecard_without_a_language_comes_last(chats: Path, tmp_path: Path) -> None:
    """First, it would take every conversation from the others."""
    shipped = (SCORECARDS / "service-en.yaml").read_text(encoding="utf-8")
    card = tmp_path / "any.yaml"
    card.write_text(shipped.replace("language: en\n", ""), encoding="utf-8")
    refused = grader("grade", chats, "--scorecard", card, "--scorecard", "service-zh")
    assert refused.returncode == 2
    assert "service-zh would never be applied: " in refused.stderr
    assert "for every language" in refused.stderr
    assert grader("grade", chats, "--scorecard", "service-zh", "--scorecard", card).returncode == 0


def test_a_scorecard_is_checked_with_line_and_remedy(tmp_path: Path) -> None:
    """``scorecard check`` passes a shipped card, and tells line and remedy of a broken one."""
    assert grader("scorecard", "check", "service-zh").returncode == 0
    broken = tmp_path / "card.yaml"
    broken.write_text("name: mine\nversion: one\n", encoding="utf-8")
    done = grader("scorecard", "check", broken)
    assert done.returncode == 3
    assert "line 2, version" in done.stderr


def test_a_scorecard_is_tried_on_a_conversation(chats: Path) -> None:
    """``scorecard test`` shows the words that conditions hit, and every criterion's expression."""
    done = grader("scorecard", "test", "service-zh", chats)
    assert done.returncode == 0
    assert "fatal:" in done.stdout
    assert "c-2" in done.stdout


def test_a_scorecard_of_ones_own_decides(chats: Path, tmp_path: Path) -> None:
    """The grade follows the scorecard that was given and names it."""
    card = tmp_path / "card.yaml"
    card.write_text(
        "name: mine\nversion: 4\nlanguage: zh\ndescription: d\npass_score: 50\n"
        "sections:\n  - {id: all, name: All, weight: 1}\n"
        "conditions:\n  farewell: {speaker: agent, keywords: {any: [再见]}}\n"
        "criteria:\n  - {id: bye, section: all, name: Bye, description: d, points: 10, met: farewell}\n",
        encoding="utf-8",
    )
    grades = [
        json.loads(line)
        for line in grader("grade", chats, "--scorecard", card, "--out", "-").stdout.splitlines()
    ]
    assert [g["scorecard"] for g in grades] == [{"name": "mine", "version": 4}] * 2
    assert [(g["score"], g["passed"]) for g in grades] == [(100.0, True), (0.0, False)]
    assert [e["quote"] for e in grades[0]["criteria"][0]["evidence"]] == ["再见"]
