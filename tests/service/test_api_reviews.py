"""The review queue over HTTP: listed, claimed, judged."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import api_stage
import httpx
import pytest
from loop_stage import PLAIN, RUDE, WELL, claimed, fill, person, waiting
from sqlalchemy import select

from service.api.state import State
from service.database import Database, audit
from service.database.tables import EventRow


@pytest.fixture
def reviewer(api_lite: tuple[State, str]) -> Iterator[httpx.Client]:
    """A platform's reviewer key; two chats wait: a rude one, and a good one."""
    state, address = api_lite
    fill(state, address, RUDE, WELL)
    with api_stage.client(state, address, role="reviewer", name="console") as client:
        yield client


@pytest.fixture
def rude(api_shared: tuple[State, str]) -> Iterator[tuple[httpx.Client, str]]:
    """A reviewer's key, and the review of a rude chat of this test's own that it has claimed."""
    state, address = api_shared
    (uid,) = fill(state, address, RUDE, name=uuid4().hex)
    with api_stage.client(state, address, role="reviewer", name="console") as client:
        yield client, claimed(client, uid)


def _verdict(client: httpx.Client, review: str, **said: Any) -> httpx.Response:
    return client.post(f"/v1/reviews/{review}/verdict", json=said)


def test_the_queue_has_the_urgent_first_with_all_that_is_needed_to_choose(
    api_state: State, api_address: str
) -> None:
    """Fatal hits first; each item tells conversation, grade, reasons; filters and pages work as elsewhere."""
    uids = fill(api_state, api_address, PLAIN, WELL, RUDE)
    with api_stage.client(api_state, api_address, role="reviewer") as client:
        items = waiting(client)
        assert [item["uid"] for item in items] == [uids[2], uids[0], uids[1]]
        first = items[0]
        assert first["kind"] == "triage"
        assert "fatal:rude" in first["reasons"]
        assert (first["conversation"]["id"], first["grade"]["score"]) == ("c-2", 0.0)
        assert first["claimed_by"] is None
        assert [item["uid"] for item in waiting(client, criterion="empathy", criterion_state="met")] == [
            uids[1]
        ]
        assert waiting(client, state="done") == []
        page = client.get("/v1/reviews", params={"limit": "2"}).json()
        rest = client.get("/v1/reviews", params={"limit": "2", "cursor": page["next"]}).json()
        assert [item["uid"] for item in page["items"] + rest["items"]] == [uids[2], uids[0], uids[1]]


def test_a_review_shows_everything_and_that_is_in_the_audit_log(api_state: State, api_address: str) -> None:
    """The conversation and the grade in full, redacted; reading is written down."""
    fill(api_state, api_address, RUDE)
    with api_stage.client(api_state, api_address, role="reviewer") as client:
        (item,) = waiting(client)
        view = client.get(f"/v1/reviews/{item['id']}").json()
    assert "[PHONE]" in view["conversation"]["turns"][0]["text"]
    assert view["grade"]["criteria"][0]["reason"]
    assert (view["earlier"], view["verdicts"], view["appeal"]) == ([], [], None)
    with api_state.database.read() as session:
        row = audit.listed(session).items[0]
        assert (row.action, row.object_kind, row.object_id) == ("read", "review", item["id"])


def test_the_next_of_a_kind(reviewer: httpx.Client) -> None:
    """Of the kind that is asked for, although more urgent ones of another wait; 204 where none of it does."""
    asked = reviewer.post("/v1/conversations/c-1/reviews", json={"reason": "Look again."}).json()["id"]
    given = reviewer.post("/v1/reviews/next", params={"kind": "requested"})
    assert (given.status_code, given.json()["id"]) == (200, asked)
    assert reviewer.post("/v1/reviews/next", params={"kind": "requested"}).status_code == 204
    assert reviewer.post("/v1/reviews/next", params={"kind": "complaint"}).status_code == 422


