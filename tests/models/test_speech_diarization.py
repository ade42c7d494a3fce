"""Voices told apart by pyannote.audio: a real pipeline where it is installed, and what is refused."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models import speech
from models.interfaces import Recording, SpeechOptions, SpokenWord, Transcript
from models.speech.diarization import Diarizer, SaidBy, attribute_by, installed_diarizer
from models.speech.spans import Span
from models.speech.voices import Attribution
from models.store import DIARIZATION, ModelError, diarization_model

Sound = NDArray[np.float32]

RATE = 16_000
CONFIG = """
pipeline:
  name: pyannote.audio.pipelines.SpeakerDiarization
  params:
    segmentation: $model/segmentation
    segmentation_step: 0.25
    embedding: $model/embedding
    plda: $model/plda
    embedding_exclude_overlap: true
params:
  segmentation: {min_duration_off: 0.0}
  clustering: {threshold: 0.6, Fa: 0.07, Fb: 0.8}
"""
HAS_PYANNOTE = find_spec("pyannote") is not None and find_spec("pyannote.audio") is not None
BOTH = [SaidBy(Span(0.0, 2.0), "B"), SaidBy(Span(2.5, 4.0), "A"), SaidBy(Span(4.0, 6.0), "B")]


def word(start: float, end: float) -> SpokenWord:
    """Make a word."""
    return SpokenWord(text="啊", start=start, end=end, probability=0.9)


WORDS = [word(0.1, 0.9), word(1.1, 1.9), word(2.6, 3.4), word(4.2, 5.0)]


def by_sound(*voices: int, confidence: float = 0.9) -> Attribution:
    """Make what the other way gives."""
    return Attribution(voices=voices, count=len(set(voices)), confidence=confidence)


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a pipeline folder in the models folder, complete but for what the weights hold."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path))
    folder = tmp_path / DIARIZATION
    for part in ("segmentation", "embedding", "plda"):
        (folder / part).mkdir(parents=True)
    for name in ("segmentation/pytorch_model.bin", "embedding/pytorch_model.bin"):
        (folder / name).touch()
    for name in ("plda/plda.npz", "plda/xvec_transform.npz"):
        (folder / name).touch()
    (folder / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("found", "voices", "confidence"),
    [
        (by_sound(0, 0, 1, 0), (0, 0, 1, 0), 0.99),
        (by_sound(0, 1, 1, 0), (0, 0, 1, 0), 0.75),
        (by_sound(0, 0, 0, 0), (0, 0, 1, 0), 0.5),
    ],
)
def test_words_go_to_the_voice_that_speaks(
    found: Attribution, voices: tuple[int, ...], confidence: float
) -> None:
    """Each word goes to the voice of its time, counted in order of appearance; confident as far as both ways agree."""
    result = attribute_by(BOTH, WORDS, found)
    assert (result.voices, result.count) == (voices, 2)
    assert result.confidence == pytest.approx(confidence)


def test_words_where_nobody_was_found_lower_the_confidence() -> None:
    """Words outside every stretch go to the nearest voice, and count against the confidence."""
    result = attribute_by(BOTH, [*WORDS, word(6.4, 7.2)], by_sound(0, 0, 1, 0, 0))
    assert result.voices == (0, 0, 1, 0, 0)
    assert result.confidence == pytest.approx(0.8)


def test_without_a_voice_found_the_sound_decides() -> None:
    """Where pyannote finds nobody, the attribution by sound stands."""
    assert attribute_by([], WORDS, by_sound(0, 1, 0, 1)) == by_sound(0, 1, 0, 1)


def test_no_weights_no_diarizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without weights in the models folder there is none, and nothing is fetched."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path))
    assert diarization_model() is None
    assert installed_diarizer() is None


def test_a_missing_file_is_named(pipeline: Path) -> None:
    """Weights that are not complete are an error that says which file is missing."""
    (pipeline / "plda" / "plda.npz").unlink()
    with pytest.raises(ModelError, match=r"plda/plda\.npz is missing"):
        installed_diarizer()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("$model/segmentation", "pyannote/segmentation-3.0"),
        ("    plda: $model/plda\n", ""),
        ("pipeline:", "[pipeline:"),
    ],
)
def test_a_pipeline_that_would_fetch_is_refused(pipeline: Path, old: str, new: str) -> None:
    """A pipeline that names models outside its folder, or leaves one to pyannote's default, is refused."""
    config = pipeline / "config.yaml"
    config.write_text(config.read_text("utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ModelError):
        Diarizer(pipeline)


def build(folder: Path, voices: tuple[Sound, Sound]) -> None:
    """Save a pipeline of pyannote's own classes with random weights.

    Its segmentation always finds one local speaker; its embedding is centred between the two voices, so that even random
    weights part them.
    """
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import XVectorMFCC
    from pyannote.audio.models.segmentation import PyanNet

    torch.manual_seed(7)
    segmentation = PyanNet(
        lstm={"hidden_size": 8, "num_layers": 1}, linear={"num_layers": 1, "hidden_size": 8}
    )
    segmentation.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=4.0,
        classes=["a", "b"],
        powerset_max_classes=1,
        permutation_invariant=True,
    )
    segmentation.setup()
    embedding = XVectorMFCC(dimension=160).eval()
    embedding.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=4.0, classes=["a", "b"]
    )
    with torch.no_grad():
        segmentation.classifier.weight.zero_()
        segmentation.classifier.bias.copy_(torch.tensor([0.0, 5.0, 0.0]))
        heard = [embedding(torch.from_numpy(voice)[None, None]) for voice in voices]
        embedding.embedding.bias -= (heard[0] + heard[1])[0] / 2
    for name, model in (("segmentation", segmentation), ("embedding", embedding)):
        checkpoint: dict[str, Any] = {
            "state_dict": model.state_dict(),
            "hyper_parameters": dict(model.hparams),
            "pytorch-lightning_version": "2.0.0",
        }
        model.on_save_checkpoint(checkpoint)
        torch.save(checkpoint, folder / name / "pytorch_model.bin")
    random = np.random.default_rng(7)
    np.savez(
        folder / "plda" / "xvec_transform.npz",
        mean1=np.zeros(160),
        mean2=np.zeros(128),
        lda=np.linalg.qr(random.standard_normal((160, 128)))[0],
    )
    np.savez(folder / "plda" / "plda.npz", mu=np.zeros(128), tr=np.eye(128), psi=np.linspace(9.0, 1.0, 128))


