"""The corpus: shared data and the project's own texts, joined, redacted and folded."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from grader.problems import InputError
from training import corpus
from training.corpus import read_corpus
from training.folds import FOLDS, fold_of


def vote(*nuggets: str, quality: int = 1) -> dict[str, Any]:
    """Make one annotator's votes."""
    return {"quality": {"A": quality, "S": quality, "E": quality}, "nugget": list(nuggets)}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a data folder with one real-looking, one written conversation and two single turns."""
    for name in ("stc3", "labelled", "written", "own"):
        (tmp_path / name).mkdir()
    texts = [
        ("zh", "7", "我的電話13800138000，網斷了"),
        ("zh", "8", "在吗"),
        ("zh", "9", "人呢"),
        ("en", "7", "My number is 13800138000"),
    ]
    for language, name, text in texts:
        row = {
            "id": name,
            "turns": [
                {"sender": "customer", "utterances": [text]},
                {"sender": "helpdesk", "utterances": ["ＯＫ"]},
            ],
            "annotations": [vote("CNUG0", "HNUG"), vote("CNUG0", "HNaN", quality=-2)],
        }
        with gzip.open(tmp_path / "stc3" / f"train_{language}.jsonl.gz", "at", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
    labels = [
        {"speaker": "customer", "labels": {"emotion": -1, "escalation": False, "resolved": False}},
        {
            "speaker": "agent",
            "labels": {"empathy": 0, "solution": 0, "follow_up": 0, "courtesy": 1, "violation": []},
        },
    ]
    (tmp_path / "labelled" / "stc3_zh.jsonl").write_text(json.dumps({"id": "7", "turns": labels}))
    written = {
        "id": "w-1",
        "channel": "call",
        "language": "zh",
        "industry": "gym",
        "turns": [{"speaker": "agent", "text": "您好", "labels": labels[1]["labels"]}],
        "script": {"empathy": False, "solution": False, "follow_up": False, "met": False},
        "compliance": "fail",
    }
    (tmp_path / "written" / "dev_zh.jsonl").write_text(json.dumps(written))
    singles = [
        {
            "id": "s-1",
            "channel": "call",
            "prev": "怎么退",
            "text": "不知道",
            "labels": {"violation": ["brush_off"]},
            "industry": "gym",
        },
        {"id": "s-2", "channel": "call", "prev": "您好", "text": "烦死了", "labels": {"emotion": -2}},
    ]
    lines = "\n".join(json.dumps(single | {"language": "zh"}) for single in singles)
    (tmp_path / "own" / "turns_zh.jsonl").write_text(lines)
    (tmp_path / "own" / "conversations_zh.jsonl").write_text(
        json.dumps(written | {"id": "o-1", "compliance": "pass"})
    )
    (tmp_path / "own" / "labels").mkdir()
    (tmp_path / "own" / "labels" / "stc3_more.jsonl").write_text(
        "\n".join(
            json.dumps({"id": name, "turns": [{"speaker": "customer", "labels": {"emotion": -2}}] * 2})
            for name in ("8", "9")
        )
    )
    monkeypatch.setattr(corpus, "OWN", tmp_path / "own")
    return tmp_path


def test_votes_and_labels_are_joined_with_redacted_folded_text(data: Path) -> None:
    """Text loses the number, is simplified and half width; votes become shares; labels go by turn."""
    real = next(one for one in read_corpus(data, "zh") if one.source == "stc3")
    assert real.conversation.turns[0].text == "我的电话[phone],网断了"
    assert real.redacted.turns[0].text == "我的電話[PHONE]，網斷了"
    assert real.conversation.turns[1].text == "ok"
    assert real.gold.turns[0].levels == {"emotion": "-1"}
    assert real.gold.turns[1].violations == frozenset()
    assert real.gold.turns[1].nugget == {"HNUG": 0.5, "HNUG*": 0.0, "HNaN": 0.5}
    assert real.gold.outcome["A"] == {"-2": 0.5, "-1": 0.0, "0": 0.0, "1": 0.5, "2": 0.0}


def test_labels_of_the_project_are_joined_and_come_last(data: Path) -> None:
    """Where the project labelled a conversation, its labels count, also over the first ones; each says whose it has."""
    more = {"id": "9", "turns": [{"speaker": "customer", "labels": {"emotion": 0}}] * 2}
    with (data / "labelled" / "stc3_zh.jsonl").open("a") as file:
        file.write("\n" + json.dumps(more))
    first, added, settled = (one for one in read_corpus(data, "zh") if one.source == "stc3")
    assert (first.provenance, added.provenance, settled.provenance) == ("labelled", "stc3_more", "stc3_more")
    assert [one.gold.turns[0].levels["emotion"] for one in (first, added, settled)] == ["-1", "-2", "-2"]
    (english,) = read_corpus(data, "en")
    assert english.provenance == "labelled"


def test_own_texts_of_one_industry_stay_together(data: Path) -> None:
    """A conversation and a single turn of the project about one industry share a group; written data does not."""
    group = {one.conversation.id: one.group for one in read_corpus(data, "zh")}
    assert group["o-1"] == group["s-1"] != group["w-1"]
    assert group["s-2"] == "s-2"


def test_a_translation_shares_group_and_labels_but_courtesy(data: Path) -> None:
    """The English side stays in the fold of its original; its polite forms were never judged."""
    (english,) = read_corpus(data, "en")
    real = next(one for one in read_corpus(data, "zh") if one.source == "stc3")
    assert english.group == real.group
    assert english.gold.turns[1].levels.keys() == {"empathy", "solution", "follow_up"}


def test_written_texts_bring_verdicts_and_single_turns(data: Path) -> None:
    """Conversations keep the script's verdict; single turns get the other side's turn before, unlabelled."""
    by_id = {one.conversation.id: one for one in read_corpus(data, "zh")}
    assert by_id["w-1"].gold.script == {"empathy": False, "solution": False, "follow_up": False, "met": False}
    assert not by_id["w-1"].single
    agent, customer = by_id["s-1"], by_id["s-2"]
    assert agent.single
    assert customer.single
    assert [turn.speaker for turn in agent.conversation.turns] == ["customer", "agent"]
    assert [turn.speaker for turn in customer.conversation.turns] == ["agent", "customer"]
    assert agent.gold.turns[1].violations == frozenset({"brush_off"})
    assert agent.gold.turns[0].levels == {}
    assert customer.gold.turns[1].levels == {"emotion": "-2"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("stc3/train_zh.jsonl.gz", "There is no such file"),
        ("labelled/stc3_zh.jsonl", "There is no such file"),
        ("written/dev_zh.jsonl", "line 2: It cannot be read (JSONDecodeError"),
        ("own/turns_zh.jsonl", "line 3: It cannot be read (KeyError: 'labels')"),
    ],
)
def test_what_cannot_be_read_is_told_with_file_and_line(data: Path, path: str, words: str) -> None:
    """Neither a missing file nor a line of another form ends in a traceback."""
    if "no such" in words:
        (data / path).unlink()
    else:
        with (data / path).open("a") as file:
            file.write("\n{" if "JSON" in words else '\n{"id": "s-3", "channel": "call", "language": "zh"}')
    with pytest.raises(InputError) as refused:
        read_corpus(data, "zh")
    assert str(data / path) in str(refused.value)
    assert words in str(refused.value)


def test_a_damaged_archive_is_told(data: Path) -> None:
    """A download that was cut short is named."""
    path = data / "stc3" / "train_zh.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(InputError, match=r"train_zh\.jsonl\.gz.*It cannot be read"):
        read_corpus(data, "zh")


def test_the_projects_own_texts_are_sound() -> None:
    """Every own text has known labels, a unique id and a placeable fold."""
    seen: set[str] = set()
    for path in sorted(corpus.OWN.glob("*.jsonl")):
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            assert row["id"] not in seen
            seen.add(row["id"])
            assert row["language"] in {"zh", "en"}
            assert 0 <= fold_of(row["id"]) < FOLDS
            for labels in [turn["labels"] for turn in row.get("turns", [row])]:
                assert set(labels.get("violation", [])) <= set(corpus_violations())


def corpus_violations() -> tuple[str, ...]:
    """Give the codebook's codes."""
    from grader.codebook import VIOLATIONS

    return VIOLATIONS


def test_folds_never_move() -> None:
    """The fold of a group is a property of its name."""
    assert [fold_of(f"stc3-{number}") for number in range(6)] == [
        fold_of(f"stc3-{number}") for number in range(6)
    ]
    assert {fold_of(str(number)) for number in range(100)} == set(range(FOLDS))
