"""Appeals over HTTP: raised by agents, decided by those who are impartial."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import api_stage
import httpx
import pytest
from loop_stage import PLAIN, WELL, claimed, fill, person, waiting
from sqlalchemy import update

from service.api.state import State
from service.database import Database, audit
from service.database.tables import GradeRow
from service.database.types import now
from service.roles import Role

GROUNDS = {"grounds": "I did greet.", "criteria": ["empathy"]}


class Floor:
    """A call-centre: those who work there, a chat of the agent ``a-1``, and another."""

    def __init__(self, state: State, address: str, people: ExitStack) -> None:
        self.state = state
        self._address = address
        self._people = people
        self.name = uuid4().hex
        self.uid, _ = fill(state, address, PLAIN, WELL, name=self.name)
        self.reviewer = self._key("reviewer")
        self.supervisor = self._key("supervisor")
        self.judge = self._key("supervisor")

    def _key(self, role: Role) -> httpx.Client:
        return self._people.enter_context(api_stage.client(self.state, self._address, role=role))

    @cached_property
    def agent(self) -> httpx.Client:
        """Whose chats they are."""
        return self._people.enter_context(person(self.state, self._address, "amy", "agent", agent_id="a-1"))

    @cached_property
    def stranger(self) -> httpx.Client:
        """Another agent of the team."""
        return self._people.enter_context(person(self.state, self._address, "tom", "agent", agent_id="a-2"))

    def appeal(self, **said: Any) -> httpx.Response:
        """Let the agent appeal."""
        return self.appeal_by(self.agent, **said)

    def appeal_by(self, who: httpx.Client, **said: Any) -> httpx.Response:
        """Let somebody appeal."""
        return who.post(f"/v1/conversations/{self.uid}/appeals", json=GROUNDS | said)


@pytest.fixture
def floor(api_state: State, api_address: str) -> Iterator[Floor]:
    """The call-centre on each kind of database in turn."""
    with ExitStack() as people:
        yield Floor(api_state, api_address, people)


def test_an_appeal_is_raised_by_the_agent_and_decided_by_a_judge(floor: Floor) -> None:
    """It comes before doubts in the queue; the judge's verdicts give the final score; everything is audited."""
    raised = floor.appeal(grounds="Call me at 13912345678.")
    assert raised.status_code == 201, raised.text
    appeal = floor.agent.get(raised.headers["Location"]).json()
    assert (appeal["state"], appeal["grounds"], appeal["agent"]) == ("open", "Call me at [PHONE].", "a-1")
    first = waiting(floor.judge)[0]
    assert (first["kind"], first["id"]) == ("appeal", appeal["review_id"])
    decided = floor.judge.post(
        f"/v1/appeals/{appeal['id']}/adjudicate",
        json={
            "decision": "upheld",
            "reason": "It was there.",
            "criteria": [{"id": "empathy", "state": "met", "comment": "Turn 2."}],
        },
    )
    assert decided.status_code == 200, decided.text
    view = floor.agent.get(f"/v1/appeals/{appeal['id']}").json()
    assert view == decided.json()
    assert (view["state"], view["decision"]["reason"]) == ("upheld", "It was there.")
    # Attitude 20/20 at 30, solving 5/45 at 40, conduct at 20; the process left.
    assert view["review"]["final_score"] == pytest.approx(100 * (30 + 40 / 9 + 20) / 90, abs=0.01)
    assert [item["kind"] for item in waiting(floor.judge)] == ["triage", "triage"]
    for again in (
        floor.appeal(),
        floor.judge.post(
            f"/v1/appeals/{appeal['id']}/adjudicate", json={"decision": "rejected", "reason": "No."}
        ),
    ):
        assert again.status_code == 409
        assert "final" in again.json()["detail"]
    with floor.state.database.read() as session:
        assert audit.verify(session).broken_at is None
        actions = {(row.action, row.object_kind) for row in audit.listed(session, limit=500).items}
    assert {("appeal", "grade"), ("adjudicate", "appeal"), ("read", "appeal")} <= actions


