"""Retention and erasure over HTTP."""

import json
from datetime import datetime, timedelta

import api_stage
import httpx
import pytest
from sqlalchemy import inspect, select, text
from store_stage import chat

from service.api.state import State
from service.database import audit, retention
from service.database.tables import IdempotencyRow
from service.database.types import now

AUDIO = b"#!AMR\n" + bytes(1000)


def _dump(state: State) -> str:
    """Give all that stands in all tables."""
    with state.database.read() as session:
        names = inspect(session.connection()).get_table_names()
        return "\n".join(str(session.execute(text(f"SELECT * FROM {name}")).all()) for name in names)


def _record(client: httpx.Client, name: str, customer: str) -> None:
    metadata = {"id": name, "customer": {"id": customer}}
    files = {"file": ("a", AUDIO)}
    assert (
        client.post("/v1/recordings", files=files, data={"metadata": json.dumps(metadata)}).status_code == 202
    )


def test_a_customer_is_erased_and_counted(
    api_state: State, api_address: str, platform: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Words, recordings and what waits go, the figures stay; the id is neither kept nor logged; others are untouched."""
    caplog.set_level("DEBUG")
    for name, customer in (("order-77", "u-7788991"), ("order-88", "u-2")):
        platform.post("/v1/conversations", json=api_stage.body(chat(name, customer=customer)))
        _record(platform, f"call of {name}", customer)
    with api_stage.client(api_state, api_address, name="other") as other:
        other.post("/v1/conversations", json=api_stage.body(chat("theirs", customer="u-7788991")))
    uid = platform.get("/v1/conversations/order-77").json()["uid"]
    score = platform.get(f"/v1/conversations/{uid}/grade").json()["score"]
    send = {"json": {"customer_id": "u-7788991"}, "headers": {"Idempotency-Key": "one"}}
    answer = platform.post("/v1/erasures", **send)
    assert (answer.status_code, answer.json()) == (200, {"conversations": 2, "recordings": 1})
    assert platform.post("/v1/erasures", **send).json() == answer.json()
    again = platform.post("/v1/erasures", json={"customer_id": "u-7788991"})
    assert again.json() == {"conversations": 0, "recordings": 0}
    assert platform.get("/v1/conversations/order-77").status_code == 404
    kept = platform.get(f"/v1/conversations/{uid}").json()
    assert (kept["status"], kept["turns"]) == ("removed", [])
    assert datetime.fromisoformat(kept["removed_at"]) > datetime.fromisoformat(kept["received_at"])
    assert platform.get("/v1/conversations/order-88").json()["removed_at"] is None
    agents = {item["uid"]: item["agent"] for item in platform.get("/v1/conversations").json()["items"]}
    assert agents[uid] == "a-1"
    assert platform.get(f"/v1/conversations/{uid}/grade").json()["score"] == score
    assert platform.get(f"/v1/conversations/{uid}/audio").status_code == 404
    assert platform.get("/v1/conversations/order-88/grade").status_code == 200
    assert platform.get("/v1/conversations/call of order-88/audio").content == AUDIO
    assert len(list(api_state.vault.paths())) == 1
    with api_stage.client(api_state, api_address, name="other") as other:
        assert other.get("/v1/conversations/theirs").json()["status"] == "graded"
    dump = _dump(api_state) + caplog.text
    assert "order-77" not in dump
    assert "u-7788991" not in dump
    with api_state.database.read() as session:
        rows = audit.listed(session, action="erase").items
        assert [row.details["conversations"] for row in rows] == [0, 2]
        assert audit.verify(session).broken_at is None


@pytest.mark.parametrize("customer", [" cust-F ", "a\x00b", "\u200bz1", "u\xa0", "x\ud800", 88213])
def test_a_customer_is_erased_by_the_id_that_was_sent(platform: httpx.Client, customer: object) -> None:
    """Byte for byte, also where intake cleans it."""
    sent = api_stage.body(chat("c-1")) | {"customer": {"id": customer}}
    header = {"Content-Type": "application/json"}
    assert platform.post("/v1/conversations", content=json.dumps(sent), headers=header).status_code == 200
    erased = platform.post("/v1/erasures", content=json.dumps({"customer_id": customer}), headers=header)
    assert erased.json() == {"conversations": 1, "recordings": 0}


def test_no_repetition_tells_of_what_was_erased(api_state: State, platform: httpx.Client) -> None:
    """The answers that were kept for repeated requests name the conversation; they go with it."""
    header = {"Prefer": "respond-async"}
    sent = api_stage.body(chat("order-77", customer="u-1"))
    job = platform.post("/v1/conversations", json=sent, headers=header).headers["Location"]
    key = {"Idempotency-Key": "one"}
    assert platform.post(f"{job}/cancel", headers=key).status_code == 200
    graded = platform.post("/v1/conversations", json=sent | {"id": "order-88"})
    asked = platform.post("/v1/conversations/order-88/reviews", json={"reason": "Tone."})
    assert (graded.status_code, asked.status_code) == (200, 201)
    claim = f"/v1/reviews/{asked.json()['id']}/claim"
    assert "order-88" in platform.post(claim, headers={"Idempotency-Key": "two"}).text
    assert platform.post("/v1/erasures", json={"customer_id": "u-1"}).json()["conversations"] == 2
    with api_state.database.read() as session:
        assert session.scalars(select(IdempotencyRow.key)).all() == []
    repeated = platform.post(claim, headers={"Idempotency-Key": "two"})
    assert "order-88" not in repeated.text


def test_a_purged_transcript_says_since_when(api_state: State, platform: httpx.Client) -> None:
    """Its grade stays to be read, but nobody can be asked any more to judge it."""
    platform.post("/v1/conversations", json=api_stage.body(chat("c-1")))
    at = now().replace(microsecond=0) + timedelta(days=2)
    with api_state.database.write() as session:
        days = {"recording_days": None, "transcript_days": 1, "grade_days": None}
        retention.set_rule(session, "chat", **days, changed_by=None)
        retention.purge(session, at=at)
    kept = platform.get("/v1/conversations/c-1").json()
    assert (kept["status"], datetime.fromisoformat(kept["removed_at"])) == ("removed", at)
    assert platform.get("/v1/conversations/c-1/grade").status_code == 200
    for what, said in (("reviews", {"reason": "Look."}), ("appeals", {"grounds": "I did."})):
        assert platform.post(f"/v1/conversations/c-1/{what}", json=said).status_code == 409


def test_an_administrator_erases_with_every_platform(
    api_state: State, api_address: str, platform: httpx.Client
) -> None:
    """Whoever sees everything erases everywhere; a supervisor may not."""
    platform.post("/v1/conversations", json=api_stage.body(chat("c-1", customer="u-1")))
    with api_stage.client(api_state, api_address, name="other") as other:
        other.post("/v1/conversations", json=api_stage.body(chat("c-1", customer="u-1")))
    with api_stage.client(api_state, api_address, role="supervisor") as supervisor:
        assert supervisor.post("/v1/erasures", json={"customer_id": "u-1"}).status_code == 403
    with api_stage.client(api_state, api_address, role="administrator") as administrator:
        erased = administrator.post("/v1/erasures", json={"customer_id": "u-1"})
        assert erased.json()["conversations"] == 2


def test_nobody_in_particular_is_not_erased(platform: httpx.Client) -> None:
    """Conversations without a customer are not found by leaving the id out."""
    platform.post("/v1/conversations", json=api_stage.body(chat("c-1", customer=None)))
    for body in ({}, {"customer_id": ""}, {"customer_id": None}, {"customer": "u"}, []):
        assert platform.post("/v1/erasures", json=body).status_code == 422
    assert platform.get("/v1/conversations/c-1").json()["status"] == "graded"


def test_retention_is_set_by_channel(api_state: State, api_address: str, platform: httpx.Client) -> None:
    """A rule replaces the one before, tells who set it, and is in the audit log."""
    assert platform.get("/v1/retention").status_code == 403
    with api_stage.client(api_state, api_address, role="administrator") as administrator:
        assert administrator.get("/v1/retention").json() == {"rules": []}
        rule = {"channel": "call", "recording_days": 90, "transcript_days": 730, "grade_days": None}
        assert (
            administrator.put("/v1/retention", json={"channel": "call", "grade_days": 3}).status_code == 200
        )
        answer = administrator.put("/v1/retention", json=rule)
        assert answer.status_code == 200
        (kept,) = administrator.get("/v1/retention").json()["rules"]
        assert kept == answer.json()
        assert kept.items() >= rule.items()
        assert kept["changed_by"].startswith("key:")
        for wrong in ({"channel": "fax"}, {"channel": "call", "recording_days": -1}, {}, {**rule, "more": 1}):
            assert administrator.put("/v1/retention", json=wrong).status_code == 422
    with api_state.database.read() as session:
        row = audit.listed(session, object_kind="retention").items[0]
    assert (row.action, row.object_id, row.details) == ("change", "call", rule)
