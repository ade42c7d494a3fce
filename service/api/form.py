"""Uploads as multipart/form-data (RFC 7578), taken apart while they come."""

from http import HTTPStatus
from typing import Final, Literal

from fastapi import Request
from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from service.api.body import too_large
from service.api.errors import ApiError
from service.api.incoming import Incoming

FORM: Final = "multipart/form-data"
METADATA: Final = 1024 * 1024
"""Bytes of metadata, at most."""

OVERHEAD: Final = 64 * 1024
"""Bytes of a body for boundaries and headers."""

_MOST_HEADERS: Final = 8
_MOST_PARTS: Final = 8


class RecordingForm:
    """Takes the body in pieces; the part `file` goes on to the vault, the part `metadata` is kept."""

    def __init__(self, request: Request, incoming: Incoming) -> None:
        """Begin.

        Raises:
            ApiError: 400 where the request names no boundary.
        """
        self._incoming = incoming
        self._metadata = bytearray()
        self._seen: list[str] = []
        self._part: Literal["file", "metadata", "other"] = "other"
        self._header = bytearray()
        self._value = bytearray()
        self._ended = False
        _, options = parse_options_header(request.headers.get("content-type"))
        try:
            self._parser = MultipartParser(
                options.get(b"boundary", b""),
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._begin_data,
                    "on_part_data": self._data,
                    "on_end": self._end,
                },
                max_header_count=_MOST_HEADERS,
            )
        except FormParserError as error:
            raise _malformed() from error
        if not options.get(b"boundary"):
            raise _malformed()

    def write(self, piece: bytes) -> None:
        """Take a piece.

        Raises:
            ApiError: 400 where it is no form, 413 or 415 by what is in it.
        """
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise _malformed() from error

    def metadata(self) -> bytes:
        """Give the metadata, once all has come.

        Raises:
            ApiError: 400 where the form breaks off, or a part is missing.
        """
        if not self._ended:
            raise ApiError(
                HTTPStatus.BAD_REQUEST, "The form breaks off before its end. Send it again, whole."
            )
        if missing := {"file", "metadata"} - set(self._seen):
            raise ApiError(HTTPStatus.BAD_REQUEST, f"The form has no part named {min(missing)}. Send both.")
        return bytes(self._metadata)

    def _begin_part(self) -> None:
        if len(self._seen) == _MOST_PARTS:
            raise _malformed()
        self._part = "other"

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value.decode("latin-1"))
            name = options.get(b"name", b"")
            self._part = "file" if name == b"file" else "metadata" if name == b"metadata" else "other"
        self._header.clear()
        self._value.clear()

    def _begin_data(self) -> None:
        if (
            self._part != "other" and self._part in self._seen
        ):  # before its data would be mixed with the first's
            raise ApiError(HTTPStatus.BAD_REQUEST, f"The form has the part {self._part} twice. Send it once.")
        self._seen.append(self._part)

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part == "file":
            self._incoming.write(data[start:end])
        elif self._part == "metadata":
            self._metadata += data[start:end]
            if len(self._metadata) > METADATA:
                raise too_large(METADATA)

    def _end(self) -> None:
        self._ended = True


def _malformed() -> ApiError:
    return ApiError(
        HTTPStatus.BAD_REQUEST,
        "The body is no multipart/form-data with the boundary that Content-Type names. "
        'Let your HTTP library build it: curl -F file=@call.wav -F \'metadata={"id": "c-1"}\' does.',
        headers={"Connection": "close"},
    )
