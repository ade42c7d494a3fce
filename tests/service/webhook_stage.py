"""A subscriber that really listens, and senders that reach it."""

import ipaddress
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from service.addresses import Reach
from service.database import Database, conversations, results, webhooks
from service.database.tables import DeliveryRow, EventType
from service.sealing import Sealer
from service.webhooks import signing
from service.webhooks.sender import Pace, Sender

SEAL: Final = signing.sealer(b"invented secret")
LOCAL: Final = Reach(plain=("127.0.0.1",), networks=[ipaddress.ip_network("127.0.0.0/8")])
WAIT: Final = 60.0
"""Seconds until what is waited for must have happened; it takes a moment."""


@dataclass(frozen=True)
class Received:
    """What came in."""

    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


Answer = Callable[[BaseHTTPRequestHandler, Received], None]


def say(status: int, **headers: str) -> Answer:
    """Answer with a status and headers (``Retry_After="5"``)."""

    def answer(handler: BaseHTTPRequestHandler, _: Received) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@dataclass
class Subscriber:
    """Listens on loopback; how it answers may be changed at any time."""

    answer: Answer
    received: list[Received] = field(default_factory=list)
    url: str = ""
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait(self, number: int) -> list[Received]:
        """Wait until so many requests have come in."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.received) >= number, WAIT), len(self.received)
            return list(self.received)


@contextmanager
def listening(answer: Answer) -> Iterator[Subscriber]:
    """Let a subscriber listen."""
    subscriber = Subscriber(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the sender was killed in the midst of it
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.path, headers, body)
            with subscriber.changed:
                subscriber.received.append(request)
                subscriber.changed.notify_all()
            subscriber.answer(self, request)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, *_: object) -> None:
            """A sender that was killed, or broke off, is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    subscriber.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield subscriber
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def subscribe(
    database: Database, url: str, *, events: Sequence[EventType] = ("conversation.graded",)
) -> tuple[str, str]:
    """Subscribe; give the subscription's id and the secret."""
    secret, kept = signing.made(SEAL)
    with database.write() as session:
        return webhooks.subscribe(session, url=url, events=events, secrets=kept).id, secret


def happen(database: Database, number: int = 1, *, first: int = 0) -> None:
    """Grade so many conversations."""
    from store_stage import chat, graded  # senders that are started on their own need no grader

    with database.write() as session:
        for one in range(first, first + number):
            result = graded(chat(f"c-{one}"))
            row = conversations.add(session, result.conversation, source="shop")
            results.store(session, row, result)


@contextmanager
def sending(
    database: Database, *, seal: Sealer = SEAL, reach: Reach = LOCAL, pace: Pace | None = None
) -> Iterator[None]:
    """Let a sender work; afterwards it has written down all that it sent."""
    sender = Sender(database, seal, reach, pace=pace or Pace(poll=0.01))
    stop = threading.Event()
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def states(database: Database) -> list[str]:
    """Give the states of all deliveries, the oldest first."""
    with database.read() as session:
        return [row.state for row in session.query(DeliveryRow).order_by(DeliveryRow.id)]
