"""Redacting the texts of one conversation: every finder over all turns, until nothing more is found."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from grader.redaction.document import Document, join
from grader.redaction.email_finder import find_emails
from grader.redaction.english_address_finder import find_english_addresses
from grader.redaction.english_name_finder import find_english_names
from grader.redaction.han_address_finder import find_han_addresses
from grader.redaction.han_name_finder import find_han_names
from grader.redaction.lettered_finder import find_lettered
from grader.redaction.name_echoes import find_name_echoes
from grader.redaction.number_finder import find_numbers
from grader.redaction.passport_finder import find_passports
from grader.redaction.password_finder import find_passwords
from grader.redaction.plate_finder import find_plates
from grader.redaction.spans import Hit, Spans, merge, place, span_to_original

_FINDERS: tuple[Callable[[Document], Iterable[Hit]], ...] = (
    find_numbers,
    find_emails,
    find_plates,
    find_passports,
    find_lettered,
    find_passwords,
    find_han_names,
    find_english_names,
    find_han_addresses,
    find_english_addresses,
)
_MOST_PASSES = 8


def redact_texts(texts: Sequence[str], speakers: Sequence[str]) -> tuple[list[str], list[Spans]]:
    """Redact the turns of one conversation: their redacted texts, and what was taken out of each.

    What is taken out may change how the rest reads, so it is read again until nothing more is found: that makes the
    redaction idempotent.
    """
    redacted = list(texts)
    spans: list[Spans] = [()] * len(redacted)
    for _ in range(_MOST_PASSES):
        by_turn = _find(redacted, speakers)
        if not by_turn:
            break
        for turn, hits in by_turn.items():
            known = [Hit(span.kind, span.start, span.end) for span in spans[turn]]
            found = [Hit(hit.kind, *span_to_original(spans[turn], hit.start, hit.end)) for hit in hits]
            redacted[turn], spans[turn] = place(texts[turn], merge(known + found))
    return redacted, spans


def redact_text(text: str) -> str:
    """Redact a text that stands by itself."""
    return redact_texts([text], ["unknown"])[0][0]


def _find(texts: Sequence[str], speakers: Sequence[str]) -> Mapping[int, Sequence[Hit]]:
    document = join(texts, speakers)
    hits = [hit for find in _FINDERS for hit in find(document)]
    hits += find_name_echoes(document, hits)
    by_turn: dict[int, list[Hit]] = {}
    for hit in merge(hits):
        turn = document.turn_at(hit.start)
        offset = document.starts[turn]
        by_turn.setdefault(turn, []).append(Hit(hit.kind, hit.start - offset, hit.end - offset))
    return by_turn
