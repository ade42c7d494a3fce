"""Scorecards over HTTP: kept, validated, activated, tried."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import api_stage
import httpx
import pytest
from loop_stage import RUDE, WELL, fill
from store_stage import NEXT, STANDING, chat

from grader.grade import Grade
from grader.scorecard.loading import SHIPPED
from service.api.state import State
from service.database import audit

SHIPPED_ZH = (Path(SHIPPED) / "service-zh.yaml").read_text(encoding="utf-8")


def version(number: int, text: str = SHIPPED_ZH) -> str:
    """Give another version of the shipped scorecard."""
    renumbered = text.replace(f"version: {STANDING}", f"version: {number}", 1)
    return renumbered.replace("pass_score: 75", "pass_score: 99", 1)


def send(client: httpx.Client, yaml: str, path: str = "") -> httpx.Response:
    """Send a scorecard as YAML."""
    return client.post(
        f"/v1/scorecards{path}", content=yaml.encode(), headers={"Content-Type": "application/yaml"}
    )


@pytest.fixture
def administrator(api_shared: tuple[State, str]) -> Any:
    """An administrator's key; the shipped scorecards are kept and active."""
    state, address = api_shared
    fill(state, address)
    with api_stage.client(state, address, role="administrator") as client:
        yield client


def test_a_version_is_kept_activated_and_applied(api_state: State, api_address: str) -> None:
    """From when on it is active, conversations are graded by it; both versions stay listed."""
    fill(api_state, api_address, WELL)
    with (
        api_stage.client(api_state, api_address, role="administrator") as administrator,
        api_stage.client(api_state, api_address) as platform,
    ):
        added = send(administrator, version(NEXT))
        assert added.status_code == 201, added.text
        card = administrator.get(added.headers["Location"]).json()
        assert (card["name"], card["version"], card["active"], card["active_from"]) == (
            "service-zh",
            NEXT,
            False,
            [],
        )
        assert card["yaml"] == version(NEXT)
        fatal = {one["id"]: (one["fatal"], one["fatal_for"]) for one in card["criteria"]}
        assert fatal["empathy"] == ("never", [])
        assert fatal["compliance"] == (
            "sometimes",
            ["misleading", "off_platform", "overpromise", "privacy", "rude"],
        )
        activated = administrator.post(f"/v1/scorecards/{card['id']}/activate").json()
        assert activated["active"] is True
        listed = administrator.get("/v1/scorecards", params={"name": "service-zh"}).json()["items"]
        assert [(one["version"], one["active"]) for one in listed] == [(NEXT, True), (STANDING, False)]
        grade: dict[str, Any] = {}
        for number in range(200):
            answer = platform.post("/v1/conversations", json=api_stage.body(chat(f"d-{number}")))
            grade = answer.json()
            if grade["scorecard"]["version"] == NEXT:
                break
        assert grade["scorecard"] == {"name": "service-zh", "version": NEXT}
    with api_state.database.read() as session:
        actions = [
            (row.action, row.object_id) for row in audit.listed(session, object_kind="scorecard").items
        ]
    assert actions == [("change", card["id"]), ("create", card["id"])]


def test_activations_never_go_backwards(api_state: State, api_address: str) -> None:
    """Not into the past, nor before another one; of several that race for the same time one wins."""
    fill(api_state, api_address)
    future = datetime.now(UTC) + timedelta(days=7)
    with api_stage.client(api_state, api_address, role="administrator") as administrator:
        ids = [send(administrator, version(number)).json()["id"] for number in (NEXT, NEXT + 1)]

        def activate(scorecard: str, at: datetime) -> int:
            said = {"from": at.isoformat()}
            return administrator.post(f"/v1/scorecards/{scorecard}/activate", json=said).status_code

        assert activate(ids[0], future - timedelta(days=8)) == 409
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda number: activate(ids[number % 2], future), range(4)))
        assert sorted(statuses) == [200, 409, 409, 409]
        assert activate(ids[0], future - timedelta(days=1)) == 409
        assert activate(ids[1], future + timedelta(days=1)) == 200
        naive = administrator.post(f"/v1/scorecards/{ids[0]}/activate", json={"from": "2030-01-01T00:00:00"})
        assert naive.status_code == 422


def test_the_same_text_is_kept_once_and_another_needs_another_version(
    api_state: State, api_address: str
) -> None:
    """Also where several send it at once."""
    fill(api_state, api_address)
    with api_stage.client(api_state, api_address, role="administrator") as administrator:
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: send(administrator, version(NEXT)), range(4)))
        assert {answer.status_code for answer in answers} <= {200, 201}
        assert len({answer.json()["id"] for answer in answers}) == 1
        other = send(administrator, version(NEXT) + "\n# changed\n")
        assert other.status_code == 409
        assert "Raise `version`" in other.json()["detail"]