def test_json_that_is_not_said_to_be_json_is_refused_with_the_remedy(reviewer: httpx.Client) -> None:
    """As ``curl -d`` sends it by itself; where the header is right, the remedy is another one."""
    review = claimed(reviewer, waiting(reviewer)[0]["uid"])
    path = f"/v1/reviews/{review}/verdict"
    for kind in ("application/x-www-form-urlencoded", "text/plain; charset=utf-8"):
        answer = reviewer.post(path, content="{}", headers={"Content-Type": kind})
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["remedy"] == "Send it with Content-Type: application/json."
        assert "Send it with Content-Type: application/json." in answer.json()["detail"]
    for kind in ("application/json; charset=utf-8", "application/merge-patch+json"):
        answer = reviewer.post(path, content="[]", headers={"Content-Type": kind})
        assert answer.json()["problems"][0]["remedy"] == "See /docs for what belongs there."


def test_a_review_names_the_labels_that_a_verdict_may_take(rude: tuple[httpx.Client, str]) -> None:
    """Each is taken of a turn of its speaker, with the last of its values."""
    client, review = rude
    view = client.get(f"/v1/reviews/{review}").json()
    said = [
        {"turn": index, "label": label, "value": values[-1]}
        for index, turn in enumerate(view["conversation"]["turns"])
        for label, values in view["labels"][turn["speaker"]].items()
    ]
    assert {"emotion", "resolved", "follow_up", "violation:rude"} < {one["label"] for one in said}
    answer = _verdict(client, review, labels=said)
    assert answer.status_code == 200, answer.text


def test_those_who_claim_at_once_never_hold_the_same_item(api_state: State, api_address: str) -> None:
    """Each gets another one from /next, the rest 204; of many who claim one item by its id, one gets it."""
    fill(api_state, api_address, PLAIN, RUDE, WELL)
    clients = [api_stage.client(api_state, api_address, role="reviewer") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda client: client.post("/v1/reviews/next"), clients))
    taken = [answer.json()["id"] for answer in answers if answer.status_code == 200]
    assert len(taken) == len(set(taken)) == 3
    assert [a.content for a in answers if a.status_code == 204] == [b""] * 3
    for client, answer in zip(clients, answers, strict=True):
        if answer.status_code == 200:
            assert client.post(f"/v1/reviews/{answer.json()['id']}/release").json()["state"] == "waiting"
    with ThreadPoolExecutor(6) as pool:
        statuses = pool.map(lambda c: c.post(f"/v1/reviews/{taken[0]}/claim").status_code, clients)
        assert sorted(statuses) == [200] + [409] * 5
    for client in clients:
        client.close()


def test_a_claim_runs_out_and_the_verdict_after_it_is_refused(database: Database, tmp_path: Path) -> None:
    """Renewing keeps it; once it is over somebody else gets the item, and the first one's verdict comes too late."""
    state = api_stage.state_of(database, tmp_path / "data", review_claim=timedelta(seconds=0.5))
    with api_stage.serving(state) as address:
        (uid,) = fill(state, address, RUDE)
        with (
            api_stage.client(state, address, role="reviewer") as ann,
            api_stage.client(state, address, role="reviewer") as bob,
        ):
            item = claimed(ann, uid)
            renewed_at = time.monotonic()
            ann.post(f"/v1/reviews/{item}/claim")
            while bob.post(f"/v1/reviews/{item}/claim").status_code == 409:
                assert time.monotonic() - renewed_at < 20
            assert time.monotonic() - renewed_at >= 0.4
            late = _verdict(ann, item)
            assert late.status_code == 409
            assert "Claim it again" in late.json()["detail"]
            assert ann.post(f"/v1/reviews/{item}/release").status_code == 409
            bob.post(f"/v1/reviews/{item}/claim")
            assert _verdict(bob, item).status_code == 200
            assert bob.post(f"/v1/reviews/{item}/claim").status_code == 409


