"""What the service refused, as an exception."""

from typing import Any

import httpx


class ApiProblem(Exception):  # noqa: N818  RFC 9457 calls it a problem
    """An answer that is no success: its problem document (RFC 9457)."""

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        super().__init__(
            f"{status}: {document.get('detail') or document.get('title') or 'no problem document'}"
        )
        self.status = status
        self.detail: str = document.get("detail", "")
        self.problems: list[dict[str, Any]] = document.get("problems", [])
        """Each thing that is wrong: ``source``, ``place``, ``problem``, ``remedy``."""
        self.request_id: str | None = document.get("request_id")
        """By which the service's log finds the request."""


def problem_of(response: httpx.Response) -> ApiProblem:
    """Read the problem document of an answer."""
    response.read()
    try:
        document = response.json()
    except ValueError:
        document = {}
    return ApiProblem(response.status_code, document if isinstance(document, dict) else {})
