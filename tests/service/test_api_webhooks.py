"""Webhooks over HTTP: who may subscribe to what, secrets that are shown once, and the log of what was sent."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import api_stage
import httpx
import pytest
import store_stage
from api_stage import body
from pydantic import TypeAdapter
from sqlalchemy import text
from standardwebhooks import Webhook, WebhookVerificationError
from store_stage import chat
from webhook_stage import LOCAL, Subscriber, listening, say, sending

from grader.problems import Problem
from service.api import examples, notices
from service.api.state import State
from service.api.webhook_views import Subscribable
from service.database import Database, appeals, audit, claims, conversations, jobs, results
from service.database.tables import EventRow, EventType
from service.database.verdicts import Judgement
from service.webhooks import signing

SETTINGS: dict[str, Any] = {
    "plain_hosts": ("127.0.0.1",),
    "private_networks": ("127.0.0.0/8",),
    "webhook_overlap": timedelta(hours=1),
}


@pytest.fixture
def api_state(database: Database, tmp_path: Path) -> State:
    """A state that lets subscribers listen on loopback, on each kind of database in turn."""
    return api_stage.state_of(database, tmp_path / "data", **SETTINGS)


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    """One that takes everything."""
    with listening(say(204)) as found:
        yield found


sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _subscribe(client: httpx.Client, subscriber: Subscriber, *events: str, **more: Any) -> dict[str, Any]:
    sent = {"url": subscriber.url, "events": events or ["conversation.graded"], **more}
    answer = client.post("/v1/webhooks", json=sent)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def _send(state: State) -> Any:
    return sending(state.database, seal=signing.sealer(state.secret), reach=LOCAL)


def _log(client: httpx.Client, webhook: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/webhooks/{webhook['id']}/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_platform_hears_of_its_own_conversations_only(
    api_state: State, api_address: str, platform: httpx.Client, subscriber: Subscriber
) -> None:
    """And sees its own subscriptions only; an administrator hears of all, or of one team's."""
    with (
        api_stage.client(api_state, api_address, name="other") as other,
        api_stage.client(api_state, api_address, role="administrator", name="root") as root,
    ):
        made = [
            _subscribe(platform, subscriber),
            _subscribe(other, subscriber),
            _subscribe(root, subscriber),
            _subscribe(root, subscriber, team="repairs"),
        ]
        for client, name, team in ((platform, "c-1", "returns"), (other, "c-2", "repairs")):
            assert client.post("/v1/conversations", json=body(chat(name, team=team))).status_code == 200
        with _send(api_state):
            subscriber.wait(5)
        told = [[one["state"] for one in _log(root, webhook)] for webhook in made]
        assert told == [["delivered"]] * 2 + [["delivered"] * 2, ["delivered"]]
        assert [one["id"] for one in platform.get("/v1/webhooks").json()["items"]] == [made[0]["id"]]
        assert len(root.get("/v1/webhooks", params={"limit": 3}).json()["items"]) == 3
        for address in ("", "/deliveries"):
            assert other.get(f"/v1/webhooks/{made[0]['id']}{address}").status_code == 404
        assert other.delete(f"/v1/webhooks/{made[0]['id']}").status_code == 404
        for action in ("secret", "test"):
            assert other.post(f"/v1/webhooks/{made[0]['id']}/{action}").status_code == 404
    sources = {
        request.headers["webhook-id"]: json.loads(request.body)["data"] for request in subscriber.received
    }
    assert sorted((data["source"], data["external_id"]) for data in sources.values()) == [
        ("other", "c-2"),
        ("shop", "c-1"),
    ]


def test_the_secret_is_shown_once_and_lies_sealed(
    api_state: State, platform: httpx.Client, subscriber: Subscriber
) -> None:
    """Neither a repetition nor any other answer shows it, and no column holds it."""
    sent = {"url": subscriber.url, "events": ["conversation.graded"]}
    first, again = (
        platform.post("/v1/webhooks", json=sent, headers={"Idempotency-Key": "k-1"}) for _ in range(2)
    )
    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == {**first.json(), "secret": None}
    assert len(platform.get("/v1/webhooks").json()["items"]) == 1
    assert "secret" not in platform.get(first.headers["Location"]).text
    with api_state.database.read() as session:
        for table in ("webhooks", "idempotency_keys", "audit_log"):
            for row in session.execute(text(f"SELECT * FROM {table}")):
                assert secret[6:] not in str(row)


@sqlite_only
def test_a_secret_is_replaced_without_a_gap(
    api_state: State, platform: httpx.Client, subscriber: Subscriber
) -> None:
    """What is sent in the meantime verifies with the old secret and with the new one."""
    webhook = _subscribe(platform, subscriber)
    address = f"/v1/webhooks/{webhook['id']}"
    answer = platform.post(f"{address}/secret")
    assert answer.status_code == 201
    assert platform.post(f"{address}/test").status_code == 202
    with _send(api_state):
        (request,) = subscriber.wait(1)
    for secret in (webhook["secret"], answer.json()["secret"]):
        assert Webhook(secret).verify(request.body, request.headers)["type"] == "ping"
    with pytest.raises(WebhookVerificationError):
        Webhook(signing.made(signing.sealer(b"x"))[0]).verify(request.body, request.headers)