def test_of_two_verdicts_at_once_one_is_taken(api_state: State, api_address: str) -> None:
    """The second finds the review done."""
    (uid,) = fill(api_state, api_address, RUDE)
    with api_stage.client(api_state, api_address, role="reviewer") as client:
        item = claimed(client, uid)
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda _: _verdict(client, item).status_code, range(4)))
        assert sorted(statuses) == [200, 409, 409, 409]
        same = {"headers": {"Idempotency-Key": "k"}, "json": {"reason": "Please look again."}}
        first, again = (client.post(f"/v1/conversations/{uid}/reviews", **same) for _ in range(2))
        assert (first.status_code, first.content) == (201, again.content)


def test_a_verdict_stands_beside_the_machines_word(api_state: State, api_address: str) -> None:
    """What the machine said, what follows from the correction, who said it; comments are redacted."""
    (uid,) = fill(api_state, api_address, RUDE)
    with api_stage.client(api_state, api_address, role="reviewer") as client:
        item = claimed(client, uid)
        done = _verdict(
            client,
            item,
            criteria=[
                {
                    "id": "compliance",
                    "state": "met",
                    "comment": "He said so to himself, call 13912345678.",
                    "evidence": [{"turn": 1, "start": 1, "end": 4}],
                }
            ],
            labels=[{"turn": 1, "label": "violation:rude", "value": "no"}],
            comment="Ask Ann at ann@example.com.",
        )
        assert done.status_code == 200, done.text
        view = done.json()
        assert (view["state"], view["outcome"]) == ("done", "corrected")
        # Attitude 10/20 at 30, solving 5/45 at 40, conduct 20/20 at 20; the process left.
        assert view["final_score"] == pytest.approx(100 * (30 * 0.5 + 40 / 9 + 20) / 90, abs=0.01)
        assert view["final_passed"] is False
        assert view["comment"] == "Ask Ann at [EMAIL]."
        criterion, label = view["verdicts"]
        assert (criterion["machine"], criterion["value"], criterion["points"]) == ("not_met", "met", 20.0)
        assert "[PHONE]" in criterion["comment"]
        assert criterion["evidence"] == [{"turn": 1, "start": 1, "end": 4, "quote": "烦死了"}]
        assert (label["machine"], label["value"]) == ("yes", "no")
        assert criterion["by"].startswith("key:")
        assert client.get(f"/v1/conversations/{uid}/reviews").json()["items"] == [view]
        assert client.get(f"/v1/conversations/{uid}/grade").json()["score"] == 0.0
        second = client.post(f"/v1/conversations/{uid}/reviews", json={"reason": "Once more."}).json()["id"]
        client.post(f"/v1/reviews/{second}/claim")
        assert [one["id"] for one in client.get(f"/v1/reviews/{second}").json()["earlier"]] == [item]
        # What was corrected before stands.
        assert _verdict(client, second).json()["final_score"] == view["final_score"]
    with api_state.database.read() as session:
        assert audit.verify(session).broken_at is None
        actions = [row.action for row in audit.listed(session, object_kind="grade").items]
    assert actions.count("review") == 2


def _failed(client: httpx.Client, path: str) -> list[str]:
    items = client.get(path, params={"passed": "false"}).json()["items"]
    return [item["uid"] for item in items]


