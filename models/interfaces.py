"""What the rest of the program sees of a model: two small protocols and the values they exchange.

The domain's own types (``grader.conversation``) satisfy the protocols by shape, so that this room imports none of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

Distribution: TypeAlias = dict[str, float]
"""Probabilities by label value."""

TurnLabels: TypeAlias = dict[str, Distribution | float]
"""Per label of the codebook: a distribution, or for yes/no labels the probability of yes.

Agent turns: ``empathy``, ``solution``, ``follow_up``, ``courtesy`` (distributions over their levels), ``violation``
(an independent probability for each code), ``nugget``. Customer turns: ``emotion``, ``nugget`` (distributions),
``escalation``, ``resolved`` (probabilities), and ``problem``: the probability that the customer brings one, on the turn that
tells most of it, and 0 on the others. Turns of a bot or the system: empty.
"""


class TurnLike(Protocol):
    """One turn as a classifier reads it."""

    @property
    def speaker(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


class ConversationLike(Protocol):
    """A conversation as a classifier reads it: redacted, in simplified script."""

    @property
    def channel(self) -> str: ...  # noqa: D102
    @property
    def language(self) -> str | None: ...  # noqa: D102
    @property
    def turns(self) -> Sequence[TurnLike]: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationLabels:
    """What a classifier says of one conversation."""

    turns: tuple[TurnLabels, ...]
    """One entry a turn, in order."""
    outcome: dict[str, Distribution]
    """``A``, ``S`` and ``E`` of STC-3, each a distribution over "-2" to "2"; empty without turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedLabels:
    """What a classifier says of one conversation, and which words made it say so."""

    labels: ConversationLabels
    words: Callable[[int, str], tuple[int, int]]
    """Gives for a turn's index and a label or a violation's code the words that speak for it: a character span of the
    turn's text, (0, 0) for a turn without words."""


class TurnClassifier(Protocol):
    """Turns to label distributions."""

    @property
    def name(self) -> str:
        """The weights' name and version, as every grade records it."""

    def predict(self, conversations: Sequence[ConversationLike]) -> list[ConversationLabels]:
        """Label a batch in one pass, in order. Pure: nothing is kept between calls."""

    def explain(self, conversations: Sequence[ConversationLike]) -> list[ExplainedLabels]:
        """Label a batch like ``predict``, and say of each conversation which words speak for its labels."""


class RoleClassifier(Protocol):
    """Tells agents' turns from customers' by their words."""

    def predict(self, texts: Sequence[str]) -> list[float]:
        """Give for each turn text the probability that an agent says it, taken by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenWord:
    """One recognised word (one hanzi in Mandarin); times in seconds from the recording's start."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenTurn:
    """What one voice said without the other taking over; times in seconds from the recording's start."""

    voice: str
    """``left``/``right`` for channels, ``voice-1``, ``voice-2`` … for voices told apart by sound."""
    text: str
    start: float
    end: float
    words: tuple[SpokenWord, ...]


DoubtReason: TypeAlias = Literal[
    "repetition", "stock_phrase", "silence", "too_fast", "low_probability", "echo"
]
"""``silence``: text where nobody speaks; ``echo``: what leaked in from the other channel, where it stands as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedSpeech:
    """A stretch whose recognised text is not believed, and why."""

    start: float
    end: float
    text: str
    reason: DoubtReason


Layout: TypeAlias = Literal["mono", "stereo", "dual_mono", "one_sided"]
"""``stereo``: one voice a channel; ``dual_mono``: the same mix on both; ``one_sided``: nobody speaks on one channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A recording in words, before anybody says which voice is the agent's."""

    turns: tuple[SpokenTurn, ...]
    language: str | None
    """ISO 639-1 code; None where it was not given and nobody speaks."""
    language_probability: float
    layout: Layout
    duration: float
    """Seconds of audio."""
    speech_seconds: float
    """Seconds in which somebody speaks, by voice activity detection, summed over channels."""
    intelligibility: float
    """Share of the speech seconds, 0 to 1, that gave words which are believed."""
    voice_confidence: float
    """Probability, 0 to 1, that words stand under the right voice: 1 for separate channels."""
    dropped: tuple[DroppedSpeech, ...] = ()
    remarks: tuple[str, ...] = ()
    """What was missing or damaged, in full sentences for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file to transcribe."""

    path: Path
    language: str | None = None
    """ISO 639-1 code where known; detected otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """A recording that could not be transcribed."""

    problem: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOptions:
    """How recordings are transcribed."""

    model: str = "micro-whisper"
    """A shipped model's name, a Whisper size, a hub name, or a folder with a CTranslate2 model."""
    batch_size: int = field(default=8)
    """Speech chunks decoded together."""
    workers: int = 2
    """Batches recognised at the same time, one processor core each."""


class SpeechRecognizer(Protocol):
    """Speech to turns."""

    @property
    def name(self) -> str:
        """The model's name, as every grade records it."""

    @property
    def demonstration(self) -> bool:
        """Whether the model is fit for samples and tests only."""

    def transcribe(self, recordings: Sequence[Recording]) -> list[Transcript | Unheard]:
        """Transcribe a batch, in order; a recording that fails gives the reason in its place."""