def voice(pitch: float, formant: float, seconds: float) -> Sound:
    """Hum: pulses of a pitch through one resonance, with a little noise."""
    time = np.arange(round(seconds * RATE)) / RATE
    harmonics = [n * pitch for n in range(1, 20)]
    sound = sum(
        np.sin(2 * np.pi * frequency * time) / (1 + ((frequency - formant) / 300) ** 2)
        for frequency in harmonics
    )
    noise = np.random.default_rng(3).standard_normal(len(time))
    return (0.1 * sound * (0.6 + 0.4 * np.sin(8 * np.pi * time)) + 0.001 * noise).astype(np.float32)


@pytest.mark.skipif(not HAS_PYANNOTE, reason="pyannote.audio (extra diarization) is not installed")
@pytest.mark.filterwarnings("ignore")
class TestWithPyannote:
    """The adapter around a real pipeline."""

    def test_two_voices_are_told_apart(self, pipeline: Path, save: Callable[..., Path]) -> None:
        """Two voices, seven seconds each in turn, on one channel: each stretch goes to its own voice."""
        from pyannote.audio.telemetry.metrics import is_metrics_enabled

        woman, man = voice(210, 1800, 7), voice(110, 500, 7)
        build(pipeline, (woman[: 4 * RATE], man[: 4 * RATE]))
        path = save(np.concatenate((woman, man, woman))[None])
        diarizer = installed_diarizer()
        assert diarizer is not None
        said = diarizer.diarize(path)
        assert all(0 <= one.span.start < one.span.end <= 21.1 for one in said)
        words = [word(start, start + 0.5) for start in (1.0, 4.0, 9.5, 11.5, 17.0, 19.5)]
        found = attribute_by(said, words, by_sound(0, 0, 1, 1, 0, 0))
        assert found.voices == (0, 0, 1, 1, 0, 0)
        assert found.confidence > 0.9
        assert not is_metrics_enabled()

    def test_a_recogniser_uses_it(self, pipeline: Path, call: Sound, save: Callable[..., Path]) -> None:
        """A mono call is transcribed with the installed pipeline: turns by at most two voices, nobody asked the network."""
        mix = call.mean(axis=0)
        build(pipeline, (mix[: 4 * RATE], mix[6 * RATE : 10 * RATE]))
        recognizer = speech.load(SpeechOptions(model="micro-whisper"))
        (transcript,) = recognizer.transcribe([Recording(path=save(mix[None]), language="zh")])
        assert isinstance(transcript, Transcript)
        assert transcript.turns
        assert {turn.voice for turn in transcript.turns} <= {"voice-1", "voice-2"}
        assert 0 < transcript.voice_confidence <= 0.99
