"""The audio of a conversation, whole or in ranges (RFC 9110, section 14)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from grader.problems import InputError
from service.api import found
from service.api.access import may
from service.api.auditing import note
from service.api.errors import ApiError, responses
from service.api.principal import Principal
from service.api.state import Service, State
from service.database import conversations
from service.database.errors import MissingError
from service.database.tables import RecordingRow

router = APIRouter(prefix="/v1", tags=["recordings"])

Listener = Annotated[Principal, may("audio.read")]
_RANGE: Final = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)

_SUFFIXES: Final = {
    "audio/wav": ".wav",
    "audio/flac": ".flac",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/amr": ".amr",
    "audio/amr-wb": ".awb",
    "audio/mp4": ".m4a",
    "audio/webm": ".webm",
    "audio/aiff": ".aiff",
    "audio/basic": ".au",
    "audio/x-caf": ".caf",
    "audio/x-ms-wma": ".wma",
    "audio/aac": ".aac",
}
"""What is told apart by content; anything else is given out as bytes, which no browser plays or runs."""

_BINARY: Final = {"schema": {"type": "string", "contentMediaType": "audio/*"}}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    **responses(
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.GONE,
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    ),
    200: {"description": "The whole recording.", "content": {"audio/*": _BINARY}},
    206: {
        "description": "The part that was asked for.",
        "content": {"audio/*": _BINARY},
        "headers": {"Content-Range": {"schema": {"type": "string"}, "example": "bytes 0-65535/1411244"}},
    },
}


class Asked(BaseModel):
    """Headers by which a part is asked for."""

    range: str = Field(default="", description="`bytes=0-65535`, `bytes=65536-` or `bytes=-65536`.")
    if_range: str = Field(default="", description="An ETag: where the recording has another, it comes whole.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Bytes of a recording, from ``start`` up to before ``end``."""

    start: int
    end: int
    size: int
    whole: bool

    @property
    def headers(self) -> dict[str, str]:
        """Say which bytes these are."""
        length = {"Content-Length": str(self.end - self.start)}
        if self.whole:
            return length
        return {**length, "Content-Range": f"bytes {self.start}-{self.end - 1}/{self.size}"}


@router.get("/conversations/{conversation_id}/audio", response_class=StreamingResponse, responses=_ANSWERS)
def get_audio(
    request: Request,
    service: Service,
    principal: Listener,
    conversation_id: str,
    asked: Annotated[Asked, Header()],
) -> Response:
    """Give the recording as it came, or a part of it: players seek by `Range`. Every read is in the audit log."""
    recording = _recording(service, principal, conversation_id)
    part = _part(recording, asked)
    pieces = _pieces(service, recording, part)
    with service.database.write() as session:
        note(session, request, principal, "read", "audio", about=recording.id)
    return StreamingResponse(
        pieces,
        HTTPStatus.OK if part.whole else HTTPStatus.PARTIAL_CONTENT,
        headers={**_headers(recording), **part.headers},
    )


@router.head("/conversations/{conversation_id}/audio", response_class=Response, responses=_ANSWERS)
def head_audio(
    service: Service,
    principal: Listener,
    conversation_id: str,
    asked: Annotated[Asked, Header()],
) -> Response:
    """Tell how long the recording is and of which kind, without giving it out."""
    recording = _recording(service, principal, conversation_id)
    part = _part(recording, asked)
    status = HTTPStatus.OK if part.whole else HTTPStatus.PARTIAL_CONTENT
    return Response(None, status, headers={**_headers(recording), **part.headers})


def _recording(service: State, principal: Principal, conversation_id: str) -> RecordingRow:
    with service.database.read() as session:
        row = found.conversation(session, conversation_id, principal)
        recording = conversations.recording(session, row.recording_id) if row.recording_id else None
    if recording is None:
        raise MissingError("The conversation has no recording: it came as text.")
    if recording.path is None:
        raise _gone(recording)
    return recording


def _gone(recording: RecordingRow) -> ApiError:
    when = f" on {recording.purged_at:%Y-%m-%d}" if recording.purged_at else ""
    return ApiError(
        HTTPStatus.GONE, f"The recording was removed{when}: its time was over, or the customer was erased."
    )


def _part(recording: RecordingRow, asked: Asked) -> _Part:
    """Tell which bytes are meant; a header that makes no sense counts as none, and so do several ranges.

    Raises:
        ApiError: 416 where the recording ends before the range begins.
    """
    size = recording.size
    whole = _Part(start=0, end=size, size=size, whole=True)
    match = _RANGE.fullmatch(asked.range.replace(" ", ""))
    if match is None or asked.if_range not in {"", _etag(recording)}:
        return whole
    first, last = match.groups()
    if not first and not last:
        return whole
    if first and last and int(last) < int(first):
        return whole
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    if start >= end:
        raise ApiError(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"The recording has {size:,} bytes; the range begins after them.",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return _Part(start=start, end=end, size=size, whole=False)


def _headers(recording: RecordingRow) -> dict[str, str]:
    known = recording.media_type in _SUFFIXES
    suffix = _SUFFIXES[recording.media_type] if known else ".bin"
    return {
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="recording-{recording.id}{suffix}"',
        "Content-Type": recording.media_type if known else "application/octet-stream",
        "ETag": _etag(recording),
    }


def _etag(recording: RecordingRow) -> str:
    return f'"{recording.sha256}"'


def _pieces(service: State, recording: RecordingRow, part: _Part) -> Iterator[bytes]:
    """Read the bytes; that they can be read shows before the answer begins.

    Raises:
        ApiError: the file is gone, or is not to be decrypted.
    """
    pieces = service.vault.read(
        recording.path or "", encrypted=recording.encrypted, start=part.start, end=part.end
    )
    try:
        return chain([next(pieces, b"")], pieces)
    except FileNotFoundError:
        raise _gone(recording) from None
    except InputError as error:
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from None
