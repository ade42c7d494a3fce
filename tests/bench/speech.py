"""What the audio path costs over bare faster-whisper: batched decoding with word times, same files, same weights."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models import speech
from models.interfaces import Recording, SpeechOptions, Transcript
from models.speech.profile import read_profile
from models.store import speech_model
from tests.bench.report import SAMPLES, Figure

BATCH: Final = 8
ROUNDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSpeed:
    """Seconds for all files together, the least of the rounds: other programs on the machine only ever add."""

    audio: float
    """Seconds of recording."""
    whole: float
    """Seconds that the whole path takes: decoding to turns, with its two workers."""
    bare: float
    """Seconds that bare faster-whisper takes, file by file and channel by channel."""
    whole_processor: float
    """Seconds of processor time of the whole path."""
    bare_processor: float

    @property
    def ratio(self) -> float:
        """What the whole path costs, in processor time, where bare faster-whisper costs 1."""
        return self.whole_processor / self.bare_processor

    @property
    def pace(self) -> float:
        """Seconds of recording that the whole path transcribes in one second."""
        return self.audio / self.whole


def measure() -> list[Figure]:
    """Transcribe the sample calls that can be understood both ways."""
    calls = sorted(path for path in (SAMPLES / "calls").iterdir() if path.suffix not in {".json", ".csv"})
    speed = compare([path for path in calls if "noise" not in path.name])
    return [
        Figure("audio path, seconds of audio a second", speed.pace),
        Figure("audio path / bare faster-whisper, processor", speed.ratio, most=1.15),
        Figure("audio path / bare faster-whisper, wall", speed.whole / speed.bare),
    ]


def compare(files: Sequence[Path], model: str = "micro-whisper") -> SpeechSpeed:
    """Transcribe ``files`` both ways by turns; both know the language and use the model's own beam size.

    Where the recording is stereo, bare faster-whisper transcribes both channels too, for else it could not say who
    speaks; where both channels carry one mix, or one is silent, it transcribes their mean once.

    Raises:
        ValueError: a file cannot be transcribed.
    """
    recognizer = speech.load(SpeechOptions(model=model, batch_size=BATCH))
    recordings = [Recording(path=path) for path in files]
    transcripts = recognizer.transcribe(recordings)
    heard = [transcript for transcript in transcripts if isinstance(transcript, Transcript)]
    if len(heard) < len(files):
        raise ValueError("Every file must be a recording that can be transcribed.")
    known = [
        Recording(path=path, language=t.language) for path, t in zip(files, heard, strict=True) if t.language
    ]
    bare = _bare(speech_model(model), known, split=[t.layout == "stereo" for t in heard if t.language])
    times = [(_timed(lambda: recognizer.transcribe(known)), _timed(bare)) for _ in range(ROUNDS)]
    return SpeechSpeed(
        audio=sum(t.duration for t in heard if t.language),
        whole=min(whole.wall for whole, _ in times),
        bare=min(plain.wall for _, plain in times),
        whole_processor=min(whole.processor for whole, _ in times),
        bare_processor=min(plain.processor for _, plain in times),
    )


def _bare(folder: Path, recordings: Sequence[Recording], *, split: Sequence[bool]) -> Callable[[], None]:
    """Load the model as its documentation does; gives a run over the recordings."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel, decode_audio

    model: Any = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
    pipeline = BatchedInferencePipeline(model)
    beam_size = read_profile(folder).beam_size

    def run() -> None:
        for recording, is_split in zip(recordings, split, strict=True):
            sound = decode_audio(str(recording.path), split_stereo=is_split)
            for channel in sound if is_split else (sound,):
                segments, _ = pipeline.transcribe(
                    channel,
                    language=recording.language,
                    beam_size=beam_size,
                    temperature=0.0,
                    word_timestamps=True,
                    batch_size=BATCH,
                )
                list(segments)

    return run


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    wall: float
    processor: float


def _timed(work: Callable[[], object]) -> _Times:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return _Times(wall=time.perf_counter() - wall, processor=time.process_time() - processor)
