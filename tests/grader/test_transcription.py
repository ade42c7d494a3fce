"""Recordings become turns; one that cannot be heard becomes a problem."""

from collections.abc import Sequence

from grader.conversation import Conversation
from grader.problems import Problem
from grader.transcription import transcribe
from models.interfaces import Recording, Transcript, Unheard


class Deaf:
    """A recogniser that hears nothing, and says of what file."""

    name = "deaf"
    demonstration = False

    def transcribe(self, recordings: Sequence[Recording]) -> list[Transcript | Unheard]:
        """Hear nothing."""
        return [Unheard(problem=f"No sound in {r.path}.", remedy="Record it again.") for r in recordings]


def test_a_recording_that_cannot_be_heard_is_named_without_the_callers_number() -> None:
    """Recordings are named after numbers; the problem shows neither path nor message with one."""
    (problem,) = transcribe([Conversation(id="c", recording="calls/13812345678-1.wav")], Deaf())
    assert problem == Problem(
        source="calls/[PHONE]-1.wav",
        place=None,
        problem="No sound in calls/[PHONE]-1.wav.",
        remedy="Record it again.",
    )
