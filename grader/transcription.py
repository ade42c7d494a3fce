"""From a recording to turns: the speech recogniser's transcript becomes part of the conversation."""

from collections.abc import Sequence
from pathlib import Path

from grader.conversation import Conversation, Dropped, Transcription, Turn, Word
from grader.problems import Problem
from grader.redaction import displayed
from models.interfaces import Recording, SpeechRecognizer, SpokenTurn, Transcript, Unheard


def needs_transcribing(conversation: Conversation) -> bool:
    """Tell whether the conversation is a recording whose words nobody has written down yet."""
    return bool(conversation.recording) and not conversation.turns and conversation.transcription is None


def transcribe(
    conversations: Sequence[Conversation], recognizer: SpeechRecognizer, *, language: str | None = None
) -> list[Conversation | Problem]:
    """Transcribe recordings, in order; each voice's role stays ``unknown``.

    ``language`` is that of recordings which do not state theirs; None detects it.

    A recording that cannot be heard gives a problem in its place.
    """
    heard = recognizer.transcribe(
        [Recording(path=Path(c.recording or ""), language=c.language or language) for c in conversations]
    )
    return [
        Problem(
            source=displayed(c.recording or c.id),
            place=None,
            problem=displayed(transcript.problem),
            remedy=transcript.remedy,
        )
        if isinstance(transcript, Unheard)
        else _with_transcript(c, transcript, recognizer)
        for c, transcript in zip(conversations, heard, strict=True)
    ]


def certainty(conversation: Conversation) -> float:
    """Give the mean probability, 0 to 1, that a word was heard right and stands under the right speaker.

    1 for conversations that came as text and said who speaks.
    """
    heard = [w.probability for turn in conversation.turns for w in turn.words if w.probability is not None]
    words = sum(heard) / len(heard) if heard else 1.0
    voices = conversation.transcription.voice_confidence if conversation.transcription else 1.0
    roles = 1.0 if conversation.role_confidence is None else conversation.role_confidence
    return words * voices * roles


def _with_transcript(
    conversation: Conversation, transcript: Transcript, recognizer: SpeechRecognizer
) -> Conversation:
    return conversation.model_copy(
        update={
            "language": conversation.language or transcript.language,
            "turns": tuple(map(_turn, transcript.turns)),
            "remarks": (*conversation.remarks, *transcript.remarks),
            "transcription": Transcription(
                model=recognizer.name,
                demonstration=recognizer.demonstration,
                layout=transcript.layout,
                duration=transcript.duration,
                language_probability=transcript.language_probability,
                intelligibility=transcript.intelligibility,
                voice_confidence=transcript.voice_confidence,
                dropped=tuple(
                    Dropped(start=d.start, end=d.end, text=d.text, reason=d.reason)
                    for d in transcript.dropped
                ),
            ),
        }
    )


def _turn(spoken: SpokenTurn) -> Turn:
    words = tuple(
        Word(text=w.text, start=w.start, end=w.end, probability=w.probability) for w in spoken.words
    )
    return Turn(
        speaker="unknown",
        voice=spoken.voice,
        text=spoken.text,
        start=spoken.start,
        end=spoken.end,
        words=words,
    )
