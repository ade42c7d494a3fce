"""Windows of speech, and what the network should make of them."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from training.speech.examples import FRAMES_PER_SECOND, IGNORED, Examples, Spectrogram, Units
from training.speech.network import MELS
from training.speech.pool import FULL_SCALE, Spoken
from training.speech.scenes import LINE_TOP_HZ, companded, scene, transmitted
from training.speech.sentences import Language
from training.speech.synthesis import SAMPLE_RATE
from training.speech.tokens import build, special

TIMES = [f"{index * 0.02:.2f}" for index in range(1501)]


def _spoken(text: str, language: Language, starts: list[tuple[int, float]], seconds: float) -> Spoken:
    at = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return Spoken(
        text=text,
        language=language,
        samples=(0.4 * FULL_SCALE * np.sin(2 * np.pi * 700 * at)).astype(np.int16),
        starts=tuple(starts),
        sounds=tuple((f"{language}{index}", second) for index, (_, second) in enumerate(starts)),
    )


POOL = [
    _spoken("您好，请说。", "zh", [(0, 0.0), (1, 0.3), (3, 0.9), (4, 1.1)], 1.4),
    _spoken("再见。", "zh", [(0, 0.0), (1, 0.2)], 0.6),
    _spoken("the order's late", "en", [(0, 0.0), (4, 0.1), (12, 0.6)], 1.0),
    _spoken("thank you", "en", [(0, 0.0), (6, 0.4)], 0.7),
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A tokenizer for what is in the pool."""
    return build("您好请说再见", ["the order is late", "thank you"])


def test_utterances_follow_each_other_within_the_window() -> None:
    """They never overlap, and none is cut; some windows hold nobody."""
    random = np.random.default_rng(1)
    empty = 0
    for _ in range(150):
        made = scene(POOL, 5.0, random)
        assert len(made.samples) <= 5 * SAMPLE_RATE
        assert all(later.start > earlier.end for earlier, later in pairwise(made.placed))
        assert not made.placed or made.placed[-1].end <= 5.0
        empty += not made.placed
    assert 0 < empty < 20


def test_a_line_passes_nothing_above_its_band() -> None:
    """Where a window went over the line, whatever noise came before it is cut off at the top; others are whole."""
    random = np.random.default_rng(2)
    noise = (random.standard_normal(SAMPLE_RATE) / 10).astype(np.float32)
    hertz = np.fft.rfftfreq(SAMPLE_RATE, 1 / SAMPLE_RATE)
    above = [
        float(np.mean(power[hertz > LINE_TOP_HZ + 50]) / np.mean(power))
        for power in (np.abs(np.fft.rfft(transmitted(noise, random))) ** 2 for _ in range(40))
    ]
    assert 5 <= sum(share < 1e-3 for share in above) <= 35
    assert max(above) > 0.5


def test_companding_keeps_the_sound() -> None:
    """μ-law is finer where it is quieter: within 3 % of each sample, and never beyond full scale."""
    sound = np.linspace(-1.5, 1.5, 3_001).astype(np.float32)
    passed = companded(sound)
    inside = np.abs(sound) <= 1
    assert np.all(np.abs(passed - sound)[inside] <= 0.03 * np.abs(sound[inside]) + 2e-4)
    assert np.abs(passed).max() <= 1.000001


@pytest.mark.parametrize(
    ("spoken", "begin", "end", "span"),
    [
        (POOL[0], 1, 2, (0.3, 0.8)),  # no hanzi takes longer than half a second
        (POOL[0], 2, 3, None),
        (POOL[0], 4, 5, (1.1, 1.4)),
        (POOL[2], 0, 3, (0.0, 0.1)),
        (POOL[2], 4, 9, (0.1, 0.1 + 0.5 * 5 / 7)),
        (POOL[2], 9, 11, (0.1 + 0.5 * 5 / 7, 0.6)),
    ],
)
def test_a_piece_has_its_share_of_the_word(
    spoken: Spoken, begin: int, end: int, span: tuple[float, float] | None
) -> None:
    """By letters; marks have no sound."""
    found = Units(spoken).span(begin, end)
    assert (found is None) == (span is None)
    if found and span:
        assert found == pytest.approx(span)


