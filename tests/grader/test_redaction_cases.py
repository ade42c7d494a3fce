"""The labelled conversations in ``redaction_cases``: what must go, and that nothing else does."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

from grader.conversation import Conversation, Turn
from grader.redaction import PLACEHOLDERS, Redacted, Redactor

CASES = Path(__file__).parent / "redaction_cases"
DOCUMENT = Path(__file__).parents[2] / "docs" / "redaction.md"
NUMBERS = ("phone", "id_card", "bank_card", "passport", "plate", "code")
_LABELLED = re.compile(rf"<({'|'.join(PLACEHOLDERS)})>(.*?)</\1>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A labelled stretch of a turn."""

    kind: str
    start: int
    end: int


def unmarked(marked: str) -> tuple[str, list[Label]]:
    """Take the labels out of a text: what was said, and where they stood."""
    labels, pieces, read, written = [], [], 0, 0
    for found in _LABELLED.finditer(marked):
        pieces += (marked[read : found.start()], found[2])
        start = written + found.start() - read
        written = start + len(found[2])
        labels.append(Label(kind=found[1], start=start, end=written))
        read = found.end()
    return "".join((*pieces, marked[read:])), labels


@lru_cache(maxsize=1)
def redacted_cases() -> list[tuple[Redacted, tuple[str, ...], tuple[list[Label], ...]]]:
    """Give every conversation redacted, with the texts and the labels of its turns."""
    cases = []
    for path in sorted(CASES.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            texts, labels = zip(*(unmarked(turn["text"]) for turn in row["turns"]), strict=True)
            turns = tuple(
                Turn(speaker=turn["speaker"], text=text)
                for turn, text in zip(row["turns"], texts, strict=True)
            )
            conversation = Conversation(id=row["id"], language=row["language"], turns=turns)
            cases.append((Redactor().redact([conversation])[0], texts, labels))
    return cases


def labelled() -> Iterator[tuple[str, Label, str, bool, bool]]:
    """Give for each label its text, and whether it was covered, and by a placeholder of its kind."""
    for redacted, texts, labels in redacted_cases():
        for text, spans, expected in zip(texts, redacted.spans, labels, strict=True):
            covered = {offset for span in spans for offset in range(span.start, span.end)}
            for label in expected:
                needed = {at for at in range(label.start, label.end) if text[at].isalnum()}
                touching = [span for span in spans if span.start < label.end and label.start < span.end]
                yield (
                    redacted.conversation.id,
                    label,
                    text[label.start : label.end],
                    needed <= covered,
                    any(span.kind == label.kind for span in touching),
                )


def test_the_set_is_large_and_varied() -> None:
    """At least 400 turns, both languages, every kind, and more turns without anything personal than with."""
    cases = redacted_cases()
    turns = [labels for _, _, each in cases for labels in each]
    assert len(turns) >= 400
    assert {redacted.conversation.language for redacted, _, _ in cases} == {"zh", "en"}
    assert {label.kind for labels in turns for label in labels} == set(PLACEHOLDERS)
    assert sum(not labels for labels in turns) > len(turns) / 2


@pytest.mark.parametrize("kind", sorted(PLACEHOLDERS))
def test_what_is_labelled_goes(kind: str) -> None:
    """Of each kind, 98 % of the labels are covered to the last character, with a placeholder of their kind."""
    found = [
        (where, text, gone and right) for where, label, text, gone, right in labelled() if label.kind == kind
    ]
    missed = [(where, text) for where, text, well in found if not well]
    assert len(missed) <= 0.02 * len(found), missed


def test_numbers_go() -> None:
    """Recall on numbers of all kinds together is at least 0.98."""
    gone = [gone for _, label, _, gone, _ in labelled() if label.kind in NUMBERS]
    assert sum(gone) >= 0.98 * len(gone)


def test_nothing_else_goes() -> None:
    """Orders, prices, dates, hotlines, titles and shops stay: no placeholder stands where no label does."""
    false = [
        (redacted.conversation.id, span.kind, text[span.start : span.end])
        for redacted, texts, labels in redacted_cases()
        for text, spans, expected in zip(texts, redacted.spans, labels, strict=True)
        for span in spans
        if not any(span.start < label.end and label.start < span.end for label in expected)
    ]
    assert not false


def test_the_document_tells_the_figures() -> None:
    """The table of ``docs/redaction.md`` holds what this set gives."""
    labels = Counter(label.kind for _, label, _, _, _ in labelled())
    gone = Counter(label.kind for _, label, _, covered, _ in labelled() if covered)
    document = DOCUMENT.read_text("utf-8")
    for kind, placeholder in PLACEHOLDERS.items():
        assert f"| `{placeholder}` | {gone[kind]} of {labels[kind]} |" in document
    turns = sum(len(texts) for _, texts, _ in redacted_cases())
    assert f"{turns} turns" in document
