"""Redacting the recognised words of a turn in step with its text."""

from collections.abc import Sequence

from grader.conversation import Word
from grader.redaction.spans import PLACEHOLDERS, RedactedSpan

Places = Sequence[tuple[int, int]]
"""Where each word stands in a text."""


def words_are(words: Sequence[Word], text: str) -> bool:
    """Tell, in a moment, whether the words are ``text`` but for spaces."""
    return "".join([word.text for word in words]).replace(" ", "") == text.replace(" ", "")


def align(words: Sequence[Word], text: str) -> Places | None:
    """Find the words in ``text``; None unless all are there, in order, with no letter or digit between them."""
    places = []
    read = 0
    for word in words:
        said = word.text.strip()
        start = text.find(said, read)
        if start < 0 or any(map(str.isalnum, text[read:start])):
            return None
        read = start + len(said)
        places.append((start, read))
    return None if any(map(str.isalnum, text[read:])) else places


def spell_out(words: Sequence[Word]) -> tuple[str, Places]:
    """Write words that do not stand in their turn's text as a text of their own."""
    pieces: list[str] = []
    places = []
    written = 0
    for word in words:
        said = word.text.strip()
        if pieces and said[:1].isascii():
            pieces.append(" ")
            written += 1
        pieces.append(said)
        places.append((written, written + len(said)))
        written += len(said)
    return "".join(pieces), places


def redact_words(
    words: Sequence[Word], places: Places, text: str, spans: Sequence[RedactedSpan]
) -> tuple[Word, ...]:
    """Put one word in the place of those inside each span: the placeholder, from the first's start to the last's end.

    What a word holds beside a span stays. ``text`` is what ``places`` and ``spans`` count in.
    """
    redacted: list[Word] = []
    first = placed = 0
    for word, (start, end) in zip(words, places, strict=True):
        while first < len(spans) and spans[first].end <= start:
            first += 1
        pieces = []
        read = start
        touched = first
        while touched < len(spans) and spans[touched].start < end:
            span = spans[touched]
            pieces.append(text[read : max(read, span.start)])
            if touched >= placed:
                pieces.append(PLACEHOLDERS[span.kind])
                placed = touched + 1
            else:
                redacted[-1] = redacted[-1].model_copy(update={"end": word.end})
            read = min(span.end, end)
            touched += 1
        if touched == first:
            redacted.append(word)
            continue
        pieces.append(text[read:end])
        left = "".join(pieces)
        if any(map(str.isalnum, left)):
            lead = word.text[: len(word.text) - len(word.text.lstrip())]
            redacted.append(word.model_copy(update={"text": lead + left}))
    return tuple(redacted)
