"""Everything on one machine: the API in this process, those that do jobs and send webhooks in theirs."""

import resource
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn

from grader.problems import InputError, Problem
from service.api.app import create_app
from service.api.state import State
from service.protocol import TimelyProtocol
from service.settings import ServiceSettings
from service.worker import Workers

_TEND: Final = 0.2
"""Seconds between looks at the worker processes."""

_BACKLOG: Final = 2048
"""Connections that may wait to be taken."""

_DRAIN: Final = 10
"""Seconds that requests under way have to end when the service is stopped."""

Announce = Callable[[str, State], None]


def serve(settings: ServiceSettings, *, host: str, port: int, announce: Announce) -> None:
    """Serve until SIGTERM or SIGINT; ``announce`` gets the address once requests are answered.

    Raises:
        grader.problems.InputError: the address is taken, the database's URL or the vault's key is none.
        models.store.ModelError: weights are missing or changed.
    """
    _allow_many_connections()
    listening = _bound(host, port)
    state = State.opened(settings)
    config = uvicorn.Config(
        create_app(state),
        loop="uvloop",
        http=TimelyProtocol,
        backlog=_BACKLOG,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=_DRAIN,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        # The web server hears them first and then raises them again, which must not cut the rest short.
        signal.signal(number, lambda *_: None)
    address = f"http://{host}:{listening.getsockname()[1]}"
    try:
        with _working(settings):
            _Server(config, lambda: announce(address, state)).run(sockets=[listening])
    finally:
        state.close()


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self.started:
            self._announce()


@contextmanager
def _working(settings: ServiceSettings) -> Iterator[None]:
    """Keep this machine's workers going beside the web server."""
    if settings.speech_workers + settings.text_workers + settings.webhook_senders == 0:
        yield
        return
    workers = Workers(settings)
    stop = threading.Event()

    def tend() -> None:
        while not stop.wait(_TEND):
            workers.tend()

    thread = threading.Thread(target=tend, name="tend")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        workers.stop()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise InputError(
            Problem(
                source="--host, --port",
                place=None,
                problem=f"The address {host}:{port} cannot be used: {error.strerror}.",
                remedy="End what uses it, or give another --port (0 for any that is free).",
            )
        ) from None
    return listening


def _allow_many_connections() -> None:
    """Let this process open as many files as it may at all: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
