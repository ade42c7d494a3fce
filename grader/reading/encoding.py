"""Which encoding a text is in: told by its mark, else by which one makes text of its bytes."""

import codecs
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Final, TextIO

from grader.reading.content import sample

MARK: Final = "grader.mark"
"""Error handler: what cannot be decoded becomes a lone surrogate, which cleaning replaces and remarks upon."""

CHUNK: Final = 1 << 20

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PLAUSIBLE: Final = re.compile(
    "[\t\n\r\x20-\x7e\xa0-\u024f\u2010-\u205e\u20ac\u2100-\u27bf\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
    "\U0001f000-\U0001faff]+"
)
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f]")

_HIGH: Final = re.compile(rb"[\x80-\xff]")
_ALONE: Final = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
"""Typographic quotes and accents stand so in Western text; the bytes of hanzi come in pairs, nearly all of them high."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(MARK, _mark)


def encoding_of(stream: io.BufferedReader) -> str | None:
    """Tell the encoding of a text from its mark or from its first part that is not ASCII; None where it is no text.

    Leaves the stream at its start.
    """
    encoding: str | None = "ascii"
    for index, chunk in enumerate(_chunks(stream)):
        if index == 0 or not chunk.isascii():
            encoding = _encoding_of(chunk, start=index == 0)
        if encoding != "ascii":
            break
    stream.seek(0)
    return "utf-8" if encoding == "ascii" else encoding


def _chunks(stream: io.BufferedReader) -> Iterator[bytes]:
    """Give the bytes of a stream as far as they can be read."""
    first = sample(stream, CHUNK)
    yield first
    with suppress(EOFError, OSError, zlib.error):  # reading the text comes upon it again
        while chunk := sample(stream, CHUNK):
            yield chunk


def text_of(stream: io.BufferedReader, encoding: str) -> TextIO:
    """Give the stream as text with line feeds at its line ends."""
    return io.TextIOWrapper(stream, encoding=encoding, errors=MARK)


def _encoding_of(part: bytes, *, start: bool) -> str | None:
    if start and (marked := next((name for mark, name in _MARKS if part.startswith(mark)), None)):
        return marked
    if b"\0" in part:
        rest = part.replace(b"\0", b"")
        if part.count(0) * 20 > len(part) or _broken(rest)[0]:
            return _best(part, ("utf-16-le", "utf-16-be"))
        part = rest  # a few stray ones
    if part.isascii():
        return "ascii" if len(_CONTROL.findall(part.decode("ascii"))) * 10 <= len(part) else None
    broken, foreign, whole = _broken(part)
    if broken * 5 < foreign:  # mostly whole sequences, which no other encoding makes by chance
        return "utf-8"
    one_by_one = len(_ALONE.findall(part)) * 4 >= len(_HIGH.findall(part)) * 3
    best = _best(part, ("cp1252" if one_by_one else "gb18030", "utf-16-le", "utf-16-be"))
    return best or ("utf-8" if broken * 10 < whole else None)


def _broken(part: bytes) -> tuple[int, int, int]:
    """Count, as UTF-8, the broken sequences, the characters that are not ASCII, and all."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(part)
    return text.count("\ufffd"), len(text) - len(text.encode("ascii", "ignore")), len(text)


def _best(part: bytes, candidates: tuple[str, ...]) -> str | None:
    best = max(candidates, key=lambda encoding: _plausibility(part, encoding))
    return best if _plausibility(part, best) > 0.9 else None


def _plausibility(part: bytes, encoding: str) -> float:
    """Share of characters that text in Mandarin or English is made of."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(part)
    return sum(map(len, _PLAUSIBLE.findall(text))) / max(len(text), 1)
