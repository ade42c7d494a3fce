"""The Python client, against the real server, and against one that fails at times."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from store_stage import chat

from service.api.state import State
from service.client import ApiProblem, Client
from service.client.transport import TRIES, Transport
from service.database import keys


@pytest.fixture
def client(api_state: State, api_address: str) -> Iterator[Client]:
    """A client with a platform's key."""
    with api_state.database.write() as session:
        key, _ = keys.create(session, name="shop")
    with Client(api_address, key) as client:
        yield client


def test_a_conversation_goes_in_and_its_grade_comes_out(client: Client) -> None:
    """Typed with the grader's own records."""
    submitted = client.submit(chat("c-1"))
    assert submitted.grade is not None
    assert submitted.uid is not None
    assert client.grade("c-1") == client.grade(submitted.uid) == submitted.grade
    assert client.conversation("c-1").turns[0].speaker == "customer"


@pytest.mark.parametrize("name", ["order#123", "order?x", "order%41", "order 1", "订单+1"])
def test_an_id_is_told_from_others_that_begin_like_it(client: Client, name: str) -> None:
    """Characters that mean something in an address are part of the id."""
    for each in ("order", "orderA", name):
        client.submit(chat(each))
    assert client.conversation(name).id == name
    assert client.grade(name).conversation_id == name
    assert client.conversation("order").id == "order"
    with pytest.raises(ApiProblem, match="no such job") as refused:
        client.job(name)
    assert refused.value.status == 404


def test_a_repetition_under_ones_own_key_changes_nothing(client: Client) -> None:
    """As after a crash of the sender."""
    first, again = (client.submit(chat("c-1"), idempotency_key="night 1, line 7") for _ in range(2))
    assert again == first


def test_a_refusal_is_an_exception_that_says_what_to_do(client: Client) -> None:
    """With each problem's place, and the id by which the log finds the request."""
    client.submit(chat("c-1"))
    with pytest.raises(ApiProblem, match="own id") as refused:
        client.submit(chat("c-1"))
    assert refused.value.status == 409
    assert refused.value.request_id


def test_lists_are_gone_through_to_their_end(client: Client) -> None:
    """However many pages there are."""
    for number in range(5):
        client.submit(chat(f"c-{number}"))
    found = [item["conversation_id"] for item in client.grades(limit=2, agent="a-1")]
    assert found == [f"c-{number}" for number in (4, 3, 2, 1, 0)]


class Flaky(BaseHTTPRequestHandler):
    """Answers what the test's list says, and keeps the idempotency keys that come."""

    answers: list[tuple[int, dict[str, str]]]
    seen: list[str | None]

    def do_POST(self) -> None:
        """Answer the next of the list."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append(self.headers.get("Idempotency-Key"))
        status, headers = self.answers.pop(0)
        if status == 0:  # the connection breaks without an answer
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def flaky(answers: list[tuple[int, dict[str, str]]]) -> Iterator[tuple[str, list[str | None]]]:
    """Run a server that answers so."""
    handler = type("Handler", (Flaky,), {"answers": answers, "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("answers", "waited"),
    [
        ([(503, {"Retry-After": "7"}), (200, {})], [7.0]),
        ([(429, {"Retry-After": "2"}), (429, {"Retry-After": "900"}), (200, {})], [2.0, 30.0]),
        ([(409, {"Retry-After": "1"}), (200, {})], [1.0]),
        ([(0, {}), (502, {}), (200, {})], None),
    ],
)
def test_what_may_pass_is_tried_again_under_the_same_key(
    answers: list[tuple[int, dict[str, str]]], waited: list[float] | None
) -> None:
    """The service's word on when is kept, within bounds; a broken connection is tried again too."""
    tries = len(answers)
    waits: list[float] = []
    with flaky(answers) as (address, seen), httpx.Client(base_url=address) as http:
        assert Transport(http, sleep=waits.append).post("/x", json={}).status_code == 200
    assert len(seen) == tries
    assert len(set(seen)) == 1
    assert waited is None or waits == waited


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500])
def test_what_would_fail_again_is_not_tried_again(status: int) -> None:
    """One request, one problem."""
    with flaky([(status, {})]) as (address, seen), httpx.Client(base_url=address) as http:
        with pytest.raises(ApiProblem):
            Transport(http).post("/x", json={})
        assert len(seen) == 1


def test_a_service_that_stays_away_is_given_up() -> None:
    """After the last try the reason is raised."""
    waits: list[float] = []
    with (
        flaky([(503, {})] * TRIES) as (address, _),
        httpx.Client(base_url=address) as http,
        pytest.raises(ApiProblem, match="503"),
    ):
        Transport(http, sleep=waits.append).post("/x", json={})
    assert len(waits) == TRIES - 1
    assert all(wait > 0 for wait in waits)
