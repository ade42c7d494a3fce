"""JSON values from a text of any shape: one object, an array, one a line, or several after each other.

They are given one by one; neither the file nor a whole array is held in memory.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final, TextIO

from grader.problems import Problem

MAX_VALUE: Final = 64 << 20
"""Characters of one object or line; more is no conversation."""

SUFFIXES: Final = frozenset({".json", ".jsonl", ".ndjson"})

_LINES: Final = frozenset({".jsonl", ".ndjson"})
"""Suffixes of files with one object a line."""

_CHUNK: Final = 1 << 16
_SPACE: Final = re.compile(r"[\s,]*")
_TAIL: Final = 16
"""A fault this near to the end of what was read may be cured by reading on."""

_DECODER: Final = json.JSONDecoder(strict=False)  # control characters in strings are for cleaning
_BEGINNING: Final = re.compile(r"\s*(?:\{|\[\s*[\[{\]\"])")


@dataclass(frozen=True, slots=True)
class Found:
    """A value and where it stood."""

    value: Any
    place: str | None


class _Fault(Exception):  # noqa: N818 - becomes a problem, never an error of the program
    """Text that is no JSON."""

    def __init__(self, what: str, line: int, *, curable: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.line = line
        """Counted from the beginning of the decoded text."""
        self.curable = curable
        """More text may cure it."""


def is_json(head: str) -> bool:
    """Tell from its beginning whether a text is JSON (``[00:01]`` begins a plain transcript)."""
    return bool(_BEGINNING.match(head))


def values(text: TextIO, source: str, suffix: str) -> Iterator[Found | Problem]:
    """Give every value of the text in order; after a line that is no JSON it goes on with the next."""
    head = text.read(_CHUNK)
    text.seek(0)
    if not _one_a_line(head, suffix):
        return _of_document(text, source)
    return _of_lines(text, source) if suffix in _LINES else _unplaced(_of_lines(text, source))


def _unplaced(found: Iterator[Found | Problem]) -> Iterator[Found | Problem]:
    """Give a value that is the only one without place: it is the whole file."""
    first = list(islice(found, 2))
    if len(first) == 1 and isinstance(first[0], Found):
        yield Found(first[0].value, None)
    else:
        yield from chain(first, found)


def _one_a_line(head: str, suffix: str) -> bool:
    """Tell JSON Lines: the first line is a whole object, or a later one is while the document is broken."""
    if suffix in _LINES:
        return True
    first, *others = [line for line in head.split("\n") if line.strip()] or [""]
    if not first.lstrip().startswith("{"):
        return False
    if _is_object(first) or not others:
        return True
    try:
        _decode(head, 0)
    except _Fault as fault:
        return fault.line <= 2 and not fault.curable and any(map(_is_object, others))
    return False


def _is_object(line: str) -> bool:
    try:
        return isinstance(_whole(line), dict)
    except _Fault:
        return False


def _of_lines(text: TextIO, source: str) -> Iterator[Found | Problem]:
    number = 0
    while line := text.readline(MAX_VALUE):
        number += 1
        if len(line) == MAX_VALUE and not line.endswith("\n"):
            _skip_line(text)
            yield _too_large(source, f"line {number}")
        elif not line.isspace():
            try:
                yield Found(_whole(line), f"line {number}")
            except _Fault as fault:
                yield Problem(
                    source=source,
                    place=f"line {number}",
                    problem=f"The line is no valid JSON: {fault.what}.",
                    remedy="Give one whole JSON object a line; this line was left out.",
                )


def _skip_line(text: TextIO) -> None:
    while (rest := text.readline(MAX_VALUE)) and not rest.endswith("\n"):
        pass


def _of_document(text: TextIO, source: str) -> Iterator[Found | Problem]:
    """Give value by value; an array gives its items."""
    window = _Window(text)
    depth = item = 0
    try:
        while (opening := window.next()) is not None:
            if opening in "[]":
                depth += 1 if opening == "[" else -1
                window.drop()
                continue
            item += 1
            value = window.decode()
            alone = item == 1 and window.next() is None
            yield Found(value, None if alone else f"item {item}")
        window.check_closed(depth)
    except _Fault as fault:
        yield Problem(
            source=source,
            place=f"line {fault.line}",
            problem=f"The file is no valid JSON from there on: {fault.what}.",
            remedy="Export the file again, whole; only what stands before was read.",
        )
    except _TooLargeError:
        yield _too_large(source, f"item {item}")


class _TooLargeError(Exception):
    """A value of more than ``MAX_VALUE`` characters."""


class _Window:
    """The part of a text that is being decoded."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._buffer = ""
        self._position = 0
        self._lines_before = 0

    @property
    def line(self) -> int:
        """Number of the line at which the window stands."""
        return self._lines_before + self._buffer.count("\n", 0, self._position) + 1

    def next(self) -> str | None:
        """Give the next character that is neither space nor comma; None at the end of the text."""
        while True:
            self._position = _after_space(self._buffer, self._position)
            if self._position < len(self._buffer):
                return self._buffer[self._position]
            if not self._read(_CHUNK):
                return None

    def drop(self) -> None:
        """Go on by one character."""
        self._position += 1

    def check_closed(self, depth: int) -> None:
        """Object to an end within an array."""
        if depth > 0:
            raise _Fault("it ends within an array", self.line)

    def decode(self) -> Any:
        """Decode the value that begins here, reading on where it is not whole yet."""
        wanted = _CHUNK
        while True:
            try:
                value, self._position = _decode(self._buffer, self._position)
            except _Fault as fault:
                line = self._lines_before + fault.line
                if not (fault.curable and self._read(wanted)):
                    raise _Fault(fault.what, line) from None
                wanted *= 2  # so that a long value is not decoded over and over
            else:
                return value

    def _read(self, wanted: int) -> bool:
        more = self._text.read(wanted)
        self._lines_before += self._buffer.count("\n", 0, self._position)
        self._buffer = self._buffer[self._position :] + more
        self._position = 0
        if len(self._buffer) > MAX_VALUE:
            raise _TooLargeError
        return bool(more)


def _after_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _whole(line: str) -> Any:
    value, end = _decode(line, _after_space(line, 0))
    if line[end:].strip():
        raise _Fault("more follows after the first value", 1)
    return value


def _decode(text: str, position: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, position)
    except json.JSONDecodeError as error:
        unfinished = error.pos >= len(text) - _TAIL or error.msg.startswith("Unterminated")
        raise _Fault(f"{error.msg} at column {error.colno}", error.lineno, curable=unfinished) from None
    except RecursionError:
        raise _Fault("it is nested too deeply", text.count("\n", 0, position) + 1) from None
    except ValueError:
        raise _Fault("it holds a number of too many digits", text.count("\n", 0, position) + 1) from None


def _too_large(source: str, place: str) -> Problem:
    return Problem(
        source=source,
        place=place,
        problem=f"More than {MAX_VALUE >> 20} million characters stand there as one value.",
        remedy="Give one JSON object for each conversation.",
    )