@sqlite_only
def test_the_log_tells_every_attempt_and_an_event_can_be_sent_again(
    api_state: State, platform: httpx.Client, subscriber: Subscriber
) -> None:
    """Status, error, duration and the next attempt of each delivery; a redelivery carries the same id."""
    subscriber.answer = say(503)
    webhook = _subscribe(platform, subscriber)
    platform.post("/v1/conversations", json=body(chat("c-1")))
    with _send(api_state):
        subscriber.wait(1)
    (delivery,) = _log(platform, webhook)
    (attempt,) = delivery["attempts"]
    assert (delivery["event"], delivery["state"]) == ("conversation.graded", "waiting")
    assert (attempt["status"], "503" in attempt["error"]) == (503, True)
    assert attempt["duration"] > 0
    assert delivery["next_attempt_at"] > attempt["at"]
    assert _log(platform, webhook, state="failed") == []
    assert platform.get(f"/v1/webhooks/{webhook['id']}").json()["failing_since"] is not None
    subscriber.answer = say(204)
    again = platform.post(f"/v1/webhooks/{webhook['id']}/deliveries/{delivery['id']}/redeliver")
    assert again.status_code == 202
    with _send(api_state):
        first, second = subscriber.wait(2)
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    (delivery,) = _log(platform, webhook, state="delivered")
    assert [one["status"] for one in delivery["attempts"]] == [503, 204]
    assert platform.get(f"/v1/webhooks/{webhook['id']}").json()["failing_since"] is None
    missing = platform.post(f"/v1/webhooks/{webhook['id']}/deliveries/nothing/redeliver")
    assert missing.status_code == 404


@sqlite_only
def test_a_subscription_is_switched_off_and_on(
    api_state: State, platform: httpx.Client, subscriber: Subscriber
) -> None:
    """After 410 nothing is sent, nor can be; switched on again, events go out, to the new address too."""
    subscriber.answer = say(410)
    webhook = _subscribe(platform, subscriber)
    address = f"/v1/webhooks/{webhook['id']}"
    platform.post("/v1/conversations", json=body(chat("c-1")))
    with _send(api_state):
        subscriber.wait(1)
    off = platform.get(address).json()
    assert (off["active"], off["disabled_reason"]) == (False, "It answered 410 Gone.")
    (delivery,) = _log(platform, webhook)
    for action in ("test", f"deliveries/{delivery['id']}/redeliver"):
        refused = platform.post(f"{address}/{action}")
        assert refused.status_code == 409
        assert "Switch it on" in refused.json()["detail"]
    platform.post("/v1/conversations", json=body(chat("c-2")))  # nobody is told
    with listening(say(204)) as elsewhere:
        changed = platform.patch(
            address,
            json={
                "url": elsewhere.url,
                "active": True,
                "events": ["job.failed", "conversation.graded", "job.failed"],
                "description": "Ask 13912345678",
            },
        ).json()
        assert (changed["active"], changed["disabled_reason"], changed["failing_since"]) == (True, None, None)
        assert changed["events"] == ["job.failed", "conversation.graded"]
        assert changed["description"] == "Ask [PHONE]"
        platform.post("/v1/conversations", json=body(chat("c-3")))
        with _send(api_state):
            elsewhere.wait(1)
    names = [json.loads(request.body)["data"]["external_id"] for request in elsewhere.received]
    assert names == ["c-3"]
    with api_state.database.read() as session:
        actions = [row.action for row in audit.listed(session, object_kind="webhook").items]
    assert actions == ["change", "switch_off", "create"]


@sqlite_only
def test_a_subscription_ends_with_what_waits(
    api_state: State, platform: httpx.Client, subscriber: Subscriber
) -> None:
    """Nothing of it is left but the audit log's row."""
    webhook = _subscribe(platform, subscriber)
    platform.post("/v1/conversations", json=body(chat("c-1")))
    assert platform.delete(f"/v1/webhooks/{webhook['id']}").status_code == 204
    assert platform.get(f"/v1/webhooks/{webhook['id']}").status_code == 404
    assert platform.delete(f"/v1/webhooks/{webhook['id']}").status_code == 404
    with api_state.database.read() as session:
        assert session.execute(text("SELECT count(*) FROM deliveries")).scalar() == 0
        assert audit.verify(session).broken_at is None


