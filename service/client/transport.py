"""Requests that are repeated where that is safe: every POST carries its idempotency key through all its tries."""

import random
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

import httpx

from service.client.problem import problem_of

TRIES: Final = 5
_PASSING: Final = frozenset({408, 429, 502, 503, 504})
_IN_PROGRESS: Final = 409
"""With ``Retry-After``: the first request of that key is being answered still."""
_LONGEST_WAIT: Final = 30.0


class Transport:
    """Sends requests with a key, tries again where it may help, and raises problems."""

    def __init__(self, client: httpx.Client, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep

    def get(self, path: str, **given: Any) -> httpx.Response:
        """Read.

        Raises:
            ApiProblem: the service refused.
            httpx.TransportError: it could not be reached, however often that was tried.
        """
        return self._tried(lambda: self._client.get(path, **given))

    def post(self, path: str, *, idempotency_key: str | None = None, **given: Any) -> httpx.Response:
        """Write, once however often it is tried; raises as ``get``."""
        headers = {**given.pop("headers", {}), "Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        return self._tried(lambda: self._client.post(path, headers=headers, **given))

    def _tried(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        for tried in range(1, TRIES + 1):
            try:
                response = send()
            except httpx.TransportError:
                if tried == TRIES:
                    raise
                self._sleep(_wait(tried, None))
                continue
            if response.is_success:
                return response
            stated = response.headers.get("Retry-After")
            passing = response.status_code in _PASSING or (
                response.status_code == _IN_PROGRESS and stated is not None
            )
            if tried == TRIES or not passing:
                raise problem_of(response)
            self._sleep(_wait(tried, stated))
        raise AssertionError  # the last try returns or raises


def _wait(tried: int, stated: str | None) -> float:
    """Give the seconds to wait: what the service says, else ever longer, with jitter so that many do not come at once."""
    if stated is not None and stated.isdigit():
        return min(float(stated), _LONGEST_WAIT)
    return min(0.2 * 2.0**tried, _LONGEST_WAIT) * random.uniform(0.5, 1.0)