def test_lists_say_what_stands_after_review(api_state: State, api_address: str) -> None:
    """Score, result and states after review stand beside the machine's, and the filters ask for them."""
    (uid,) = fill(api_state, api_address, RUDE)
    with api_stage.client(api_state, api_address, role="reviewer", name="console") as client:
        review = claimed(client, uid)
        before = client.get(f"/v1/reviews/{review}").json()["summary"]
        assert (before["final_score"], before["final_passed"], before["review_outcome"]) == (0.0, False, None)
        assert all(one["final_state"] == one["state"] for one in before["criteria"])
        states = [{"id": one["id"], "state": "met"} for one in before["criteria"]]
        assert _verdict(client, review, criteria=states).status_code == 200
        after = client.get(f"/v1/reviews/{review}").json()["summary"]
        assert (after["score"], after["passed"]) == (0.0, False)
        assert (after["final_score"], after["final_passed"], after["review_outcome"]) == (
            100.0,
            True,
            "corrected",
        )
        assert {one["final_state"] for one in after["criteria"]} == {"met"}
        assert client.get("/v1/grades").json()["items"] == [after]
        (listed,) = client.get("/v1/conversations").json()["items"]
        assert (listed["score"], listed["final_score"], listed["final_passed"]) == (0.0, 100.0, True)
        for path in ("/v1/grades", "/v1/conversations"):
            assert _failed(client, path) == []


@pytest.mark.parametrize(
    ("said", "outcome", "score"),
    [
        ({}, "confirmed", 0.0),
        ({"outcome": "confirmed"}, "confirmed", 0.0),
        ({"criteria": [{"id": "compliance", "state": "not_met"}]}, "confirmed", 0.0),
        ({"labels": [{"turn": 1, "label": "violation:rude", "value": "yes"}]}, "confirmed", 0.0),
        ({"labels": [{"turn": 1, "label": "empathy", "value": "1"}]}, "corrected", 0.0),
        ({"criteria": [{"id": "compliance", "state": "not_met", "fatal": False}]}, "corrected", 21.6),
        ({"outcome": "corrected", "criteria": [{"id": "empathy", "state": "met"}]}, "corrected", 0.0),
        ({"criteria": [{"id": "timeliness", "state": "met"}]}, "corrected", 0.0),
    ],
)
def test_the_outcome_and_the_score_follow_from_the_verdicts(
    rude: tuple[httpx.Client, str], said: dict[str, Any], outcome: str, score: float
) -> None:
    """Saying what the machine said confirms it; anything else corrects it, and fatal faults stay until taken back."""
    done = _verdict(*rude, **said).json()
    assert (done["outcome"], done["final_score"]) == (outcome, pytest.approx(score, abs=0.01))


_SPAN = {"turn": 1, "start": 0, "end": 5}


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"criteria": [{"id": "charm", "state": "met"}]}, "criteria[0].id"),
        ({"criteria": [{"id": "empathy", "state": "met"}] * 2}, "criteria"),
        ({"criteria": [{"id": "empathy", "state": "splendid"}]}, "criteria.0.state"),
        ({"criteria": [{"id": "empathy", "state": "not_met", "fatal": True}]}, "criteria[0].fatal"),
        ({"criteria": [{"id": "compliance", "state": "met", "fatal": True}]}, "criteria[0].fatal"),
        (
            {"criteria": [{"id": "empathy", "state": "met", "evidence": [_SPAN | {"turn": 2}]}]},
            "criteria[0].evidence[0].turn",
        ),
        (
            {"criteria": [{"id": "empathy", "state": "met", "evidence": [_SPAN, _SPAN | {"end": 6}]}]},
            "criteria[0].evidence[1]",
        ),
        (
            {"criteria": [{"id": "empathy", "state": "met", "evidence": [_SPAN | {"end": 0}]}]},
            "criteria[0].evidence[0]",
        ),
        (
            {"criteria": [{"id": "empathy", "state": "met", "evidence": [_SPAN | {"quote": "else"}]}]},
            "criteria[0].evidence[0].quote",
        ),
        ({"labels": [{"turn": 7, "label": "empathy", "value": "2"}]}, "labels[0].turn"),
        ({"labels": [{"turn": 10**30, "label": "empathy", "value": "2"}]}, "labels[0].turn"),
        ({"labels": [{"turn": 0, "label": "empathy", "value": "2"}]}, "labels[0].label"),
        ({"labels": [{"turn": 1, "label": "violation:theft", "value": "yes"}]}, "labels[0].label"),
        ({"labels": [{"turn": 1, "label": "empathy", "value": "3"}]}, "labels[0].value"),
        ({"labels": [{"turn": 0, "label": "emotion", "value": "2"}]}, "labels[0].value"),
        ({"labels": [{"turn": 1, "label": "empathy", "value": "2"}] * 2}, "labels"),
        ({"outcome": "corrected"}, "outcome"),
        ({"outcome": "confirmed", "criteria": [{"id": "empathy", "state": "met"}]}, "outcome"),
        ({"comment": ""}, "comment"),
        ({"score": 100}, "score"),
    ],
)
def test_a_verdict_that_does_not_fit_is_refused_with_the_place(
    rude: tuple[httpx.Client, str], said: dict[str, Any], place: str
) -> None:
    """422 names each place and what belongs there; the claim stays, so that the mended verdict is taken."""
    refused = _verdict(*rude, **said)
    assert refused.status_code == 422, refused.text
    (problem,) = refused.json()["problems"]
    assert problem["place"] == place
    assert problem["problem"].endswith(".")
    assert problem["remedy"].endswith(".")
    assert _verdict(*rude).status_code == 200