@sqlite_only
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"url": "https://169.254.169.254/latest"}, "not public"),
        ({"url": "https://10.0.0.1/"}, "not public"),
        ({"url": "http://hooks.example/"}, "https only"),
        ({"url": "https://user:word@127.0.0.1/"}, "a name or a password"),
        ({"url": "ftp://127.0.0.1/"}, "https://"),
        ({"url": "https://127.0.0.1:99999/"}, "is no port"),
        ({"url": "https://\ud800/"}, "no URL"),
        ({"url": "https://a b/"}, "no address"),
        ({"url": ""}, "url"),
        ({"url": "https://127.0.0.1/" + "x" * 2000}, "url"),
        ({"events": []}, "events"),
        ({"events": ["ping"]}, "events"),
        ({"events": ["everything"]}, "events"),
        ({"secret": "whsec_mine"}, "secret"),
    ],
)
def test_what_cannot_be_subscribed_with_is_refused(
    platform: httpx.Client, subscriber: Subscriber, changed: dict[str, Any], said: str
) -> None:
    """422 with what is wrong and what to do, for a new subscription and for a changed one; nothing is kept."""
    sent = {"url": subscriber.url.replace("http:", "https:"), "events": ["job.failed"]} | changed
    answer = platform.post(
        "/v1/webhooks",
        content=json.dumps(sent),
        headers={"Content-Type": "application/json", "Idempotency-Key": "k-1"},
    )
    assert answer.status_code == 422, answer.text
    assert said in answer.text
    assert platform.get("/v1/webhooks").json()["items"] == []
    made = _subscribe(platform, subscriber)
    address = f"/v1/webhooks/{made['id']}"
    answer = platform.patch(
        address, content=json.dumps(changed), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert platform.get(address).json()["url"] == subscriber.url


@sqlite_only
@pytest.mark.parametrize("role", ["supervisor", "reviewer"])
def test_others_may_not_subscribe(
    api_state: State, api_address: str, subscriber: Subscriber, role: Any
) -> None:
    """Only platforms and administrators."""
    with api_stage.client(api_state, api_address, role=role) as client:
        assert client.get("/v1/webhooks").status_code == 403


@sqlite_only
def test_every_event_is_sent_as_it_is_documented(api_state: State, api_address: str) -> None:
    """What is written in the outbox fits the documented model of its kind, field by field; none is missing."""
    written = _everything_happens(api_state)
    document = httpx.get(f"{api_address}/openapi.json").json()
    assert set(document["webhooks"]) == set(get_args(EventType))
    assert set(get_args(EventType)) == {*get_args(Subscribable), "ping"}
    assert set(get_args(Subscribable)) <= written.keys()
    for model in notices.Event.__subclasses__():
        kind = get_args(model.model_fields["type"].annotation)[0]
        operation = document["webhooks"][kind]["post"]
        assert operation["description"]
        names = {parameter["name"] for parameter in operation["parameters"]}
        assert names == {"webhook-id", "webhook-timestamp", "webhook-signature"}
        for sent in written.get(kind, []):
            assert model.model_validate_json(sent).model_dump(mode="json").keys() == json.loads(sent).keys()
            data = TypeAdapter(model.model_fields["data"].annotation).validate_python(
                json.loads(sent)["data"]
            )
            assert data.model_dump().keys() == json.loads(sent)["data"].keys()


def test_the_examples_are_of_every_event_and_as_documented() -> None:
    """Those of the OpenAPI document fit their models, and docs/api.md shows the same."""
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    section = page[page.index("## Webhooks") :].split("\n## ")[0]
    read = json.JSONDecoder().raw_decode
    shown = [read(section[found.start() :])[0] for found in re.finditer(r'\{"type": ', section)]
    models = {get_args(m.model_fields["type"].annotation)[0]: m for m in notices.Event.__subclasses__()}
    assert shown == [examples.event(kind) for kind in examples.EVENT_DATA]
    assert {event["type"] for event in shown} == set(get_args(EventType)) == set(models)
    for event in shown:
        assert models[event["type"]].model_validate(event).model_dump()["data"].keys() == event["data"].keys()


def _everything_happens(state: State) -> dict[str, Sequence[str]]:
    """Let every kind of event happen; give the bodies by kind."""
    result = store_stage.graded(chat("c-1", said="您烦死了!"))
    with state.database.write() as session:
        row = conversations.add(session, result.conversation, source="shop")
        grade = results.store(session, row, result)
        jobs.submit(session, "grade", conversation_id=row.id)
        (claim,) = claims.claim(session, "text", worker_id="w", limit=1, lease=timedelta(seconds=60))
        problem = Problem(source="file", place=None, problem="It is none.", remedy="Send one.")
        claims.fail(session, claim, problem, retry_at=None)
        appeal = appeals.raise_appeal(session, grade, raised_by="key:1", criteria=["empathy"], grounds="No.")
        judgement = Judgement(verdicts=(), outcome="confirmed", final_score=1.0, final_passed=True)
        appeals.adjudicate(
            session, appeal.id, judge="user:1", decision="rejected", reason="No.", judgement=judgement
        )
    with state.database.read() as session:
        found: dict[str, list[str]] = {}
        for event in session.query(EventRow):
            found.setdefault(event.type, []).append(event.body)
    return found
