"""Re-grades over HTTP: begun, compared, adopted or discarded."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import api_stage
import httpx
import pytest
from loop_stage import PLAIN, RUDE, WELL, fill, person, waiting
from store_stage import NEXT, STANDING

from grader.scorecard.loading import SHIPPED
from service.api.state import State
from service.database import audit, claims, removal, workers
from service.database.tables import ConversationRow
from service.database.types import new_id, now
from service.jobs.bench import Bench
from service.jobs.runner import HANDLERS

SHIPPED_ZH = (Path(SHIPPED) / "service-zh.yaml").read_text(encoding="utf-8")


def lenient(client: httpx.Client) -> str:
    """Keep a version by which everything passes that has no fatal fault; gives its id."""
    yaml = SHIPPED_ZH.replace(f"version: {STANDING}", f"version: {NEXT}", 1).replace(
        "pass_score: 75", "pass_score: 5", 1
    )
    return str(client.post("/v1/scorecards", json={"yaml": yaml}).json()["id"])


def work(state: State) -> None:
    """Do every job that is queued, as a worker does."""
    bench = Bench(database=state.database, vault=state.vault, graders=state.graders)
    worker = new_id()
    with state.database.write() as session:
        workers.register(session, worker, lane="text", host="here", pid=1)
    while True:
        with state.database.write() as session:
            held = claims.claim(session, "text", worker_id=worker, limit=1, lease=timedelta(seconds=60))
        if not held:
            return
        HANDLERS[held[0].kind](bench, held)


def begin(client: httpx.Client, scorecard: str, **filters: Any) -> httpx.Response:
    """Ask for a re-grade."""
    return client.post("/v1/regrades", json={"scorecards": [scorecard], "filters": filters})


def scores(client: httpx.Client) -> dict[str, tuple[int, bool]]:
    """Give by conversation which version its grade is of, and whether it passed."""
    items = client.get("/v1/grades").json()["items"]
    return {item["conversation_id"]: (item["scorecard"]["version"], item["passed"]) for item in items}


def test_a_regrade_is_compared_before_it_is_adopted(api_state: State, api_address: str) -> None:
    """Nothing stands before it is adopted; the comparison says what changes, and where; then all stand."""
    uids = fill(api_state, api_address, PLAIN, WELL, RUDE)
    with api_stage.client(api_state, api_address, role="administrator") as client:
        card = lenient(client)
        begun = begin(client, card, external_id=["c-0", "c-2"])
        assert begun.status_code == 202, begun.text
        assert (begun.json()["state"], begun.json()["job"]["kind"]) == ("running", "regrade")
        path = begun.headers["Location"]
        assert client.post(f"{path}/adopt").status_code == 409
        work(api_state)
        ready = client.get(path).json()
        assert (ready["state"], ready["job"]["progress"]["done"]) == ("ready", 2)
        comparison = ready["comparison"]
        assert (comparison["conversations"], comparison["passed_changed"]) == (2, 1)
        assert (comparison["score_raised"], comparison["score_lowered"]) == (0, 0)
        assert comparison["mean_score_before"] == comparison["mean_score_after"] == pytest.approx(43.83 / 2)
        assert {
            "criterion": "empathy",
            "before": "not_met",
            "after": "not_met",
            "conversations": 2,
        } in comparison["criteria"]
        assert [(e["uid"], e["passed_before"], e["passed_after"]) for e in comparison["examples"]] == [
            (uids[0], False, True)
        ]
        assert scores(client) == {"c-0": (STANDING, False), "c-1": (STANDING, True), "c-2": (STANDING, False)}
        adopted = client.post(f"{path}/adopt").json()
        assert adopted["state"] == "adopted"
        assert scores(client) == {"c-0": (NEXT, True), "c-1": (STANDING, True), "c-2": (NEXT, False)}
        assert len(client.get("/v1/conversations/c-0/grades").json()["items"]) == 2
        for again in ("adopt", "discard"):
            assert client.post(f"{path}/{again}").status_code == 409
        assert [one["id"] for one in client.get("/v1/regrades").json()["items"]] == [adopted["id"]]
    with api_state.database.read() as session:
        rows = audit.listed(session, object_kind="regrade").items
    assert [(row.action, row.details) for row in rows] == [
        ("change", {"what": "adopted", "grades": 2}),
        ("create", {}),
    ]


def test_a_grade_whose_words_were_removed_meanwhile_stays(api_state: State, api_address: str) -> None:
    """It is not replaced, and nobody is asked to review what nobody can read."""
    gone, kept = fill(api_state, api_address, RUDE, RUDE)
    with api_stage.client(api_state, api_address, role="administrator") as client:
        path = begin(client, lenient(client)).headers["Location"]
        work(api_state)
        with api_state.database.write() as session:
            removal.blank(session, [session.get_one(ConversationRow, gone)], at=now())
        assert client.post(f"{path}/adopt").json()["state"] == "adopted"
        assert scores(client) == {"c-0": (STANDING, False), "c-1": (NEXT, False)}
        assert [item["uid"] for item in waiting(client)] == [kept]


@pytest.mark.parametrize("when", ["running", "ready"])
def test_what_is_discarded_changes_nothing(api_state: State, api_address: str, when: str) -> None:
    """Also while it runs: its job ends, and even a job that is retried brings it not back."""
    fill(api_state, api_address, PLAIN)
    with api_stage.client(api_state, api_address, role="administrator") as client:
        begun = begin(client, lenient(client)).json()
        if when == "ready":
            work(api_state)
        assert client.post(f"/v1/regrades/{begun['id']}/discard").json()["state"] == "discarded"
        if when == "running":
            assert client.get(f"/v1/jobs/{begun['job']['id']}").json()["state"] == "cancelled"
            assert client.post(f"/v1/jobs/{begun['job']['id']}/retry").status_code == 200
        work(api_state)
        assert client.get(f"/v1/jobs/{begun['job']['id']}").json()["state"] == "done"
        assert client.get(f"/v1/regrades/{begun['id']}").json()["state"] == "discarded"
        assert client.post(f"/v1/regrades/{begun['id']}/adopt").status_code == 409
        assert scores(client) == {"c-0": (STANDING, False)}


def test_a_supervisor_regrades_own_teams_only(api_lite: tuple[State, str]) -> None:
    """Whatever is asked for, what others see stays out; others' re-grades look as if they were not there."""
    state, address = api_lite
    fill(state, address, PLAIN)
    with api_stage.client(state, address, role="administrator") as administrator:
        card = lenient(administrator)
        foreign = begin(administrator, card).json()["id"]
        with (
            person(state, address, "sue", "supervisor", teams=("sales",)) as sue,
            person(state, address, "ned", "supervisor", teams=()) as ned,
        ):
            assert begin(ned, card).status_code == 422
            assert begin(sue, card, team=["returns"]).status_code == 422
            own = begin(sue, card, team=["returns", "sales"]).json()
            assert own["selection"]["teams"] == ["sales"]
            work(state)
            assert sue.get(f"/v1/regrades/{own['id']}").json()["comparison"]["conversations"] == 0
            assert sue.get(f"/v1/regrades/{foreign}").status_code == 404
            assert sue.post(f"/v1/regrades/{foreign}/adopt").status_code == 404
            assert [one["id"] for one in sue.get("/v1/regrades").json()["items"]] == [own["id"]]
            assert ned.get(f"/v1/regrades/{own['id']}").status_code == 404
        assert administrator.get(f"/v1/regrades/{own['id']}").status_code == 200
    with api_stage.client(state, address) as platform:
        assert platform.get("/v1/regrades").status_code == 403


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"scorecards": []}, "scorecards"),
        ({"scorecards": ["nothing"]}, "scorecards[0]"),
        ({"scorecards": ["CARD", "CARD"]}, "scorecards[1]"),
        ({"scorecards": ["CARD"], "filters": {"fax": 1}}, "filters.fax"),
        ({"scorecards": ["CARD"], "filters": {"since": "2026-01-01T00:00:00"}}, "filters.since"),
        ({"scorecards": ["CARD"], "filters": {"since": "0001-01-01T00:00:00+14:00"}}, "filters.since"),
        ({"scorecards": ["CARD"], "filters": {"scorecard_version": 10**22}}, "filters.scorecard_version"),
    ],
)
def test_what_cannot_be_regraded_is_refused_with_the_place(
    api_shared: tuple[State, str], body: dict[str, Any], place: str
) -> None:
    """422, and nothing is queued."""
    state, address = api_shared
    fill(state, address)
    with api_stage.client(state, address, role="administrator") as client:
        card = client.get("/v1/scorecards").json()["items"][0]["id"]
        said = body | {"scorecards": [card if one == "CARD" else one for one in body["scorecards"]]}
        refused = client.post("/v1/regrades", json=said)
        assert refused.status_code == 422
        assert refused.json()["problems"][0]["place"] == place
        assert client.get("/v1/jobs").json()["items"] == []
