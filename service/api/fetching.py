"""Recordings by URL: fetched from a host the operator allows, into the vault."""

import time
from functools import partial
from http import HTTPStatus
from typing import Final

import anyio
import httpx

from grader.problems import InputError, Problem
from service.addresses import Reach, client
from service.api.incoming import Incoming
from service.api.state import State
from service.settings import ServiceSettings

_SILENCE: Final = 15.0
"""Seconds that a host may take to be reached, and between two pieces."""


def reach_of(settings: ServiceSettings) -> Reach:
    """Give where recordings may be fetched from."""
    return Reach(
        hosts=settings.recording_hosts, plain=settings.plain_hosts, networks=settings.private_networks
    )


async def fetch(url: str, service: State, incoming: Incoming) -> None:
    """Fetch a recording, in a thread of its own: a slow host holds no other request up.

    Raises:
        InputError: the URL may not be called, or what it answers is no recording.
        ApiError: 413 or 415 by what it answers.
    """
    settings = service.settings
    work = partial(_fetch, url, reach_of(settings), incoming, settings.fetch_time)
    await anyio.to_thread.run_sync(work, limiter=service.fetches)


def _fetch(url: str, reach: Reach, incoming: Incoming, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    destination = reach.check(url)
    # As it is: what is packed is refused by its content, and cannot unpack to any size.
    asked = {"Accept-Encoding": "identity"}
    try:
        with (
            client(reach, timeout=_SILENCE) as http,
            http.stream("GET", destination.url, headers=asked) as answer,
        ):
            _check(answer)
            for piece in answer.iter_raw():
                incoming.write(piece)
                if time.monotonic() > deadline:
                    raise _refused("The recording does not come to an end in the time allowed.")
    except httpx.HTTPError as error:
        raise _refused(f"The host could not be asked ({type(error).__name__}).") from None


def _check(answer: httpx.Response) -> None:
    if answer.is_redirect:
        raise _refused("The URL leads on to another one; redirects are not followed.")
    if answer.status_code != HTTPStatus.OK:
        raise _refused(f"The host answers with status {answer.status_code}.")


def _refused(problem: str) -> InputError:
    remedy = "Check that the URL gives the audio itself, then repeat the request; or upload the file."
    return InputError(Problem(source="url", place=None, problem=problem, remedy=remedy))
