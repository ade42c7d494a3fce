"""Which format a file is in, told from its content, and the conversations in it."""

import zlib
from collections.abc import Iterator, Mapping
from io import BufferedReader
from typing import Final, TextIO

from grader.problems import Problem
from grader.reading.content import RECORDING_SUFFIXES, UNFRAMED, Unreadable, kind_of, not_text, opened
from grader.reading.drafts import Draft
from grader.reading.encoding import encoding_of, text_of
from grader.reading.files import File, unreadable
from grader.reading.formats import captions, delimited, json_formats, plain_text, spreadsheets, tables
from grader.reading.formats.json_values import SUFFIXES as JSON_SUFFIXES
from grader.reading.formats.json_values import is_json

MAX_WHOLE: Final = 64 << 20
"""Characters of a file in a format that is read as a whole (captions, plain text)."""

_HEAD: Final = 1 << 16


def drafts(file: File, columns: Mapping[str, str]) -> Iterator[Draft | Problem]:
    """Give the conversations of a file in order; a recording is one without turns.

    Args:
        file: The file.
        columns: Column names by field, where a table's are not the known ones (``columns.checked``).
    """
    try:
        with opened(file.path) as (stream, packed):
            yield from _of_stream(stream, file, columns, packed=packed)
    except Unreadable as fault:
        yield Problem(source=file.source, place=None, problem=fault.problem, remedy=fault.remedy)
    except (OSError, EOFError, zlib.error) as error:
        yield unreadable(file.path, error)


def _of_stream(
    stream: BufferedReader, file: File, columns: Mapping[str, str], *, packed: bool
) -> Iterator[Draft | Problem]:
    kind = kind_of(stream)
    encoding = encoding_of(stream) if kind == "text" else None
    if kind == "zip":
        for table in spreadsheets.tables_in(stream, columns):
            yield from tables.drafts(table, file.source)
    elif encoding is not None:
        with text_of(stream, encoding) as text:
            yield from _of_text(text, file, columns)
    elif kind == "recording" or file.suffix in UNFRAMED:
        yield _recording(file, packed=packed)
    else:
        raise not_text(file.suffix)


def _of_text(text: TextIO, file: File, columns: Mapping[str, str]) -> Iterator[Draft | Problem]:
    head = text.read(_HEAD)
    text.seek(0)
    if not head.strip():
        raise Unreadable("The file is empty but for blanks.", "Export it again, or leave it out.")
    if is_json(head):
        yield from json_formats.drafts(text, file.source, file.suffix)
    elif captions.is_captions(head):
        yield captions.draft(_whole(text))
    elif table := delimited.table_in(text, head, file.source, columns):
        yield from tables.drafts(table, file.source)
    elif file.suffix in JSON_SUFFIXES:
        yield from json_formats.drafts(text, file.source, file.suffix)  # says what is wrong with it
    elif file.suffix in delimited.SUFFIXES:
        yield delimited.unknown_columns(head, file.source)
    elif file.suffix in RECORDING_SUFFIXES:
        raise not_text(file.suffix)
    else:
        yield from plain_text.drafts(_whole(text), file.source)


def _whole(text: TextIO) -> str:
    whole = text.read(MAX_WHOLE)
    if len(whole) == MAX_WHOLE:
        raise Unreadable(
            f"The text has more than {MAX_WHOLE >> 20} million characters.",
            "Split it into its conversations.",
        )
    return whole


def _recording(file: File, *, packed: bool) -> Draft:
    if packed:
        raise Unreadable("The file is a recording packed with gzip.", "Unpack it.")
    if file.source != str(file.path):
        raise Unreadable("The name of the recording holds broken characters.", "Rename the file.")
    return Draft(data={"channel": "call", "recording": str(file.path)}, is_recording=True)
