"""Timing of a conversation, measured from its turns."""

from pydantic import NonNegativeFloat, NonNegativeInt

from grader.conversation import Probability, Record


class Silence(Record):
    """A stretch in which nobody speaks."""

    start: float
    end: float
    after_turn: NonNegativeInt | None
    """Index of the turn before it; None before the first."""


class Interruption(Record):
    """The agent starts to speak while the customer still does."""

    turn: NonNegativeInt
    """Index of the agent's turn."""
    overlap: NonNegativeFloat
    """Seconds spoken at once."""


class Timing(Record):
    """Measures in seconds; None where the conversation has no times to measure them by."""

    answer_delay: float | None = None
    """From the customer's call to the agent's answer, from the metadata."""
    first_response: float | None = None
    """From the customer's first words to the agent's."""
    duration: float | None = None
    silences: tuple[Silence, ...] = ()
    longest_silence: float | None = None
    total_silence: float | None = None
    interruptions: tuple[Interruption, ...] = ()
    speech_rate: float | None = None
    """The agent's characters (Mandarin) or words (other languages) a minute of the agent's speech."""
    talk_ratio: Probability | None = None
    """The agent's share of all speech seconds."""
    mean_response: float | None = None
    """From a customer's message to the agent's next, on average."""
    longest_response: float | None = None
