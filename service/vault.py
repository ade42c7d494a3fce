"""The originals of recordings on disk, encrypted where a key is configured.

An encrypted file is a header and segments of AES-256-GCM, whose nonces hold the segment's number and whether it is the
last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, "Online authenticated-encryption and its
nonce-reuse misuse-resistance", 2015): segments cannot be swapped or cut off, and a player's Range is read by itself.
"""

import base64
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from grader.problems import InputError, Problem

FOLDER: Final = "recordings"

_MAGIC: Final = b"CGR1"
_PREFIX: Final = 7
_HEADER: Final = len(_MAGIC) + _PREFIX
_SEGMENT: Final = 64 * 1024
_TAG: Final = 16
_KEY: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A recording's original, as it lies in the vault."""

    path: str
    """Below the data folder."""
    sha256: str
    """Of the audio as it came."""
    size: int
    """Bytes of the audio as it came."""
    encrypted: bool


class Writer:
    """Takes a recording in pieces; ``finish`` keeps it, leaving the block without that drops it."""

    def __init__(self, data: Path, key: AESGCM | None) -> None:
        self._data = data
        self._key = key
        self._name = f"{FOLDER}/{secrets.token_hex(16)}"
        self._file: BinaryIO = (data / f"{self._name}.part").open("xb")
        self._hash = hashlib.sha256()
        self._size = 0
        self._segments = 0
        self._pending = bytearray()
        self._prefix = secrets.token_bytes(_PREFIX)
        if key:
            self._file.write(_MAGIC + self._prefix)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what was not finished."""
        with suppress(OSError):  # a full disk refuses what is still buffered, and it is dropped anyway
            self._file.close()
        (self._data / f"{self._name}.part").unlink(missing_ok=True)

    @property
    def size(self) -> int:
        """Bytes taken so far."""
        return self._size

    def write(self, piece: bytes) -> None:
        """Take a piece of any length."""
        self._hash.update(piece)
        self._size += len(piece)
        if self._key is None:
            self._file.write(piece)
            return
        self._pending += piece
        while len(self._pending) > _SEGMENT:  # the last segment is known at the end only
            self._seal(self._key, bytes(self._pending[:_SEGMENT]), last=False)
            del self._pending[:_SEGMENT]

    def finish(self) -> Stored:
        """Keep the recording: it is on disk when this returns."""
        if self._key is not None:
            self._seal(self._key, bytes(self._pending), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        (self._data / f"{self._name}.part").replace(self._data / self._name)
        return Stored(
            path=self._name,
            sha256=self._hash.hexdigest(),
            size=self._size,
            encrypted=self._key is not None,
        )

    def _seal(self, key: AESGCM, plain: bytes, *, last: bool) -> None:
        self._file.write(key.encrypt(_nonce(self._prefix, self._segments, last=last), plain, _MAGIC))
        self._segments += 1


class Vault:
    """Keeps recordings below a data folder."""

    def __init__(self, data: Path, key: str | None = None) -> None:
        """Open it.

        Args:
            data: the data folder.
            key: 32 bytes in base64; recordings are kept as they came without it.

        Raises:
            InputError: the key is no such key.
        """
        self._data = data
        self._key = None if key is None else AESGCM(_decoded(key))
        folder = data / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)

    def writer(self) -> Writer:
        """Begin to keep a recording; a context manager."""
        return Writer(self._data, self._key)

    def read(self, path: str, *, encrypted: bool, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Give the audio's bytes from ``start`` up to before ``end``, in pieces.

        Raises:
            InputError: it is encrypted and there is no key, or another one, or the file was tampered with.
        """
        with (self._data / path).open("rb") as file:
            yield from self._opened(file, start, end) if encrypted else _plain(file, start, end)

    @contextmanager
    def file(self, path: str, *, encrypted: bool) -> Iterator[Path]:
        """Give a file with the audio as it came, for as long as the block lasts.

        Decrypted audio has no name on the disk, so that none is left behind however the process ends.
        """
        if not encrypted:
            yield self._data / path
            return
        with tempfile.TemporaryFile(dir=self._data / FOLDER) as copy:
            for piece in self.read(path, encrypted=True):
                copy.write(piece)
            copy.flush()
            yield Path(f"/proc/self/fd/{copy.fileno()}")

    def remove(self, path: str) -> None:
        """Delete a recording; one that is gone already is no error."""
        (self._data / path).unlink(missing_ok=True)

    def paths(self) -> Iterator[tuple[str, float]]:
        """Give every file of the vault and when it was changed, in seconds since 1970."""
        for file in (self._data / FOLDER).iterdir():
            with suppress(FileNotFoundError):  # an upload was kept, or dropped, meanwhile
                yield f"{FOLDER}/{file.name}", file.stat().st_mtime

    def _opened(self, file: BinaryIO, start: int, end: int | None) -> Iterator[bytes]:
        header = file.read(_HEADER)
        if self._key is None or not header.startswith(_MAGIC):
            raise InputError(_unreadable("There is no key for it, or it is no recording of this vault."))
        sealed = _SEGMENT + _TAG
        segments = max(1, -(-(os.fstat(file.fileno()).st_size - _HEADER) // sealed))
        first = min(start // _SEGMENT, segments)
        file.seek(_HEADER + first * sealed)
        for number in range(first, segments):
            offset = number * _SEGMENT
            if end is not None and offset >= end:
                return
            nonce = _nonce(header[len(_MAGIC) :], number, last=number == segments - 1)
            try:
                plain = self._key.decrypt(nonce, file.read(sealed), _MAGIC)
            except InvalidTag:
                raise InputError(_unreadable("It was encrypted with another key, or changed.")) from None
            yield plain[max(0, start - offset) : None if end is None else end - offset]


def _plain(file: BinaryIO, start: int, end: int | None) -> Iterator[bytes]:
    file.seek(start)
    left = float("inf") if end is None else end - start
    while left > 0 and (piece := file.read(int(min(_SEGMENT, left)))):
        left -= len(piece)
        yield piece


def _nonce(prefix: bytes, segment: int, *, last: bool) -> bytes:
    return prefix + segment.to_bytes(4) + bytes([last])


def _decoded(key: str) -> bytes:
    try:
        decoded = base64.b64decode(key, validate=True)
    except ValueError:
        decoded = b""
    if len(decoded) == _KEY:
        return decoded
    raise InputError(
        Problem(
            source="CALLGRADER_RECORDINGS_KEY",
            place=None,
            problem=f"The key is not {_KEY} bytes in base64.",
            remedy="Make one with: openssl rand -base64 32.",
        )
    )


def _unreadable(problem: str) -> Problem:
    return Problem(
        source="recording",
        place=None,
        problem=f"The recording cannot be decrypted. {problem}",
        remedy="Set CALLGRADER_RECORDINGS_KEY to the key it was encrypted with.",
    )
