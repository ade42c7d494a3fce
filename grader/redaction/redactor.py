"""The redacting stage: conversations in, conversations without personal data out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.conversation import Conversation, Turn, Word
from grader.redaction.fields import redact_fields
from grader.redaction.spans import Spans
from grader.redaction.texts import redact_texts
from grader.redaction.words import align, redact_words, spell_out, words_are


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A conversation after redaction."""

    conversation: Conversation
    """Without personal data; ``id`` and ``recording`` stay, see ``grader.redaction.displayed``."""
    spans: tuple[Spans, ...]
    """What was taken out of each turn, in order of place."""


class Redactor:
    """Replaces personal data by placeholders such as ``[PHONE]``. Holds nothing between calls."""

    def redact(self, conversations: Sequence[Conversation]) -> list[Redacted]:
        """Redact a batch, in order. Redacting what is redacted changes nothing."""
        return [_redact(conversation) for conversation in conversations]


def _redact(conversation: Conversation) -> Redacted:
    turns = conversation.turns
    speakers = [_speaker(turn) for turn in turns]
    texts, spans = redact_texts([turn.text for turn in turns], speakers)
    words = _redact_words(turns, speakers, texts, spans)
    changed: dict[str, Any] = redact_fields(conversation)
    if any(spans) or any(said is not turn.words for turn, said in zip(turns, words, strict=True)):
        changed["turns"] = tuple(
            turn
            if text == turn.text and said is turn.words
            else turn.model_copy(update={"text": text, "words": said})
            for turn, text, said in zip(turns, texts, words, strict=True)
        )
    if changed:
        conversation = conversation.model_copy(update=changed)
    return Redacted(conversation=conversation, spans=tuple(spans))


def _speaker(turn: Turn) -> str:
    """Give who speaks; where the role is not known yet, the voice."""
    return turn.voice or turn.speaker if turn.speaker == "unknown" else turn.speaker


def _redact_words(
    turns: Sequence[Turn], speakers: Sequence[str], texts: Sequence[str], spans: Sequence[Spans]
) -> list[tuple[Word, ...]]:
    """Redact every turn's words: by the spans of its text, or by themselves where they say something else."""
    redacted = []
    apart = []
    for index, turn in enumerate(turns):
        words = turn.words
        if words and not (words_are(words, turn.text) and not spans[index]):
            places = align(words, turn.text)
            if places is None:
                apart.append(index)
            elif spans[index]:
                words = redact_words(words, places, turn.text, spans[index])
        redacted.append(words)
    context = [turn.text for turn in turns]
    while apart:
        spelled = {index: spell_out(redacted[index]) for index in apart}
        for index, (text, _) in spelled.items():
            context[index] = text
        _, found = redact_texts(context, speakers)
        apart = [index for index in apart if found[index]]
        for index in apart:
            text, places = spelled[index]
            redacted[index] = redact_words(redacted[index], places, text, found[index])
        context = list(texts)
    return redacted
