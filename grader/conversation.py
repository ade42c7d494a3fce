"""The conversation: turns, speakers, times, metadata. It flows through every stage of the pipeline.

The JSON form is a contract (``docs/formats.md``). Records are frozen: a stage gives a new one.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat

from models.interfaces import Layout

Channel: TypeAlias = Literal["call", "chat", "email"]
Direction: TypeAlias = Literal["inbound", "outbound"]
Speaker: TypeAlias = Literal["agent", "customer", "bot", "system", "unknown"]
"""``unknown``: nobody has said yet who this voice is; ``grader.roles`` decides it from the words."""

AgentChannel: TypeAlias = Literal["left", "right", "auto"]

Probability: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Identifier: TypeAlias = Annotated[
    str, BeforeValidator(lambda given: str(given) if isinstance(given, int) else given)
]
"""A name given by the caller's system; numbers are taken as their digits."""


class Record(BaseModel):
    """Base of the domain's values: immutable, unknown fields of other systems are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Word(Record):
    """One recognised word (one hanzi in Mandarin)."""

    text: str
    start: FiniteFloat
    """Seconds from the start of the conversation."""
    end: FiniteFloat
    probability: Probability | None = None
    """The recogniser's own; None where the source has none."""


class Turn(Record):
    """What one speaker says or writes before another does."""

    speaker: Speaker
    text: str
    start: FiniteFloat | None = None
    """Seconds from the start of the conversation."""
    end: FiniteFloat | None = None
    sent_at: AwareDatetime | None = None
    """When a chat or e-mail message was sent."""
    words: tuple[Word, ...] = ()
    voice: str | None = None
    """The source's own name for who speaks (``left``, ``SPEAKER_01``), where it does not say the role."""


class Party(Record):
    """The agent or the customer, as the caller's system knows them."""

    id: Identifier | None = None
    team: str | None = None


class Dropped(Record):
    """A stretch of audio whose recognised text is not believed."""

    start: FiniteFloat
    end: FiniteFloat
    text: str
    reason: str


class Transcription(Record):
    """How the turns of a recording were heard."""

    model: str
    demonstration: bool = False
    """Whether that model is fit for samples and tests only."""
    layout: Layout
    duration: FiniteFloat
    """Seconds of audio."""
    language_probability: Probability
    intelligibility: Probability
    """Share of the speech that gave words which are believed."""
    voice_confidence: Probability
    """Probability that words stand under the right voice."""
    dropped: tuple[Dropped, ...] = ()


class Conversation(Record):
    """A call, chat or e-mail exchange. A recording that is not transcribed yet has no turns."""

    id: Identifier
    channel: Channel = "chat"
    language: str | None = None
    """ISO 639-1 code; detected from the text where it is None."""
    started_at: AwareDatetime | None = None
    agent: Party = Party()
    customer: Party = Party()
    queue: str | None = None
    direction: Direction | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    """Anything else the caller's system knows; ``answer_delay`` (seconds) and ``customer_rating`` are used."""
    recording: str | None = None
    """Path or URL of the audio."""
    turns: tuple[Turn, ...] = ()
    role_confidence: Probability | None = None
    """Probability that agent and customer are told apart rightly; None where the source said who speaks."""
    transcription: Transcription | None = None
    """None for conversations that came as text."""
    remarks: tuple[str, ...] = ()
    """What reading had to repair or assume, in words for a person."""
