"""What a file holds, told from its first bytes: a recording, a spreadsheet, text, or something else."""

import gzip
import io
import re
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

Kind: TypeAlias = Literal["recording", "zip", "text"]

RECORDING_SUFFIXES: Final = frozenset(
    ".wav .wave .mp3 .mp2 .flac .ogg .oga .opus .spx .m4a .mp4 .m4b .aac .amr .awb .3gp .webm .mka .mkv .mov .wma .aif "
    ".aiff .au .snd .caf .gsm".split()
)
_HEAD: Final = 4096
_PIECE: Final = 8192
"""Bytes read at once: where a packed file breaks off, the piece that cannot be read whole is lost."""

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")

_RECORDINGS: Final = tuple(
    (re.compile(magic, re.DOTALL), media_type)
    for magic, media_type in (
        (rb"(?:RIFF|RF64|RIFX|BW64).{4}WAVE", "audio/wav"),
        (rb"fLaC", "audio/flac"),
        (rb"OggS", "audio/ogg"),
        (rb"ID3[\x02-\x04]", "audio/mpeg"),
        (rb"#!AMR-WB", "audio/amr-wb"),
        (rb"#!AMR", "audio/amr"),
        (rb".{4}ftyp(?!heic|heix|mif1|avif)", "audio/mp4"),
        (rb"\x1a\x45\xdf\xa3", "audio/webm"),
        (rb"FORM.{4}AIF[FC]", "audio/aiff"),
        (rb"\.snd\0", "audio/basic"),
        (rb"caff\0", "audio/x-caf"),
        (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "audio/x-ms-wma"),  # ASF
        # MPEG layers II and III (layer I begins as UTF-16 does), AAC in ADTS
        (rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xfd][\x10-\xef]", "audio/mpeg"),
        (rb"\xff[\xf0\xf1\xf8\xf9][\x40-\x7f\x80-\xbf]", "audio/aac"),
    )
)
_OTHERS: Final = (
    (rb"\x89PNG", "a PNG image"),
    (rb"\xff\xd8\xff", "a JPEG image"),
    (rb"GIF8[79]a", "a GIF image"),
    (rb"RIFF.{4}WEBP", "a WebP image"),
    (rb".{4}ftyp(?:heic|heix|mif1|avif)", "a HEIF image"),
    (rb"BM.{4}\0\0\0\0", "a BMP image"),
    (rb"%PDF-", "a PDF document"),
    (rb"\xd0\xcf\x11\xe0", "an old Office file (.xls or .doc)"),
    (rb"Rar!\x1a", "a RAR archive"),
    (rb"7z\xbc\xaf", "a 7z archive"),
    (rb"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (rb"\xfd7zXZ", "an XZ archive"),
    (rb"BZh[1-9]1AY", "a bzip2 archive"),
    (rb"SQLite format 3", "a database"),
    (rb"PAR1\x15", "a Parquet file"),
)
UNFRAMED: Final = frozenset({".mp3", ".mp2", ".aac", ".gsm"})
"""Recordings that may begin with padding or damage and still decode: only the decoder can tell."""


class Unreadable(Exception):  # noqa: N818 - a state of the file, not a fault of the program
    """A file whose content cannot be used at all."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


@contextmanager
def opened(path: Path) -> Iterator[tuple[io.BufferedReader, bool]]:
    """Open a regular file for reading, gzip undone; tell whether it was packed.

    The stream can be rewound. Reading may raise OSError, and EOFError and zlib.error where gzip is broken.

    Raises:
        OSError: It cannot be opened.
        Unreadable: It is no regular file, or the path is none.
    """
    try:
        mode = path.stat().st_mode
    except ValueError:
        raise Unreadable("No file can have such a name.", "Check the path.") from None
    if not stat.S_ISREG(mode):
        raise Unreadable("The path is neither a file nor a folder.", "Give the path of a file or a folder.")
    with path.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        if not packed:
            yield file, False
            return
        with (
            gzip.GzipFile(fileobj=file) as unpacked,
            io.BufferedReader(cast("io.RawIOBase", unpacked)) as stream,
        ):
            yield cast("io.BufferedReader", stream), True


def sample(stream: io.BufferedReader, size: int) -> bytes:
    """Read up to ``size`` bytes; of a packed file that breaks off sooner, what can be unpacked."""
    read = bytearray()
    try:
        while len(read) < size and (more := stream.read1(min(_PIECE, size - len(read)))):
            read += more
    except (EOFError, OSError, zlib.error):
        if not read:
            raise
    return bytes(read)


def kind_of(stream: io.BufferedReader) -> Kind:
    """Tell what the stream holds; leaves it at its start.

    Raises:
        Unreadable: It is empty, or holds something that is no conversation.
    """
    head = sample(stream, _HEAD)
    stream.seek(0)
    if not head:
        raise Unreadable("The file is empty.", "Export it again, or leave it out.")
    if recording_type(head):
        return "recording"
    if head.startswith(_ZIP):
        return "zip"
    if other := other_kind(head):
        raise Unreadable(
            f"The file holds {other}, not a conversation.",
            "Give a recording, a table (.xlsx, .csv) or a transcript instead.",
        )
    return "text"


def recording_type(head: bytes) -> str | None:
    """Give the media type of a recording by its first bytes, at least 16; None where they are those of none."""
    return next((media_type for magic, media_type in _RECORDINGS if magic.match(head)), None)


def other_kind(head: bytes) -> str | None:
    """Name what is known and never a conversation, ``a PNG image``, by its first bytes."""
    return next((name for magic, name in _OTHERS if re.match(magic, head, re.DOTALL)), None)


def not_text(suffix: str) -> Unreadable:
    """Say that the file is neither text nor anything else that is known."""
    if suffix in RECORDING_SUFFIXES:
        return Unreadable(
            "The file is named like a recording, but its first bytes are those of none.",
            "Check that it was copied whole and plays elsewhere; raw samples need a header (convert them to WAV).",
        )
    return Unreadable(
        "The file is binary data of no known kind.",
        "Give a recording, a table (.xlsx, .csv) or a transcript in UTF-8, UTF-16 or GB18030.",
    )
