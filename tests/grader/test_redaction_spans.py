"""Offsets between the original and the redacted text of a turn."""

import pytest

from grader.conversation import Conversation, Turn
from grader.redaction import (
    RedactedSpan,
    Redactor,
    offset_to_original,
    offset_to_redacted,
    span_to_original,
    span_to_redacted,
)
from grader.redaction.spans import Hit, merge, place

TEXT = "我叫李思琪,电话13905718866,谢谢"
NAME = RedactedSpan(kind="name", start=2, end=5, placed_start=2, placed_end=8)
PHONE = RedactedSpan(kind="phone", start=8, end=19, placed_start=11, placed_end=18)


def test_spans_tell_both_places() -> None:
    """A span gives the offsets of what went and of the placeholder that stands for it."""
    (redacted,) = Redactor().redact([Conversation(id="c", turns=(Turn(speaker="customer", text=TEXT),))])
    assert redacted.conversation.turns[0].text == "我叫[NAME],电话[PHONE],谢谢"
    assert redacted.spans == ((NAME, PHONE),)


@pytest.mark.parametrize(
    ("original", "redacted"),
    [
        ((0, 2), (0, 2)),
        ((0, 5), (0, 8)),
        ((2, 5), (2, 8)),
        ((5, 8), (8, 11)),
        ((8, 19), (11, 18)),
        ((19, 22), (18, 21)),
        ((0, 22), (0, 21)),
    ],
)
def test_stretches_move_both_ways(original: tuple[int, int], redacted: tuple[int, int]) -> None:
    """A stretch whose ends are not inside something redacted goes there and back unchanged."""
    assert span_to_redacted((NAME, PHONE), *original) == redacted
    assert span_to_original((NAME, PHONE), *redacted) == original


@pytest.mark.parametrize(
    ("original", "redacted"), [((3, 4), (2, 8)), ((0, 3), (0, 8)), ((10, 20), (11, 19)), ((4, 9), (2, 18))]
)
def test_ends_inside_move_out(original: tuple[int, int], redacted: tuple[int, int]) -> None:
    """An end inside what was redacted moves to the edge of the placeholder, outwards."""
    assert span_to_redacted((NAME, PHONE), *original) == redacted


def test_ends_inside_a_placeholder_move_out() -> None:
    """Evidence that cuts a placeholder leads to all of what it stands for."""
    assert span_to_original((NAME, PHONE), 4, 12) == (2, 19)


@pytest.mark.parametrize(
    ("original", "redacted"), [(0, 0), (2, 2), (4, 2), (5, 8), (8, 11), (18, 11), (21, 20)]
)
def test_single_offsets(original: int, redacted: int) -> None:
    """A character that went is at the start of its placeholder."""
    assert offset_to_redacted((NAME, PHONE), original) == redacted


@pytest.mark.parametrize(("redacted", "original"), [(0, 0), (5, 2), (8, 5), (17, 8), (18, 19), (20, 21)])
def test_single_offsets_back(redacted: int, original: int) -> None:
    """A character of a placeholder is at the start of what went."""
    assert offset_to_original((NAME, PHONE), redacted) == original


def test_overlapping_hits_become_one() -> None:
    """Overlapping hits join under the kind that tells most; touching ones stay apart."""
    hits = [Hit("address", 4, 9), Hit("phone", 0, 5), Hit("name", 9, 11)]
    assert merge(hits) == [Hit("phone", 0, 9), Hit("name", 9, 11)]


def test_no_hits_leave_the_text() -> None:
    """Without hits the text is the same."""
    assert place("照旧", []) == ("照旧", ())
