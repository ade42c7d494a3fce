"""The shipped samples can be read, and are what their README says."""

import json
from collections import Counter
from pathlib import Path

import av
import pytest

from grader.conversation import Conversation
from grader.reading import read
from grader.transcription import needs_transcribing

SAMPLES = Path(__file__).parents[2] / "grader" / "samples"
RECORDINGS = sorted(p for p in (SAMPLES / "calls").iterdir() if p.suffix not in {".json", ".csv"})


@pytest.fixture(scope="module")
def conversations() -> list[Conversation]:
    """All samples as they are read."""
    found = list(read([SAMPLES / "calls", SAMPLES / "chats"]))
    assert all(isinstance(item, Conversation) for item in found), found
    return [item for item in found if isinstance(item, Conversation)]


def test_there_are_enough_of_each_kind(conversations: list[Conversation]) -> None:
    """At least 10 calls to transcribe, and 24 chats and e-mails in both languages."""
    calls = [c for c in conversations if needs_transcribing(c)]
    written = Counter(c.language for c in conversations if not needs_transcribing(c))
    assert len(calls) >= 10
    assert written.total() >= 24
    assert min(written["zh"], written["en"]) >= 10


def test_every_sample_has_its_expectation(conversations: list[Conversation]) -> None:
    """Ids are unique, and each is in the list of what a careful person would say."""
    expected = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))["conversations"]
    assert sorted(c.id for c in conversations) == sorted(e["id"] for e in expected)
    assert {e["compliance"] for e in expected} >= {"met", "not_met", "not_evaluated"}


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
def test_every_recording_can_be_decoded(path: Path) -> None:
    """Each call holds between 20 seconds and three minutes of sound in one or two channels."""
    with av.open(str(path)) as file:
        (stream,) = file.streams.audio
        seconds = sum(frame.samples for frame in file.decode(stream)) / stream.rate
        assert stream.channels in {1, 2}
    assert 20 < seconds < 180


def test_the_samples_stay_small() -> None:
    """All of them together are no burden for a clone."""
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 7_000_000
