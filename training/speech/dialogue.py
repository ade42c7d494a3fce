"""Scripts of calls, and how one becomes a recording with the time of every turn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from training.speech.synthesis import MANDARIN, SAMPLE_RATE, Utterance, Voice
from training.speech.telephone import Codec, Sound, hiss, to_line

Speaker: TypeAlias = Literal["agent", "customer"]

LEAD_SECONDS: Final = 0.6
"""Quiet before the first and after the last word."""

TURN_PAUSE: Final = (0.35, 0.9)
"""Seconds between two turns, where the script says nothing else: from, to."""

BREATH: Final = (0.45, 0.7)
"""Seconds between two sentences of a turn: from, to."""

AUDIBLE: Final = 0.005
"""Absolute sample above which somebody speaks, of a peak of 0.5."""

_SENTENCE: Final = re.compile(r"[^。？.?]+[。？.?]")


class _Written(BaseModel):
    """Base of what stands in a script: unknown fields are mistakes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Written):
    """One turn: who says what, and how long after the end of the turn before."""

    agent: str | None = None
    customer: str | None = None
    gap: float | None = None
    """Seconds; negative where it starts before the other has finished. None leaves it to chance."""

    @model_validator(mode="after")
    def _has_one_speaker(self) -> "Line":
        if (self.agent is None) == (self.customer is None):
            raise ValueError("A turn is said by the agent or by the customer, and by one of them only.")
        return self

    @property
    def speaker(self) -> Speaker:
        """Who says it."""
        return "agent" if self.agent is not None else "customer"

    @property
    def text(self) -> str:
        """What is said."""
        return self.agent or self.customer or ""

    @property
    def sentences(self) -> list[str]:
        """What is said in one breath each."""
        return [sentence.strip() for sentence in _SENTENCE.findall(self.text)]


class Manner(_Written):
    """How a speaker sounds; see ``synthesis.Voice``."""

    accent: str = MANDARIN
    variant: str
    words_per_minute: int = 175
    pitch: int = 50
    pitch_range: int = 50


class CallScript(_Written):
    """A call as written."""

    file: str
    """Name of the recording; its stem is the conversation's id."""
    codec: Codec
    layout: Literal["stereo", "dual_mono", "mono"]
    """One speaker a channel, both speakers on both channels, both on the only channel."""
    agent_channel: Literal["left", "right"] = "left"
    """Stereo only."""
    signal_to_noise_db: float = 36
    """Mean power of the speech over that of the line's hiss."""
    details: Literal["sidecar", "manifest"]
    """Where ``about`` is written to."""
    about: dict[str, Any]
    voices: dict[Speaker, Manner]
    turns: tuple[Line, ...] = Field(min_length=1)

    @property
    def id(self) -> str:
        """The conversation's id."""
        return Path(self.file).stem

    @property
    def intelligible(self) -> bool:
        """Whether a listener can follow it."""
        return self.signal_to_noise_db > 0

    def lines(self) -> list[tuple[str, Voice]]:
        """Give every sentence, turn by turn, as the synthesiser takes them."""
        voices = {who: Voice(**manner.model_dump()) for who, manner in self.voices.items()}
        return [(sentence, voices[line.speaker]) for line in self.turns for sentence in line.sentences]


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """A call as it sounds on the line."""

    channels: Sound
    """One or two rows at ``LINE_RATE``."""
    times: tuple[tuple[float, float], ...]
    """Start and end in seconds of each turn of the script."""


def load(folder: Path) -> list[CallScript]:
    """Read every script in ``folder``, by name."""
    return [
        CallScript.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.yaml"))
    ]


def perform(script: CallScript, utterances: Sequence[Utterance]) -> Performance:
    """Put the utterances of the script's lines on one time axis and send them down the line."""
    random = np.random.default_rng(list(script.id.encode()))
    said = iter(utterances)
    placed: list[tuple[Speaker, float, Utterance]] = []
    times: list[tuple[float, float]] = []
    clock = LEAD_SECONDS
    for line in script.turns:
        pause = float(random.uniform(*TURN_PAUSE)) if line.gap is None else line.gap
        start = clock = clock + pause if times else clock
        for utterance in islice(said, len(line.sentences)):
            clock += float(random.uniform(*BREATH)) if clock > start else 0.0
            placed.append((line.speaker, clock, utterance))
            clock += utterance.seconds
        times.append((start, clock))
    voices = _voices(placed)
    channels = _channels(script, voices["agent"], voices["customer"])
    return Performance(channels=_with_hiss(script, channels, random), times=tuple(times))


def _voices(placed: Sequence[tuple[Speaker, float, Utterance]]) -> dict[Speaker, Sound]:
    """Give each speaker's channel as it comes off the line."""
    length = round((max(start + said.seconds for _, start, said in placed) + LEAD_SECONDS) * SAMPLE_RATE)
    voices: dict[Speaker, Sound] = {who: np.zeros(length, np.float32) for who in ("agent", "customer")}
    for speaker, start, utterance in placed:
        first = round(start * SAMPLE_RATE)
        voices[speaker][first : first + len(utterance.samples)] += utterance.samples
    return {who: to_line(sound) for who, sound in voices.items()}


def _channels(script: CallScript, agent: Sound, customer: Sound) -> Sound:
    if script.layout == "stereo":
        return np.stack([agent, customer] if script.agent_channel == "left" else [customer, agent])
    mix = agent + customer
    return np.stack([mix, mix] if script.layout == "dual_mono" else [mix])


def _with_hiss(script: CallScript, channels: Sound, random: np.random.Generator) -> Sound:
    """Add the line's noise, relative to the mean power while somebody speaks, and keep clear of full scale."""
    speech = channels[np.abs(channels) > AUDIBLE]
    power = float(np.mean(speech**2)) / 10 ** (script.signal_to_noise_db / 10)
    noise = [hiss(channels.shape[1], power=power, random=random) for _ in channels]
    mixed: Sound = channels + (noise[:1] if script.layout == "dual_mono" else noise)
    return mixed * min(1.0, 0.9 / float(np.abs(mixed).max()))
