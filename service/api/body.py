"""Request bodies: read up to a limit, and no further."""

from http import HTTPStatus

from fastapi import Request

from service.api.errors import ApiError


async def limited(request: Request, most: int) -> bytes:
    """Read a request's body of at most ``most`` bytes.

    Raises:
        ApiError: 413 where it is longer; the rest is not read.
    """
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated) > most:
        raise too_large(most)
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            raise too_large(most)
    return bytes(body)


def too_large(most: int) -> ApiError:
    """Refuse a body, and say what is allowed."""
    return ApiError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body is larger than {most:,} bytes. Send it in parts, or let the operator raise the limit.",
        headers={"Connection": "close"},
    )
