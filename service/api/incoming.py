"""A recording on its way into the vault: what is none, or is too large, is refused as soon as that shows."""

from contextlib import ExitStack
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

from grader.problems import InputError, Problem
from grader.reading.content import other_kind, recording_type
from service.api.errors import ApiError
from service.vault import Stored, Vault, Writer

_HEAD: Final = 64
"""Bytes by which the kind is told."""

_ARCHIVES: Final = ((b"PK", "a ZIP archive"), (b"\x1f\x8b", "a gzip archive"))


class Incoming:
    """Takes a recording in pieces; ``finish`` keeps it, leaving the block without that drops it.

    Nothing is put on the disk before the first bytes have shown that it is a recording: a client that begins and stops
    costs neither a file nor a descriptor.
    """

    def __init__(self, vault: Vault, *, most: int) -> None:
        self._vault = vault
        self._most = most
        self._head = bytearray()
        self._size = 0
        self._media_type: str | None = None
        self._writer: Writer | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what was not finished."""
        self._open.close()

    @property
    def media_type(self) -> str:
        """What kind of recording it is, once that is known; never one that a browser runs."""
        return self._media_type or "application/octet-stream"

    def write(self, piece: bytes) -> None:
        """Take a piece of any length.

        Raises:
            ApiError: 413 or 415.
        """
        self._size += len(piece)
        if self._size > self._most:
            raise ApiError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The recording is larger than {self._most:,} bytes. "
                "Send it compressed (Opus, MP3, FLAC), or let the operator raise CALLGRADER_LARGEST_RECORDING.",
                headers={"Connection": "close"},
            )
        if self._writer is not None:
            self._writer.write(piece)
            return
        self._head += piece
        if len(self._head) >= _HEAD:
            self._begin()

    def finish(self) -> Stored:
        """Keep the recording: it is on disk when this returns.

        Raises:
            ApiError: 415.
            InputError: nothing came.
        """
        if not self._size:
            problem = "The recording is empty."
            raise InputError(
                Problem(source="file", place=None, problem=problem, remedy="Send the audio's bytes.")
            )
        writer = self._writer or self._begin()
        return writer.finish()

    def _begin(self) -> Writer:
        head = bytes(self._head)
        self._media_type = recording_type(head)
        if self._media_type is None:
            raise _no_recording(head)
        self._writer = self._open.enter_context(self._vault.writer())
        self._writer.write(head)
        self._head.clear()
        return self._writer


def _no_recording(head: bytes) -> ApiError:
    archive = next((name for magic, name in _ARCHIVES if head.startswith(magic)), None)
    found = archive or other_kind(head)
    holds = f"is {found}, not a recording" if found else "does not begin as a recording does"
    return ApiError(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        f"What was sent {holds}; its content decides, not its name. "
        "Send WAV, MP3, FLAC, OGG, OPUS, AMR, M4A, AAC, WebM, AIFF, AU or WMA.",
        headers={"Connection": "close"},
    )
