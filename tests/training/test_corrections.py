"""Corrections as the service exports them: read whole, or refused with line and remedy."""

import json
from pathlib import Path
from typing import Any

import pytest
from review_making import review

from training.corrections import CorrectionsError, read_corrections

LABEL: dict[str, Any] = {
    "subject": "label",
    "criterion": None,
    "turn": 1,
    "label": "empathy",
    "machine": "0",
    "value": "1",
    "by": "user:7",
    "at": "2026-11-02T09:30:00+08:00",
    "scorecard": {"name": "service-zh", "version": 1},
}


def row(*verdicts: dict[str, Any], number: int = 1) -> dict[str, Any]:
    """Make one exported line with these verdicts."""
    return review(number, 0.9, "met").model_dump(mode="json") | {"verdicts": list(verdicts)}


def written(path: Path, *rows: object) -> Path:
    """Write lines of JSON, or of text as it stands."""
    lines = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_what_the_service_exports_is_read(tmp_path: Path) -> None:
    """Conversation, grade, verdicts and reasons are all there; further keys are passed over."""
    (found,) = read_corrections(written(tmp_path / "c.jsonl", row(LABEL) | {"review_id": "x"}, ""))
    assert found.conversation.id == "r-1"
    assert found.reasons == ("random_sample",)
    assert found.verdicts[0].label == "empathy"
    assert found.states() == {"empathy": "met"}


def test_a_person_overrules_the_machine_and_silence_confirms() -> None:
    """A verdict on a criterion takes the place of the machine's state; without one the machine's stands."""
    assert review(1, 0.9, "not_met").states() == {"empathy": "not_met"}
    assert review(1, 0.9, "met").states() == {"empathy": "met"}


def test_of_several_reviews_the_last_counts(tmp_path: Path) -> None:
    """A conversation that was reviewed again stands once, as it was seen last, in the order of the last reviews."""
    first, second, again = row(), row(number=2), row(LABEL)
    found = read_corrections(written(tmp_path / "c.jsonl", first, second, again))
    assert [one.conversation.id for one in found] == ["r-2", "r-1"]
    assert len(found[1].verdicts) == 1


def test_two_platforms_may_use_one_id(tmp_path: Path) -> None:
    """The uid tells their conversations apart; without it, one id with different turns is refused."""
    shop, bank = (row(LABEL) | {"uid": uid} for uid in ("u-1", "u-2"))
    bank["conversation"] = row(number=2)["conversation"] | {"id": "r-1"}
    bank["conversation"]["turns"][1]["text"] = "您好"
    found = read_corrections(written(tmp_path / "c.jsonl", shop, bank))
    assert [(one.key, one.conversation.id) for one in found] == [("u-1", "r-1"), ("u-2", "r-1")]
    del shop["uid"], bank["uid"]
    with pytest.raises(CorrectionsError, match=r"line 2, conversation\.id: An earlier line has the id 'r-1'"):
        read_corrections(written(tmp_path / "c.jsonl", shop, bank))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "c.jsonl, line 2: The line is no JSON"),
        (row() | {"conversation": None}, "line 2, conversation: "),
        (row() | {"grade": None}, "line 2, grade: "),
        (row() | {"grade": row()["grade"] | {"turns": [{}]}}, "The grade is about 1 turns, the conversation"),
        (row(LABEL | {"turn": -1}), "line 2, verdicts[0].turn: "),
        (row(LABEL | {"turn": 9}), "line 2, verdicts[0]: The conversation has no turn 9. It has 2 turns"),
        (
            row(LABEL | {"turn": 0}),
            "A turn of the customer carries no label 'empathy'. It may carry these: emotion",
        ),
        (row(LABEL | {"value": "3"}), "empathy has no value '3'. Give one of these: 0, 1, 2."),
        (row(LABEL | {"label": "violation:rude"}), "Give one of these: yes, no."),
        (row(LABEL | {"label": None}), "does not say which. Give `turn` and `label`."),
        (row(LABEL | {"subject": "criterion"}), "does not name it. Give `criterion`, the criterion's id."),
        (row(LABEL | {"subject": "criterion", "criterion": "empathy"}), "'1' is no state."),
        (row(LABEL | {"at": "2026-11-02T09:30:00"}), "line 2, verdicts[0].at: "),
    ],
)
def test_what_is_wrong_is_told_with_line_and_remedy(tmp_path: Path, line: object, words: str) -> None:
    """A line that is not of the form stops the whole file, and says where and what to do."""
    with pytest.raises(CorrectionsError) as refused:
        read_corrections(written(tmp_path / "c.jsonl", row(), line))
    assert words in str(refused.value)
    assert all(problem.remedy.endswith(".") for problem in refused.value.problems)


def test_many_problems_are_counted(tmp_path: Path) -> None:
    """Twenty are told, the rest are counted."""
    with pytest.raises(CorrectionsError, match="There are 5 further problems") as refused:
        read_corrections(written(tmp_path / "c.jsonl", *["{"] * 25))
    assert len(refused.value.problems) == 25


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "holds no review"), (b"\xff\xfe\x00", "cannot be read as UTF-8")]
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """Empty and foreign files are told as such."""
    path = tmp_path / "c.jsonl"
    path.write_bytes(content)
    with pytest.raises(CorrectionsError, match=words):
        read_corrections(path)