@pytest.mark.parametrize("path", ["", "/validate"])
def test_everything_that_is_wrong_is_told_with_its_line(administrator: httpx.Client, path: str) -> None:
    """Reason and remedy of each; validating keeps nothing."""
    kept = administrator.get("/v1/scorecards").json()
    broken = (
        version(NEXT).replace("pass_score: 99", "pass_score: 999", 1).replace("    met: ", "    mat: ", 1)
    )
    answer = send(administrator, broken, path)
    assert answer.status_code == (200 if path else 422)
    problems = answer.json()["problems"]
    assert len(problems) >= 2
    for problem in problems:
        assert problem["place"].startswith("line ")
        assert problem["problem"].endswith(".")
        assert problem["remedy"].endswith((".", "?"))
    assert "/" not in problems[0]["source"]
    assert administrator.get("/v1/scorecards").json() == kept


def test_a_scorecard_may_come_in_json_too(administrator: httpx.Client) -> None:
    """The same checks, the same text."""
    valid = administrator.post("/v1/scorecards/validate", json={"yaml": version(7)}).json()
    assert (valid["valid"], valid["name"], valid["version"], valid["problems"]) == (True, "service-zh", 7, [])
    added = administrator.post("/v1/scorecards", json={"yaml": version(7)})
    assert administrator.get(added.headers["Location"]).json()["yaml"] == version(7)


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "application/yaml", 422),
        (b"\xff\xfe", "application/yaml", 400),
        (b"a: *b", "application/yaml", 422),
        (b"[" * 50_000, "application/yaml", 422),
        (b"\x00", "application/yaml", 422),
        (b"#" * 1_000_001, "application/yaml", 413),
        (b"{}", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"yaml": "\\ud800"}', "application/json", 422),
        (b'{"yaml": "' + b"#" * 1_000_001 + b'"}', "application/json", 413),
        (b"<card/>", "application/xml", 415),
    ],
)
def test_what_is_no_scorecard_is_refused(
    administrator: httpx.Client, content: bytes, kind: str, status: int
) -> None:
    """With a problem document that says what to send."""
    answer = administrator.post("/v1/scorecards", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"].endswith((".", "…"))


@pytest.mark.parametrize("how", ["sent", "kept"])
def test_trying_a_scorecard_shows_every_condition_and_keeps_nothing(
    api_lite: tuple[State, str], how: str
) -> None:
    """The grade that the service would give, and the hits it rests on, on a version that is not active."""
    state, address = api_lite
    fill(state, address, RUDE)
    with api_stage.client(state, address, role="administrator") as administrator:
        card = send(administrator, version(NEXT)).json()["id"]
        said = api_stage.body(chat("new", said=RUDE)) if how == "sent" else {"conversation_id": "c-0"}
        tried = administrator.post(f"/v1/scorecards/{card}/test", json=said)
        assert tried.status_code == 200, tried.text
        trial = tried.json()
        grade = Grade.model_validate(trial["grade"])
        assert grade.scorecard.version == NEXT
        assert (grade.score, "fatal:rude" in grade.triage.reasons) == (0.0, True)
        hits = {condition["name"]: condition["hits"] for condition in trial["conditions"]}
        assert (hits["says_rude"][0]["turn"], hits["says_rude"][0]["quote"]) == (1, "烦死")
        turns = trial["conversation"]["turns"]
        assert all(
            turns[hit["turn"]]["text"][hit["start"] : hit["end"]] == hit["quote"]
            for of_condition in hits.values()
            for hit in of_condition
        )
        assert trial["expressions"]["compliance"][0]["field"] == "failed"
        assert trial["uncalibrated"]["compliance"] == pytest.approx(0, abs=0.01)
        assert "13912345678" not in tried.text
        assert len(administrator.get("/v1/conversations").json()["items"]) == 1
        assert len(administrator.get("/v1/conversations/c-0/grades").json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"conversation_id": "nothing"}, 404),
        ({"id": "x"}, 422),
        ({"id": "x", "turns": []}, 422),
        ({"id": "x", "recording": "/etc/passwd"}, 422),
    ],
)
def test_what_cannot_be_tried_is_refused(administrator: httpx.Client, body: Any, status: int) -> None:
    """A recording is not opened, however it is named."""
    card = administrator.get("/v1/scorecards").json()["items"][0]["id"]
    assert administrator.post(f"/v1/scorecards/{card}/test", json=body).status_code == status
    assert administrator.post("/v1/scorecards/nothing/test", json=body).status_code == 404


def test_only_administrators_change_scorecards(api_lite: tuple[State, str]) -> None:
    """Others read and try them, on what they may see."""
    state, address = api_lite
    fill(state, address, WELL)
    with (
        api_stage.client(state, address, role="supervisor") as supervisor,
        api_stage.client(state, address, name="other") as other,
    ):
        card = supervisor.get("/v1/scorecards").json()["items"][0]["id"]
        assert supervisor.get(f"/v1/scorecards/{card}").status_code == 200
        assert send(supervisor, version(NEXT)).status_code == 403
        assert send(supervisor, version(NEXT), "/validate").json()["valid"] is True
        assert supervisor.post(f"/v1/scorecards/{card}/activate").status_code == 403
        kept = {"conversation_id": "c-0"}
        assert supervisor.post(f"/v1/scorecards/{card}/test", json=kept).status_code == 200
        assert other.post(f"/v1/scorecards/{card}/test", json=kept).status_code == 404
