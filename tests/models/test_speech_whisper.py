"""Recognition: faster-whisper's words in the recording's time."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from faster_whisper import BatchedInferencePipeline, WhisperModel
from numpy.typing import NDArray

from models.speech.chunks import Chunk, Piece
from models.speech.decoding import SAMPLE_RATE
from models.speech.profile import PROFILE, SpeechProfile, read_profile
from models.speech.spans import Span
from models.speech.whisper import Whisper, single_words
from models.store import SHIPPED, ModelError

Sound = NDArray[np.float32]
MICRO = SHIPPED / "micro-whisper"


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    """Give the shipped model with its profile."""
    return Whisper(MICRO, read_profile(MICRO), workers=1)


def chunk(channel: Sound, *spans: tuple[float, float]) -> Chunk:
    """Cut stretches of a channel, 0.4 s wider than their speech, into a chunk."""
    pieces = [
        Piece(
            start=start - 0.4,
            samples=channel[round((start - 0.4) * SAMPLE_RATE) : round((end + 0.4) * SAMPLE_RATE)],
            speech=Span(start, end),
        )
        for start, end in spans
    ]
    return Chunk(track="left", pieces=tuple(pieces))


def test_plain_faster_whisper_runs_the_shipped_model(call: Sound) -> None:
    """The model is a usual CTranslate2 folder: it needs nothing of this program."""
    model = WhisperModel(str(MICRO), device="cpu", compute_type="int8", cpu_threads=1)
    segments, info = BatchedInferencePipeline(model).transcribe(
        call[0], language="zh", beam_size=1, word_timestamps=True
    )
    assert "请问有什么可以帮您" in "".join(segment.text for segment in segments)
    assert info.language == "zh"


def test_pieces_far_apart_come_back_to_their_times(whisper: Whisper, call: Sound) -> None:
    """Two turns packed end to end are recognised together, and each word stands in its own turn."""
    (heard,) = whisper.hear([chunk(call[0], (0.6, 4.9), (20.6, 24.3))], "zh")
    text = "".join(word.text for word in heard.words)
    assert text.startswith("您好")
    assert "我马上帮您查询" in text
    first = [word for word in heard.words if word.end < 10]
    assert "".join(word.text for word in first).startswith("您好")
    assert all(20 < word.start < 25 for word in heard.words[len(first) :])
    assert all(0 <= word.probability <= 1 for word in heard.words)
    assert heard.track == "left"


def test_a_batch_gives_each_chunk_its_own_words(whisper: Whisper, call: Sound) -> None:
    """Chunks recognised together come back in order, each in its own time."""
    chunks = [chunk(call[0], (25.9, 32.1)), chunk(call[1], (5.5, 10.2)), chunk(call[1], (17.3, 19.8))]
    together = whisper.hear(chunks, "zh")
    alone = [heard for one in chunks for heard in whisper.hear([one], "zh")]
    assert [[w.text for w in h.words] for h in together] == [[w.text for w in h.words] for h in alone]
    assert [round(h.words[0].start) for h in together] == [26, 5, 17]


def test_the_only_language_needs_no_detection(call: Sound) -> None:
    """A model whose profile names one language is sure of it."""
    one = Whisper(MICRO, SpeechProfile(languages=("zh",), beam_size=1), workers=1)
    assert one.detect_language([chunk(call[0], (0.6, 4.9))]) == ("zh", 1.0)


def test_the_language_is_detected_where_several_are_known(call: Sound) -> None:
    """Without a profile the weights' own language head decides, over some chunks together."""
    plain = Whisper(MICRO, SpeechProfile(beam_size=1), workers=1)
    language, probability = plain.detect_language([chunk(call[0], (0.6, 4.9)), chunk(call[1], (5.5, 10.2))])
    assert language == "zh"
    assert 0.9 < probability <= 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我們", [("我", 1.0, 1.5), ("們", 1.5, 2.0)]),
        ("好，", [("好，", 1.0, 2.0)]),
        (" hello", [(" hello", 1.0, 2.0)]),
        ("「您好", [("「您", 1.0, 1.5), ("好", 1.5, 2.0)]),
    ],
)
def test_tokens_of_several_hanzi_become_one_word_each(
    text: str, expected: list[tuple[str, float, float]]
) -> None:
    """Whisper's vocabulary joins frequent hanzi; their time is shared out."""
    words = single_words(text, Span(1.0, 2.0), 0.9)
    assert [(word.text, word.start, word.end) for word in words] == expected


def test_the_shipped_profile_is_read() -> None:
    """The micro model says of itself that it knows two languages, and needs its times moved."""
    profile = read_profile(MICRO)
    assert profile.languages == ("zh", "en")
    assert profile.beam_size == 1
    assert profile.word_shift == pytest.approx(0.137)


def test_a_model_without_a_profile_has_whispers_defaults(tmp_path: Path) -> None:
    """Models from a hub bring none."""
    assert read_profile(tmp_path) == SpeechProfile()


@pytest.mark.parametrize("content", ["{", json.dumps({"beam_size": 0}), json.dumps({"beems": 3})])
def test_a_broken_profile_is_refused(tmp_path: Path, content: str) -> None:
    """The message names the file."""
    (tmp_path / PROFILE).write_text(content)
    with pytest.raises(ModelError, match=PROFILE):
        read_profile(tmp_path)


def test_word_times_are_moved_by_the_profile(tmp_path: Path, call: Sound) -> None:
    """The shift of the profile is added to the model's own word times."""
    shutil.copytree(MICRO, tmp_path / "model")
    part = chunk(call[0], (0.6, 4.9))
    starts = []
    for shift in (0.0, 0.139):
        whisper = Whisper(tmp_path / "model", SpeechProfile(beam_size=1, word_shift=shift), workers=1)
        starts.append([word.start for word in whisper.hear([part], "zh")[0].words])
    inner = slice(3, -3)
    assert np.subtract(starts[1], starts[0])[inner] == pytest.approx(0.139, abs=1e-6)