def test_of_many_appeals_or_decisions_at_once_one_counts(floor: Floor) -> None:
    """However they race, one is taken and the others are told why not."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: floor.appeal(), range(4)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
        raised = next(answer for answer in answers if answer.status_code == 201).json()
        word = {"decision": "rejected", "reason": "It was not."}
        decide = f"/v1/appeals/{raised['id']}/adjudicate"
        both = [floor.judge, floor.supervisor]
        statuses = pool.map(lambda judge: judge.post(decide, json=word).status_code, both * 2)
        assert min(statuses) == 200
        assert floor.agent.get(f"/v1/appeals/{raised['id']}").json()["state"] == "rejected"
    reviews = floor.judge.get(f"/v1/conversations/{floor.uid}/reviews").json()["items"]
    assert [one["state"] for one in reviews if one["kind"] == "appeal"] == ["done"]


def test_only_the_impartial_decide(floor: Floor) -> None:
    """Neither who reviewed the grade nor who raised the appeal; reviewers and agents not at all."""
    review = claimed(floor.supervisor, floor.uid)
    assert floor.supervisor.post(f"/v1/reviews/{review}/verdict", json={}).status_code == 200
    appeal = floor.appeal().json()
    word = {"decision": "rejected", "reason": "It was not."}
    for who, status in ((floor.supervisor, 403), (floor.reviewer, 403), (floor.agent, 403)):
        assert who.post(f"/v1/appeals/{appeal['id']}/adjudicate", json=word).status_code == status
    for partial in (floor.supervisor, floor.reviewer):
        assert partial.post(f"/v1/reviews/{appeal['review_id']}/claim").status_code == 403
        given = partial.post("/v1/reviews/next").json()
        assert given["kind"] == "triage"
        partial.post(f"/v1/reviews/{given['id']}/release")
    held = floor.judge.post("/v1/reviews/next").json()
    assert held["id"] == appeal["review_id"]
    verdict = floor.judge.post(f"/v1/reviews/{held['id']}/verdict", json={})
    assert verdict.status_code == 409
    assert "/adjudicate" in verdict.json()["detail"]
    assert floor.judge.post(f"/v1/appeals/{appeal['id']}/adjudicate", json=word).status_code == 200


def test_who_raised_an_appeal_does_not_decide_it(floor: Floor) -> None:
    """Also where it is a supervisor; and somebody else's claim of the item is respected."""
    raised = floor.supervisor.post(f"/v1/conversations/{floor.uid}/appeals", json=GROUNDS).json()
    word = {"decision": "rejected", "reason": "It was not."}
    decide = f"/v1/appeals/{raised['id']}/adjudicate"
    assert floor.supervisor.post(decide, json=word).status_code == 403
    with api_stage.client(floor.state, str(floor.judge.base_url), role="administrator") as administrator:
        administrator.post(f"/v1/reviews/{raised['review_id']}/claim")
        refused = floor.judge.post(decide, json=word)
        assert refused.status_code == 409
        assert "Somebody else holds" in refused.json()["detail"]
        assert administrator.post(decide, json=word).status_code == 200


def test_agents_see_and_appeal_their_own_only(floor: Floor) -> None:
    """Another agent's conversation looks like none, and so does the appeal."""
    assert floor.stranger.post(f"/v1/conversations/{floor.uid}/appeals", json=GROUNDS).status_code == 404
    appeal = floor.appeal().json()
    assert floor.stranger.get(f"/v1/appeals/{appeal['id']}").status_code == 404
    assert floor.stranger.post(f"/v1/appeals/{appeal['id']}/withdraw").status_code == 404
    assert floor.stranger.get("/v1/appeals").json()["items"] == []
    for who in (floor.agent, floor.reviewer, floor.supervisor):
        assert [one["id"] for one in who.get("/v1/appeals", params={"state": "open"}).json()["items"]] == [
            appeal["id"]
        ]
    assert floor.agent.get("/v1/appeals", params={"state": "upheld"}).json()["items"] == []