def test_nobody_sees_or_works_what_is_not_theirs(api_lite: tuple[State, str]) -> None:
    """People work their teams' items, platforms their own; others look as if they were not there."""
    state, address = api_lite
    (uid,) = fill(state, address, RUDE)
    with api_stage.client(state, address) as platform:
        item = waiting(platform)[0]["id"]
    others: list[httpx.Client] = [api_stage.client(state, address, name="other")]
    with person(state, address, "zoe", teams=("sales",)) as stranger, person(state, address, "ann") as ann:
        for other in (*others, stranger):
            assert waiting(other) == []
            assert other.get(f"/v1/reviews/{item}").status_code == 404
            assert other.post("/v1/reviews/next").status_code == 204
            for action in ("claim", "release"):
                assert other.post(f"/v1/reviews/{item}/{action}").status_code == 404
            assert _verdict(other, item).status_code == 404
            assert other.get(f"/v1/conversations/{uid}/reviews").status_code == 404
            assert other.post(f"/v1/conversations/{uid}/reviews", json={"reason": "x"}).status_code == 404
        assert claimed(ann, uid) == item
        assert _verdict(ann, item).json()["done_by"].startswith("user:")
    others[0].close()
    with person(state, address, "amy", "agent", agent_id="a-1") as agent:
        assert agent.get("/v1/reviews").status_code == 403
        assert agent.post("/v1/reviews/next").status_code == 403
        own = agent.get(f"/v1/conversations/{uid}/reviews").json()["items"]
        assert [one["outcome"] for one in own] == ["confirmed"]


def test_a_person_may_ask_for_a_review(api_lite: tuple[State, str], reviewer: httpx.Client) -> None:
    """It waits before doubts, and subscribers hear of it once; asking again gives the one that waits."""
    uid = waiting(reviewer)[1]["uid"]
    asked = reviewer.post(f"/v1/conversations/{uid}/reviews", json={"reason": "Call 13912345678 about it."})
    assert asked.status_code == 201
    assert asked.json()["request"] == "Call [PHONE] about it."
    again = reviewer.post(f"/v1/conversations/{uid}/reviews", json={"reason": "Again."})
    assert (again.status_code, again.json()["id"]) == (200, asked.json()["id"])
    assert [item["kind"] for item in waiting(reviewer)] == ["triage", "requested", "triage"]
    assert reviewer.get(asked.headers["Location"]).json()["request"] == "Call [PHONE] about it."
    with api_lite[0].database.read() as session:
        told = session.scalars(select(EventRow.body).where(EventRow.type == "review.needed")).all()
    assert [asked.json()["id"] in body for body in told] == [False, False, True]
