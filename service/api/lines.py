"""JSON Lines that come in pieces, packed with gzip or not."""

import zlib
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from service.api.body import too_large
from service.api.errors import ApiError

_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31
_PIECE: Final = 256 * 1024
"""Bytes unpacked at once: what is packed may unpack to a thousand times its size."""

_MARK: Final = b"\xef\xbb\xbf"

TOO_LONG: Final = None
"""Stands for a line of more bytes than allowed."""


class Lines:
    """Cuts a body into lines; holds no more than one line and one piece.

    Args of the constructor: ``most`` bytes of the body, unpacked; ``longest`` line in bytes.
    """

    def __init__(self, *, most: int, longest: int) -> None:
        self._most = most
        self._longest = longest
        self._taken = 0
        self._number = 0
        self._begun = False
        self._packed = False
        self._unpacker = zlib.decompressobj(_GZIP_WINDOW)
        self._line = bytearray()
        self._is_too_long = False

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes | None]]:
        """Take a piece, give the lines that end in it with their numbers; ``TOO_LONG`` in place of such a line.

        Raises:
            ApiError: 400 where gzip is broken, 413 where the body is too large.
        """
        if not self._begun:
            self._begun = True
            self._packed = piece.startswith(_GZIP)
            piece = piece.removeprefix(_MARK)
        for plain in self._unpacked(piece) if self._packed else (piece,):
            self._taken += len(plain)
            if self._taken > self._most:
                raise too_large(self._most)
            yield from self._cut(plain)

    def end(self) -> Iterator[tuple[int, bytes | None]]:
        """Give the last line, if nothing ended it.

        Raises:
            ApiError: 400 where gzip breaks off.
        """
        if self._packed and not self._unpacker.eof:
            raise _broken("breaks off")
        if self._line or self._is_too_long:
            yield self._ended()

    def _unpacked(self, piece: bytes) -> Iterator[bytes]:
        try:
            while piece:
                if self._unpacker.eof:  # gzip files may be put one after another
                    self._unpacker = zlib.decompressobj(_GZIP_WINDOW)
                yield self._unpacker.decompress(piece, _PIECE)
                piece = self._unpacker.unconsumed_tail or self._unpacker.unused_data
        except zlib.error:
            raise _broken("is damaged") from None

    def _cut(self, plain: bytes) -> Iterator[tuple[int, bytes | None]]:
        *ended, rest = plain.split(b"\n")
        for part in ended:
            self._add(part)
            yield self._ended()
        self._add(rest)

    def _add(self, part: bytes) -> None:
        if len(self._line) + len(part) > self._longest:
            self._is_too_long = True
            self._line.clear()
        elif not self._is_too_long:
            self._line += part

    def _ended(self) -> tuple[int, bytes | None]:
        self._number += 1
        line = TOO_LONG if self._is_too_long else bytes(self._line)
        self._line.clear()
        self._is_too_long = False
        return self._number, line


def _broken(how: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, f"The gzip of the body {how}. Pack it again and send it whole.")