def test_an_appeal_may_be_withdrawn_by_who_raised_it(floor: Floor) -> None:
    """Its item leaves the queue, and another appeal may be raised."""
    appeal = floor.appeal().json()
    assert floor.supervisor.post(f"/v1/appeals/{appeal['id']}/withdraw").status_code == 403
    withdrawn = floor.agent.post(f"/v1/appeals/{appeal['id']}/withdraw")
    assert withdrawn.json()["state"] == "withdrawn"
    assert [item["kind"] for item in waiting(floor.judge)] == ["triage", "triage"]
    assert floor.agent.post(f"/v1/appeals/{appeal['id']}/withdraw").status_code == 409
    assert floor.appeal().status_code == 201


@pytest.fixture
def lite_floor(api_shared: tuple[State, str]) -> Iterator[Floor]:
    """A call-centre of this test's own on SQLite alone."""
    with ExitStack() as people:
        yield Floor(*api_shared, people)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"criteria": ["charm"]}, "criteria[0]"),
        ({"grounds": ""}, "grounds"),
        ({"grounds": "x" * 10_001}, "grounds"),
        ({"tone": 1}, "tone"),
    ],
)
def test_an_appeal_that_does_not_fit_is_refused_with_the_place(
    lite_floor: Floor, said: dict[str, Any], place: str
) -> None:
    """422, and nothing is raised."""
    refused = lite_floor.appeal_by(lite_floor.supervisor, **said)
    assert refused.status_code == 422
    assert refused.json()["problems"][0]["place"] == place
    named = {"external_id": f"{lite_floor.name}-0"}
    assert lite_floor.supervisor.get("/v1/appeals", params=named).json()["items"] == []


@pytest.mark.parametrize(
    "word",
    [
        {"decision": "rejected", "criteria": [{"id": "empathy", "state": "met"}]},
        {"decision": "rejected", "labels": [{"turn": 1, "label": "empathy", "value": "2"}]},
        {"decision": "rejected", "labels": [{"turn": 9, "label": "empathy", "value": "2"}]},
        {"decision": "upheld", "criteria": [{"id": "charm", "state": "met"}]},
        {"decision": "withdrawn"},
        {"decision": "upheld", "reason": ""},
    ],
)
def test_a_decision_that_contradicts_itself_is_refused(lite_floor: Floor, word: dict[str, Any]) -> None:
    """422, and the appeal stays open."""
    appeal = lite_floor.appeal_by(lite_floor.supervisor).json()
    said = {"reason": "So it is."} | word
    assert lite_floor.judge.post(f"/v1/appeals/{appeal['id']}/adjudicate", json=said).status_code == 422
    assert lite_floor.supervisor.get(f"/v1/appeals/{appeal['id']}").json()["state"] == "open"


def test_after_the_days_for_it_an_appeal_comes_too_late(floor: Floor) -> None:
    """They are counted from the grade, and anew from a review of it."""
    long_ago = now() - timedelta(days=31)
    with floor.state.database.write() as session:
        session.execute(update(GradeRow).values(graded_at=long_ago))
    late = floor.appeal()
    assert late.status_code == 409
    assert "30 days" in late.json()["detail"]
    review = claimed(floor.reviewer, floor.uid)
    floor.reviewer.post(f"/v1/reviews/{review}/verdict", json={})
    assert floor.appeal().status_code == 201


def test_what_has_no_grade_cannot_be_appealed_against(database: Database, tmp_path: Path) -> None:
    """409 says so."""
    state = api_stage.state_of(database, tmp_path / "data", inline_turns=0)
    with api_stage.serving(state) as address, api_stage.client(state, address) as platform:
        sent = platform.post(
            "/v1/conversations", json={"id": "c-1", "turns": [{"speaker": "agent", "text": "您好"}]}
        )
        assert sent.status_code == 202
        for what, body in (("appeals", GROUNDS), ("reviews", {"reason": "Look."})):
            refused = platform.post(f"/v1/conversations/c-1/{what}", json=body)
            assert refused.status_code == 409
            assert "no grade" in refused.json()["detail"]
