"""Sending conversations to the API, and reading what became of them."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import api_stage
import httpx
import pytest
from store_stage import chat

from grader.grade import Grade
from service.api.state import State
from service.database import audit


def test_a_short_transcript_is_graded_within_the_request(platform: httpx.Client) -> None:
    """The answer is the grade of the contract, with evidence in the redacted text."""
    answer = platform.post("/v1/conversations", json=api_stage.body(chat("c-1")))
    assert answer.status_code == 200
    grade = Grade.model_validate_json(answer.content)
    kept = platform.get(answer.headers["Location"]).json()
    assert grade.conversation_id == kept["id"] == "c-1"
    assert kept["status"] == "graded"
    evidence = [item for criterion in grade.criteria for item in criterion.evidence]
    assert evidence
    assert all(kept["turns"][e.turn]["text"][e.start : e.end] == e.quote for e in evidence)


def test_personal_data_is_gone_before_anything_is_kept(platform: httpx.Client) -> None:
    """Neither the transcript nor the grade holds the telephone number or the customer's id."""
    answer = platform.post("/v1/conversations", json=api_stage.body(chat("c-1", customer="13912345678")))
    kept = platform.get("/v1/conversations/c-1").text
    assert "[PHONE]" in kept
    assert "13912345678" not in kept + answer.text


