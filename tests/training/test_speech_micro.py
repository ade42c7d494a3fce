"""The shipped bilingual model: unfinished, and better than nothing in both languages."""

from ctypes.util import find_library

import pytest

from models.store import SHIPPED, speech_model
from training.speech.figures import Hearing, measure
from training.speech.micro import CORPORA
from training.speech.samples import SAMPLES
from training.speech.sentences import read

pytestmark = pytest.mark.skipif(
    find_library("espeak-ng") is None, reason="espeak-ng is a tool of training only"
)


@pytest.fixture(scope="module")
def hearings() -> list[Hearing]:
    """A few sentences of each kind that it was not taught."""
    materials = read(CORPORA, SAMPLES / "scripts", known=300)
    return measure(speech_model("micro-whisper"), materials, "blind", sentences=5)


def test_the_model_is_shipped_whole() -> None:
    """Its files are those of its manifest."""
    assert speech_model("micro-whisper") == SHIPPED / "micro-whisper"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_most_of_a_clean_sentence_is_heard(language: str, hearings: list[Hearing]) -> None:
    """Of frequent words in sentences never taught, in known and in new voices, over half come out right."""
    clean = [hearing for hearing in hearings if (hearing.language, hearing.line) == (language, "clean")]
    assert {hearing.new_voices for hearing in clean} == {True, False}
    assert sum(hearing.wrong for hearing in clean) < 0.5 * sum(hearing.said for hearing in clean)


def test_the_language_is_detected(hearings: list[Hearing]) -> None:
    """One model for both: clean sentences are nearly always taken for what they are."""
    clean = [hearing for hearing in hearings if hearing.line == "clean"]
    assert sum(h.language_known for h in clean) >= 0.8 * sum(h.sentences for h in clean)


def test_words_stand_where_they_are_said(hearings: list[Hearing]) -> None:
    """Starts of words are right within a quarter of a second, mostly."""
    late = sorted(abs(second) for hearing in hearings for second in hearing.late)
    assert late[len(late) // 2] < 0.25