def test_a_batch_says_what_is_heard(tokenizer: Tokenizer) -> None:
    """Targets are the next tokens and spell the utterances; only the language is guessed of what is given."""
    batch = Examples(POOL, tokenizer, seed=4).batch(5.0, 60)
    named = {name: special(tokenizer, name) for name in ("startoftranscript", "endoftext", "nospeech")}
    languages = {special(tokenizer, name): name for name in ("en", "zh")}
    texts = {
        "en": {s.text for s in POOL if s.language == "en"},
        "zh": {s.text for s in POOL if s.language == "zh"},
    }
    heard = set()
    assert batch.features.shape == (60, MELS, 500)
    assert batch.tokens.shape == batch.targets.shape
    for tokens, targets in zip(batch.tokens.tolist(), batch.targets.tolist(), strict=True):
        start = tokens.index(named["startoftranscript"])
        assert targets[:start] == [IGNORED] * start
        if targets[start] == named["nospeech"]:
            heard.add("nobody")
            continue
        language = languages[targets[start]]
        heard.add(language)
        assert tokens[start + 1] == targets[start]
        counted = [(given, said) for given, said in zip(tokens[1:], targets, strict=False) if said != IGNORED]
        assert all(given == said for given, said in counted)
        said = tokenizer.decode([t for t in targets[start + 1 :] if 0 <= t < named["endoftext"]])
        for text in texts[language]:
            said = said.replace(text, "")
        assert said.strip() == ""
    assert heard == {"nobody", "en", "zh"}


def test_timestamps_enclose_their_utterance(tokenizer: Tokenizer) -> None:
    """With times, each utterance stands between its start and its end, in order."""
    batch = Examples(POOL, tokenizer, seed=5).batch(8.0, 40)
    first = special(tokenizer, "0.00")
    timed = 0
    for row in batch.targets.tolist():
        times = [token - first for token in row if token >= first]
        assert len(times) % 2 == 0
        assert times == sorted(times)
        lengths = {round((end - begin) * 0.02, 1) for begin, end in zip(times[::2], times[1::2], strict=True)}
        assert lengths <= {1.4, 0.6, 1.0, 0.7}
        timed += bool(times)
    assert 0 < timed < 25


def test_looks_and_sounds_lie_where_somebody_speaks(tokenizer: Tokenizer) -> None:
    """A look is at frames that have a sound, around the piece that the token spells."""
    examples = Examples(POOL, tokenizer, seed=6)
    batch = examples.batch(5.0, 20)
    names = {number: name for name, number in examples.sounds.items()}
    assert len(batch.looks) > 40
    for window, token, begin, end in batch.looks.tolist():
        said = tokenizer.decode([int(batch.targets[window, token])]).strip()
        middle = (begin + end) // 2
        language = "zh" if said in "您好请说再见" else "en"
        assert names[int(batch.sounds[window, middle])].startswith(language)
        assert 0 <= begin < end <= 5 * FRAMES_PER_SECOND


def test_the_spectrogram_is_that_of_faster_whisper() -> None:
    """The same numbers, before the padding; a louder moment elsewhere lifts the floor."""
    from faster_whisper.feature_extractor import FeatureExtractor

    sound = (np.random.default_rng(0).standard_normal(SAMPLE_RATE) / 20).astype(np.float32)
    ours = Spectrogram()(sound)
    assert np.allclose(ours.numpy(), FeatureExtractor(feature_size=MELS)(sound, padding=0), atol=1e-4)
    quiet = torch.zeros(SAMPLE_RATE).numpy()
    quiet[:4_000] = sound[:4_000]
    assert Spectrogram()(quiet, brighter=0.5).min() > Spectrogram()(quiet).min()