def test_the_same_key_and_body_get_the_first_answer(platform: httpx.Client) -> None:
    """A repetition changes nothing and is told apart by a header."""
    send = {"json": api_stage.body(chat("c-1")), "headers": {"Idempotency-Key": "one"}}
    first, again = (platform.post("/v1/conversations", **send) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert len(platform.get("/v1/conversations").json()["items"]) == 1


def test_the_same_key_with_another_body_is_refused(platform: httpx.Client) -> None:
    """422, and nothing is kept."""
    headers = {"Idempotency-Key": "one"}
    platform.post("/v1/conversations", json=api_stage.body(chat("c-1")), headers=headers)
    other = platform.post("/v1/conversations", json=api_stage.body(chat("c-2")), headers=headers)
    assert other.status_code == 422
    assert "Use a new one" in other.json()["detail"]
    assert platform.get("/v1/conversations/c-2").status_code == 404


def test_a_key_is_free_again_after_a_refusal(platform: httpx.Client) -> None:
    """A request that was refused was not done, so its key may be used for the mended one."""
    headers = {"Idempotency-Key": "one"}
    assert platform.post("/v1/conversations", json={"id": "c-1"}, headers=headers).status_code == 422
    mended = platform.post("/v1/conversations", json=api_stage.body(chat("c-1")), headers=headers)
    assert mended.status_code == 200


def test_many_at_once_under_one_key_make_one_grade(platform: httpx.Client) -> None:
    """However they race, one is kept, and every one of them gets an answer that says so."""
    send = {"json": api_stage.body(chat("c-1")), "headers": {"Idempotency-Key": "one"}}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: platform.post("/v1/conversations", **send), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(platform.get("/v1/conversations/c-1/grades").json()["items"]) == 1


def test_a_conversation_is_not_graded_twice(platform: httpx.Client) -> None:
    """The platform's id names one conversation."""
    platform.post("/v1/conversations", json=api_stage.body(chat("c-1")))
    again = platform.post("/v1/conversations", json=api_stage.body(chat("c-1")))
    assert again.status_code == 409
    assert "own id" in again.json()["detail"]


@pytest.mark.parametrize("how", ["asked for", "many turns", "many characters"])
def test_what_takes_long_becomes_a_job(platform: httpx.Client, how: str) -> None:
    """202 with the job's address; until it is done the grade's address says which job to ask for."""
    sent = api_stage.body(chat("c-1"))
    headers = {"Prefer": "respond-async"} if how == "asked for" else {}
    if how == "many turns":
        sent["turns"] = sent["turns"] * 150
    elif how == "many characters":
        sent["turns"] = [{**turn, "text": turn["text"] + "请尽快。" * 500} for turn in sent["turns"] * 15]
    answer = platform.post("/v1/conversations", json=sent, headers=headers)
    assert answer.status_code == 202
    job = platform.get(answer.headers["Location"]).json()
    assert (job["state"], job["kind"]) == ("queued", "grade")
    missing = platform.get("/v1/conversations/c-1/grade")
    assert missing.status_code == 404
    assert job["id"] in missing.json()["detail"]
    assert platform.get("/v1/conversations/c-1").json()["status"] == "waiting"


def _queued(platform: httpx.Client, name: str) -> str:
    """Send a conversation that is graded later; gives the job's address."""
    headers = {"Prefer": "respond-async"}
    sent = platform.post("/v1/conversations", json=api_stage.body(chat(name)), headers=headers)
    return str(sent.headers["Location"])


def test_a_job_is_cancelled_and_retried_once_for_a_key(platform: httpx.Client) -> None:
    """Whoever lost the answer sends the request again and gets it, rather than a conflict."""
    job = _queued(platform, "c-1")
    for what, state in (("cancel", "cancelled"), ("retry", "queued")):
        address = f"{job}/{what}"
        first, again = (platform.post(address, headers={"Idempotency-Key": what}) for _ in range(2))
        assert first.json()["state"] == state
        assert again.content == first.content
        assert platform.post(address).status_code == 409


def test_a_key_is_for_one_address(platform: httpx.Client) -> None:
    """The same words sent somewhere else are another request."""
    first, second = _queued(platform, "c-1"), _queued(platform, "c-2")
    headers = {"Idempotency-Key": "one"}
    assert platform.post(f"{first}/cancel", headers=headers).status_code == 200
    assert platform.post(f"{second}/cancel", headers=headers).status_code == 422
    assert platform.get(second).json()["state"] == "queued"


def test_a_key_is_free_again_after_a_conflict(platform: httpx.Client) -> None:
    """What could not be done then is done once it can."""
    job, headers = _queued(platform, "c-1"), {"Idempotency-Key": "one"}
    assert platform.post(f"{job}/retry", headers=headers).status_code == 409
    platform.post(f"{job}/cancel")
    assert platform.post(f"{job}/retry", headers=headers).json()["state"] == "queued"


def test_platforms_may_choose_the_same_key(
    api_state: State, api_address: str, platform: httpx.Client
) -> None:
    """Each has its own request done, and sees no answer of the other's."""
    with api_stage.client(api_state, api_address, name="other") as other:
        for sender in (platform, other):
            send = {"json": api_stage.body(chat("c-1")), "headers": {"Idempotency-Key": "one"}}
            answer = sender.post("/v1/conversations", **send)
            assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (200, False)
            assert len(sender.get("/v1/conversations").json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "no JSON"),
        (b"{", 400, "no JSON"),
        (b"[" * 100_000, 400, "no JSON"),
        (b"[]", 422, "object"),
        (b"{}", 422, "turns"),
        (b'{"id": "c", "turns": []}', 422, "no turns"),
        (b'{"id": "c", "turns": [{"speaker": "agent", "text": 7}]}', 422, "text"),
        (b'{"id": "c", "turns": "hello"}', 422, "turns"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_place(
    platform: httpx.Client, body: bytes, status: int, said: str
) -> None:
    """Problem documents name what is wrong, and nothing is kept."""
    answer = platform.post("/v1/conversations", content=body)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert said in document["detail"]
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert platform.get("/v1/conversations").json()["items"] == []


def test_a_body_that_is_too_large_is_refused(platform: httpx.Client) -> None:
    """Whether the length is stated or not."""

    def pieces() -> Any:
        for _ in range(11):
            yield b" " * 2**20

    assert platform.post("/v1/conversations", content=b" " * (11 * 2**20)).status_code == 413
    assert platform.post("/v1/conversations", content=pieces()).status_code == 413


def test_lists_are_filtered_and_come_in_pages(platform: httpx.Client) -> None:
    """Every conversation that the filters let through comes once, the latest first."""
    for number in range(5):
        agent = "a-1" if number % 2 else "a-2"
        platform.post("/v1/conversations", json=api_stage.body(chat(f"c-{number}", agent=agent)))
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = platform.get("/v1/grades", params={"agent": "a-2", "limit": "2", **cursor}).json()
        seen += [item["conversation_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == ["c-4", "c-2", "c-0"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "cursor=nonsense",
        "since=2026-01-01T00:00:00",
        "since=0001-01-01T00:00:00%2B14:00",
        "until=9999-12-31T23:59:59-14:00",
        "scorecard_version=99999999999999999999999",
        "channel=fax",
        "fax=1",
    ],
)
def test_parameters_that_make_no_sense_are_refused(platform: httpx.Client, query: str) -> None:
    """422 rather than a list that is not what was asked for."""
    assert platform.get(f"/v1/grades?{query}").status_code == 422


def test_platforms_see_only_what_they_sent(
    api_state: State, api_address: str, platform: httpx.Client
) -> None:
    """Another platform's conversation looks like none."""
    location = platform.post("/v1/conversations", json=api_stage.body(chat("c-1"))).headers["Location"]
    with api_stage.client(api_state, api_address, name="other") as other:
        assert other.get(location).status_code == 404
        assert other.get("/v1/conversations/c-1/grade").status_code == 404
        assert other.get("/v1/conversations").json()["items"] == []
        assert other.post("/v1/conversations", json=api_stage.body(chat("c-1"))).status_code == 200
    with api_stage.client(api_state, api_address, role="administrator") as administrator:
        ambiguous = administrator.get("/v1/conversations/c-1")
        assert ambiguous.status_code == 409
        assert administrator.get(location).status_code == 200


def test_scopes_narrow_a_key_down(api_state: State, api_address: str) -> None:
    """A key that may only send may not read."""
    with api_stage.client(api_state, api_address, scopes=("conversations.submit",)) as sender:
        assert sender.post("/v1/conversations", json=api_stage.body(chat("c-1"))).status_code == 200
        refused = sender.get("/v1/conversations/c-1")
        assert refused.status_code == 403
        assert "conversations.read" in refused.json()["detail"]


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer cg_wrong"}, {"Authorization": "Basic eA=="}]
)
def test_nobody_in_particular_gets_nothing(api_address: str, header: dict[str, str]) -> None:
    """401 with the way in."""
    answer = httpx.get(f"{api_address}/v1/conversations", headers=header)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_who_read_what_is_in_the_audit_log(api_state: State, platform: httpx.Client) -> None:
    """With the request's id, and the chain stays whole."""
    platform.post("/v1/conversations", json=api_stage.body(chat("c-1")))
    uid = platform.get("/v1/conversations/c-1").json()["uid"]
    asked = platform.get("/v1/conversations/c-1/grade", headers={"X-Request-ID": "my-request-1"})
    assert asked.headers["X-Request-ID"] == "my-request-1"
    with api_state.database.read() as session:
        rows = audit.listed(session).items
        assert audit.verify(session).broken_at is None
    assert [(row.action, row.object_kind, row.object_id) for row in rows] == [
        ("read", "grade", uid),
        ("read", "conversation", uid),
    ]
    assert rows[0].request_id == "my-request-1"


def test_those_that_arrive_together_do_not_disturb_each_other(platform: httpx.Client) -> None:
    """Of many at once the unusable ones are refused, and every other one is graded."""

    def send(number: int) -> int:
        sent = api_stage.body(chat(f"c-{number % 20}"))
        return platform.post("/v1/conversations", json=sent).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(send, range(40)))
    assert sorted(statuses) == [200] * 20 + [409] * 20


def test_a_revoked_key_opens_nothing_a_second_later(api_state: State, platform: httpx.Client) -> None:
    """What was looked up is remembered for a second at most."""
    from service.database import keys

    assert platform.get("/v1/conversations").status_code == 200
    with api_state.database.write() as session:
        keys.revoke(session, keys.listed(session).items[0].id)
    deadline = time.monotonic() + 5
    while platform.get("/v1/conversations").status_code == 200:
        assert time.monotonic() < deadline
