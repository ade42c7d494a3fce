"""The micro recogniser is trained, stopped and gone on with, converted, measured and described."""

from collections.abc import Iterator
from ctypes.util import find_library
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from grader.cli import build as command
from models import speech
from models.interfaces import SpeechOptions
from models.store import MANIFEST
from training.speech import pool
from training.speech.examples import Examples
from training.speech.figures import by_telephone, units
from training.speech.micro import CORPORA, Making, make
from training.speech.pool import Spoken
from training.speech.samples import SAMPLES
from training.speech.sentences import Sentence, read, written
from training.speech.synthesis import SAMPLE_RATE
from training.speech.tokens import build
from training.speech.trainer import Plan, Trainer

needs_voice = pytest.mark.skipif(
    find_library("espeak-ng") is None, reason="espeak-ng is a tool of training only"
)
SMALL = {"width": 64, "encoder_layers": 1, "decoder_layers": 1}


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    """Leave torch with as many threads as it had."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def _tones() -> list[Spoken]:
    """Two hanzi and two words, each a tone of its own."""
    at = np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE
    return [
        Spoken(
            text=text,
            language="zh" if text in "高低" else "en",
            samples=(12_000 * np.sin(2 * np.pi * hertz * at)).astype(np.int16),
            starts=((0, 0.0),),
            sounds=((text, 0.0),),
        )
        for text, hertz in (("高", 2_500), ("低", 350), ("high", 1_600), ("low", 800))
    ]


def test_training_lowers_the_loss_and_is_gone_on_with(tmp_path: Path) -> None:
    """It stops when its time is over; with more time it begins where it stopped."""
    tokenizer = build("高低", ["high", "low"])
    said: list[str] = []
    first = Trainer(_tones(), tokenizer, Plan(minutes=0.08, learning_rate=3e-3, **SMALL))
    batch = Examples(_tones(), tokenizer, seed=9).batch(5.0, 8)
    before = first.losses(batch)
    first.train(tmp_path / "checkpoint.pt", report=said.append)
    after = first.losses(batch)
    assert after.tokens < before.tokens
    assert after.sounds < before.sounds
    assert first.seconds >= 0.08 * 60
    again = Trainer(_tones(), tokenizer, Plan(minutes=0.08, learning_rate=3e-3, **SMALL))
    again.train(tmp_path / "checkpoint.pt", report=said.append)
    assert (again.step, again.seconds) == (first.step, first.seconds)
    assert torch.equal(again.losses(batch).tokens, after.tokens)
    longer = Trainer(_tones(), tokenizer, Plan(minutes=0.1, learning_rate=3e-3, **SMALL))
    longer.train(tmp_path / "checkpoint.pt", report=said.append)
    assert longer.step > first.step


@needs_voice
def test_speech_is_made_once_and_read_as_it_was_made(tmp_path: Path) -> None:
    """A file that stands is not made again; each hanzi or word has its time in the written text."""
    materials = read(CORPORA, SAMPLES / "scripts", known=450)
    pool.fill(tmp_path, materials, files=1, lines=12)
    sound = (tmp_path / "000.npy").read_bytes()
    (tmp_path / "000.npy").touch()
    made = (tmp_path / "000.npy").stat().st_mtime_ns
    pool.fill(tmp_path, materials, files=2, lines=12)
    assert (tmp_path / "000.npy").stat().st_mtime_ns == made
    assert (tmp_path / "000.npy").read_bytes() == sound
    spoken = pool.load(tmp_path)
    assert [s.language for s in spoken] == ["zh", "en"] * 12
    for one in spoken:
        assert one.text == written(one.text)
        starts = [second for _, second in one.starts]
        assert starts == sorted(starts)
        assert starts[-1] < one.seconds
        assert all(at == 0 or one.language == "zh" or one.text[at - 1] == " " for at, _ in one.starts)


@needs_voice
def test_new_voices_are_not_those_of_the_training() -> None:
    """Each part has voices of its own, and all of them speak both languages."""
    parts = [set(variants) for variants in pool.VARIANTS.values()]
    assert sum(map(len, parts)) == len(set().union(*parts))
    lines = [
        Sentence(text="您好，请说。", language="zh"),
        Sentence(text="The order's late, sorry.", language="en"),
    ]
    for part in ("development", "blind"):
        chinese, english = pool.speak(lines, part, Random(1))
        assert [at for at, _ in chinese.starts] == [0, 1, 3, 4]
        assert [english.text[at:].split()[0] for at, _ in english.starts] == [
            "the",
            "order's",
            "late",
            "sorry",
        ]


@pytest.mark.parametrize(
    ("text", "counted"),
    [("您好，OK。", ["您", "好", "ok"]), (" I'm late.", ["i'm", "late"]), ("", []), ("。", [])],
)
def test_hanzi_and_words_are_counted(text: str, counted: list[str]) -> None:
    """Marks, spaces and capitals are not."""
    assert units(text) == counted


def test_the_telephone_is_as_noisy_as_is_said() -> None:
    """Noise lies 15 dB below the speech, and nothing above 4 kHz comes through."""
    at = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    tone = (0.4 * np.sin(2 * np.pi * 1_000 * at)).astype(np.float32)
    tone[SAMPLE_RATE:] = 0
    heard = by_telephone(tone, np.random.default_rng(0))
    loud, quiet = heard[2_000:14_000], heard[20_000:]
    assert 10 * np.log10(np.mean(loud**2) / np.mean(quiet**2)) == pytest.approx(15, abs=1)
    power = np.abs(np.fft.rfft(heard)) ** 2
    assert power[len(power) * 5 // 8 :].sum() < 1e-3 * power.sum()


@needs_voice
def test_a_model_is_made_from_nothing(tmp_path: Path) -> None:
    """Speech, training, conversion, figures, card: the program loads what comes out, and a second run changes nothing."""
    making = Making(
        out=tmp_path / "micro-test",
        work=tmp_path / "work",
        known=450,
        plan=Plan(minutes=0.05, **SMALL),
        files=1,
        lines=60,
        sentences=2,
    )
    card = make(making)
    assert "micro-test" in card
    assert card == (tmp_path / "micro-test" / "card.md").read_text("utf-8")
    assert "random weights" in card
    recognizer = speech.load(SpeechOptions(model=str(tmp_path / "micro-test")))
    assert recognizer.demonstration
    files = {path.name for path in (tmp_path / "micro-test").iterdir()}
    assert files >= {"model.bin", "config.json", "tokenizer.json", "speech.json", "card.md", MANIFEST}
    weights = (tmp_path / "micro-test" / "model.bin").read_bytes()
    make(making)
    assert (tmp_path / "micro-test" / "model.bin").read_bytes() == weights


def test_the_command_says_what_it_needs() -> None:
    """Without its folders it does not begin."""
    done = CliRunner().invoke(command(), ["train-speech"])
    assert done.exit_code == 2
    assert "--out" in done.output
