"""The project's own written turns: their form, their labels, and the counts their README promises."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from grader.codebook import AGENT_LEVELS, CUSTOMER_FLAGS, EMOTIONS, VIOLATIONS

CORPORA: Final = Path(__file__).parents[2] / "training" / "corpora"
AGENT_FILES: Final = tuple(
    sorted(path.stem for path in CORPORA.glob("turns_??*.jsonl") if "customer" not in path.stem)
)
CUSTOMER_FILES: Final = tuple(sorted(path.stem for path in CORPORA.glob("turns_customer*.jsonl")))
CONVERSATION_FILES: Final = tuple(sorted(path.stem for path in CORPORA.glob("conversations*.jsonl")))
FILES: Final = (*AGENT_FILES, *CUSTOMER_FILES, *CONVERSATION_FILES)
SPOKEN: Final = {"en": re.compile(r"[a-z' ]+"), "zh": re.compile(r"[^\d,.!?;:~,。!?;:、“”]+")}
SHORT: Final = 12
"""Characters; up to here two people may well say the same."""


def rows(name: str) -> list[dict[str, Any]]:
    """Read the lines of one file."""
    with (CORPORA / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def said(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the labelled turns of a line: those of a conversation, or the single one."""
    turns: list[dict[str, Any]] = row.get("turns", [row])
    return turns


def check_labels(labels: dict[str, Any]) -> None:
    """Hold the labels of one turn against the codebook."""
    if "emotion" in labels:
        assert set(labels) == {"emotion", *CUSTOMER_FLAGS}
        assert str(labels["emotion"]) in EMOTIONS
        assert all(isinstance(labels[flag], bool) for flag in CUSTOMER_FLAGS)
        return
    assert set(labels) == {*AGENT_LEVELS, "violation"}
    assert all(str(labels[label]) in levels for label, levels in AGENT_LEVELS.items())
    assert set(labels["violation"]) <= set(VIOLATIONS)
    assert len(set(labels["violation"])) == len(labels["violation"])


@pytest.mark.parametrize("name", FILES)
def test_every_line_has_the_form_and_labels_of_the_codebook(name: str) -> None:
    """Each line names its channel, language and industry, and its labels are levels of the codebook."""
    for row in rows(name):
        assert row["channel"] in {"call", "chat"}
        assert row["language"] in {"en", "zh"}
        assert row["industry"].strip()
        for turn in said(row):
            assert turn["text"].strip() == turn["text"] != ""
            check_labels(turn["labels"])


@pytest.mark.parametrize("name", FILES)
def test_calls_read_as_a_recogniser_writes(name: str) -> None:
    """The turns of calls carry no digits and no punctuation, and English ones no capitals."""
    for row in rows(name):
        if row["channel"] == "call":
            texts = [turn["text"] for turn in said(row)] + list(filter(None, [row.get("prev")]))
            assert all(SPOKEN[row["language"]].fullmatch(text) for text in texts), row["id"]


def test_no_text_and_no_id_comes_twice() -> None:
    """No labelled text longer than a short formula stands twice in a file, and ids are unique over all files."""
    ids = Counter(row["id"] for name in FILES for row in rows(name))
    assert max(ids.values()) == 1
    for name in FILES:
        texts = Counter(turn["text"] for row in rows(name) for turn in said(row) if len(turn["text"]) > SHORT)
        assert texts.most_common(1)[0][1] == 1, texts.most_common(1)


@pytest.mark.parametrize("name", [*AGENT_FILES, *CONVERSATION_FILES])
def test_rules_of_the_codebook_between_labels_hold(name: str) -> None:
    """Rudeness is never courteous, and a brush-off never carries a solution."""
    for row in rows(name):
        for turn in said(row):
            found = turn["labels"].get("violation", [])
            assert "rude" not in found or turn["labels"]["courtesy"] == 0, turn["text"]
            assert "brush_off" not in found or turn["labels"]["solution"] == 0, turn["text"]


@pytest.mark.parametrize("name", AGENT_FILES)
def test_a_look_alike_is_clean_of_what_it_resembles(name: str) -> None:
    """A turn marked as near a violation does not carry that violation."""
    for row in rows(name):
        near = set(row.get("near", []))
        assert near <= set(VIOLATIONS)
        assert not near & set(row["labels"]["violation"])


@pytest.mark.parametrize("name", CONVERSATION_FILES)
def test_verdicts_of_conversations_follow_from_their_turns(name: str) -> None:
    """Compliance and the parts of the script are those that the labels of the turns give."""
    for row in rows(name):
        agent = [turn["labels"] for turn in row["turns"] if turn["speaker"] == "agent"]
        assert (row["compliance"] == "fail") == any(labels["violation"] for labels in agent)
        assert row["script"]["empathy"] == any(labels["empathy"] for labels in agent)
        assert row["script"]["follow_up"] == any(labels["follow_up"] for labels in agent)
        for turn in row["turns"]:
            assert ("emotion" in turn["labels"]) == (turn["speaker"] == "customer")


def counted() -> Counter[str]:
    """Count turns as the tables of the README name them: language, label, and value or ``near``."""
    counts: Counter[str] = Counter()
    for name in (*AGENT_FILES, *CUSTOMER_FILES):
        for row in rows(name):
            language = row["language"]
            violations = row["labels"].get("violation", [])
            counts.update(f"{language} {violation} with" for violation in violations)
            counts.update(f"{language} {violation} near" for violation in row.get("near", []))
            levels = {label: value for label, value in row["labels"].items() if label != "violation"}
            counts.update(f"{language} {label} {value}".lower() for label, value in levels.items())
            counts[f"{language} {'agent' if name in AGENT_FILES else 'customer'} turns"] += 1
    for row in (row for name in CONVERSATION_FILES for row in rows(name)):
        counts[f"{row['language']} conversations {row['compliance']}"] += 1
    return counts


def test_the_readme_promises_no_more_than_there_is() -> None:
    """Each least count in the tables of the README holds for the files as they are."""
    readme = (CORPORA / "README.md").read_text(encoding="utf-8")
    promised = re.findall(r"^\| (\w+ [-\w]+|\w+) \| ([-\w]+) \| (\d+) \| (\d+) \|$", readme, re.MULTILINE)
    counts = counted()
    assert len(promised) > len(VIOLATIONS)
    for label, value, english, mandarin in promised:
        assert counts[f"en {label} {value}"] >= int(english), (label, value)
        assert counts[f"zh {label} {value}"] >= int(mandarin), (label, value)
