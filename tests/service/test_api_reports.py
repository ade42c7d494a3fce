"""Reports over HTTP: figures by group and by week, of what stands after review."""

import csv
import io
from datetime import datetime
from typing import Any

import api_stage
import httpx
import loop_stage
import pytest
from loop_stage import PLAIN, RUDE, WELL
from store_stage import chat, graded

from grader.proportion import exact_interval
from service.api.state import State
from service.database import appeals, conversations, grades, results, reviews, verdicts
from service.database.types import now
from service.database.verdicts import Judgement, Verdict

MONDAY = "2026-11-16T09:00:00+08:00"
PERIOD = {"since": "2026-11-01T00:00:00+08:00", "until": "2026-12-01T00:00:00+08:00"}


def keep(
    state: State,
    name: str,
    *,
    said: str = WELL,
    team: str | None = "returns",
    agent: str = "a-1",
    at: str = MONDAY,
    only: str | None = None,
) -> str:
    """Keep a graded conversation; ``only`` is the one reason for which it is reviewed, empty for none. Gives its uid."""
    conversation = chat(name, said=said, team=team, agent=agent)
    conversation = conversation.model_copy(update={"started_at": datetime.fromisoformat(at)})
    with state.database.write() as session:
        result = graded(conversation)
        row = conversations.add(session, result.conversation, source="shop")
        results.store_first(session, row, result)
        if only is not None:
            grade = grades.current(session, row.id)
            assert grade is not None
            grade.decision, grade.reasons = ("auto", []) if only == "" else ("review", [only])
        return row.id


def judge(
    state: State, uid: str, *said: Verdict, score: float | None = None, passed: bool | None = None
) -> None:
    """Let a person review a conversation: confirmed without verdicts, else corrected."""
    with state.database.write() as session:
        grade = grades.current(session, uid)
        assert grade is not None
        review = reviews.enqueue(session, grade, reasons=grade.reasons, kind="requested")
        judgement = Judgement(
            verdicts=said,
            outcome="corrected" if said else "confirmed",
            final_score=score if said else grade.score,
            final_passed=passed if said else grade.passed,
        )
        verdicts.close(session, review, "user:u-9", judgement, at=now())


def report(client: httpx.Client, **query: Any) -> dict[str, Any]:
    """Ask for a report of November."""
    answer = client.get("/v1/reports", params=PERIOD | query)
    assert answer.status_code == 200, answer.text
    given: dict[str, Any] = answer.json()
    return given


def by_group(given: dict[str, Any]) -> dict[str | None, dict[str, Any]]:
    """Give the groups by name."""
    return {group["group"]: group for group in given["groups"]}


def counts(figures: dict[str, Any], *names: str) -> list[tuple[int, int]]:
    """Give shares as pairs of counts."""
    return [(figures[name]["count"], figures[name]["of"]) for name in names]


@pytest.mark.parametrize(
    ("by", "field"), [("team", "team"), ("agent", "agent"), ("channel", "channel"), ("queue", "queue")]
)
def test_the_figures_are_those_of_the_lists(
    api_state: State, platform: httpx.Client, by: str, field: str
) -> None:
    """Conversations, scores, results and criteria of each group, counted once more from the grades themselves."""
    for number, said in enumerate((WELL, PLAIN, RUDE, WELL)):
        keep(api_state, f"r-{number}", said=said)
    keep(api_state, "n-0", team="night", agent="a-2")
    keep(api_state, "x-0", said=PLAIN, team=None)
    keep(api_state, "old", at="2026-10-31T23:00:00+08:00")
    listed = platform.get("/v1/grades", params=PERIOD).json()["items"]
    groups = by_group(report(platform, by=by))
    assert set(groups) == {grade[field] for grade in listed}
    for name, figures in groups.items():
        own = [grade for grade in listed if grade[field] == name]
        assert figures["conversations"] == len(own)
        assert figures["mean_score"] == pytest.approx(sum(grade["score"] for grade in own) / len(own))
        assert counts(figures, "passed", "fatal", "automatic") == [
            (sum(grade["passed"] for grade in own), len(own)),
            (sum("fatal:rude" in grade["triage"]["reasons"] for grade in own), len(own)),
            (sum(grade["triage"]["decision"] == "auto" for grade in own), len(own)),
        ]
        for criterion in figures["criteria"]:
            states = [
                one["state"] for grade in own for one in grade["criteria"] if one["id"] == criterion["id"]
            ]
            met, missed = states.count("met"), states.count("not_met")
            assert (criterion["count"], criterion["of"]) == (met, met + missed)


def test_what_stands_after_review_counts(api_state: State, platform: httpx.Client) -> None:
    """A fatal fault that a person overruled is none; the audit tells of the automatic ones, appeals of their end."""
    rude = keep(api_state, "rude", said=RUDE, only="fatal:rude")
    judge(
        api_state,
        rude,
        Verdict(subject="criterion", criterion="compliance", value="met"),
        score=80.0,
        passed=True,
    )
    mild = keep(api_state, "mild", only="low_confidence:empathy")
    scolding = Verdict(subject="criterion", criterion="compliance", value="not_met", fatal=True)
    judge(api_state, mild, scolding, score=0.0, passed=False)
    judge(api_state, keep(api_state, "drawn-1", only="random_sample"))
    drawn = keep(api_state, "drawn-2", only="random_sample")
    judge(
        api_state,
        drawn,
        Verdict(subject="criterion", criterion="empathy", value="not_met"),
        score=50.0,
        passed=False,
    )
    keep(api_state, "drawn-3", only="random_sample")
    keep(api_state, "alone", only="")
    with api_state.database.write() as session:
        grade = grades.current(session, drawn)
        assert grade is not None
        appeal = appeals.raise_appeal(session, grade, raised_by="user:u-1", grounds="No.")
        appeal.state = "upheld"
    overall = report(platform)["overall"]
    assert counts(overall, "passed", "fatal", "automatic") == [(4, 6), (1, 6), (1, 6)]
    assert counts(overall, "reviewed", "corrected", "audit") == [(4, 6), (3, 4), (1, 2)]
    assert overall["appeals"] == {"open": 0, "upheld": 1, "partly_upheld": 0, "rejected": 0, "withdrawn": 0}
    compliance = next(one for one in overall["criteria"] if one["id"] == "compliance")
    assert (compliance["count"], compliance["of"]) == (5, 6)


def test_every_share_has_its_interval(api_state: State, platform: httpx.Client) -> None:
    """So that nobody is judged on three calls; where nothing can be said, no share is given."""
    for number in range(3):
        keep(api_state, f"c-{number}", only="")
    overall = report(platform)["overall"]
    low, high = exact_interval(3, 3)
    assert overall["automatic"] == {
        "count": 3,
        "of": 3,
        "share": 1.0,
        "low": pytest.approx(low),
        "high": high,
    }
    assert overall["audit"] == {"count": 0, "of": 0, "share": None, "low": 0.0, "high": 1.0}


@pytest.mark.parametrize(
    ("zone", "week"), [("+08:00", "2026-11-16"), ("+00:00", "2026-11-09"), ("-05:00", "2026-11-09")]
)
def test_weeks_begin_on_monday_where_the_reader_is(
    api_state: State, platform: httpx.Client, zone: str, week: str
) -> None:
    """In the zone of ``since``; a week without conversations is there as well."""
    keep(api_state, "early", at="2026-11-16T01:00:00+08:00")
    given = report(
        platform, by="week", since=f"2026-11-04T00:00:00{zone}", until=f"2026-11-25T00:00:00{zone}"
    )
    assert [group["group"] for group in given["groups"]] == [
        "2026-11-02",
        "2026-11-09",
        "2026-11-16",
        "2026-11-23",
    ]
    assert [group["group"] for group in given["groups"] if group["conversations"]] == [week]


def test_one_sees_what_one_may(api_state: State, api_address: str) -> None:
    """A supervisor's report is of own teams, a platform's of what it sent; reviewers and agents read none."""
    keep(api_state, "r-1")
    keep(api_state, "n-1", team="night")
    with loop_stage.person(api_state, api_address, "lea", "supervisor", teams=("night",)) as supervisor:
        assert list(by_group(report(supervisor))) == ["night"]
        assert list(by_group(report(supervisor, team="returns"))) == []
    with api_stage.client(api_state, api_address, name="another") as other:
        assert report(other)["overall"]["conversations"] == 0
    for login, role in (("rex", "reviewer"), ("ann", "agent")):
        with loop_stage.person(api_state, api_address, login, role, agent_id="a-1") as person:  # type: ignore[arg-type]
            assert person.get("/v1/reports").status_code == 403


def test_a_table_for_a_spreadsheet_says_the_same(api_state: State, platform: httpx.Client) -> None:
    """A row a group, with counts and bounds; a name that a spreadsheet would run is made harmless, and it is noted."""
    keep(api_state, "r-1")
    keep(api_state, "e-1", said=RUDE, team="=1+1")
    answer = platform.get("/v1/reports", params=PERIOD | {"format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["team"] for row in rows] == ["'=1+1", "returns"]
    for row, figures in zip(rows, report(platform)["groups"], strict=True):
        assert float(row["mean_score"]) == pytest.approx(figures["mean_score"])
        assert (int(row["fatal"]), int(row["fatal:of"])) == counts(figures, "fatal")[0]
        courtesy = next(one for one in figures["criteria"] if one["id"] == "courtesy")
        assert float(row["courtesy:high"]) == pytest.approx(courtesy["high"])
        assert row["appeals_open"] == "0"
    with api_stage.client(api_state, str(platform.base_url), role="administrator", name="root") as root:
        noted = root.get("/v1/audit", params={"action": "export"}).json()["items"]
    assert [(row["object_kind"], row["details"]["by"]) for row in noted] == [("report", "team")]


@pytest.mark.parametrize(
    ("period", "place"),
    [
        ({"since": "2025-01-01T00:00:00Z", "until": "2026-11-01T00:00:00Z"}, "since"),
        ({"since": "2026-11-02T00:00:00Z", "until": "2026-11-01T00:00:00Z"}, "since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since"),
        ({"until": "0001-01-02T00:00:00Z"}, "since"),
        ({"until": "9999-12-31T23:00:00-05:00"}, "until"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_period_that_is_none_is_refused(platform: httpx.Client, period: dict[str, str], place: str) -> None:
    """Longer than a year, or over before it begins, or outside of all calendars."""
    answer = platform.get("/v1/reports", params={"by": "week"} | period)
    assert answer.status_code == 422
    assert answer.json()["problems"][0]["place"] == place


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_period_it_is_the_last_30_days(api_state: State, platform: httpx.Client) -> None:
    """By the time of receipt where nobody said when it began."""
    keep(api_state, "old", at="2026-01-01T00:00:00Z")
    loop_stage.fill(api_state, str(platform.base_url), WELL)
    given = platform.get("/v1/reports").json()
    assert given["overall"]["conversations"] == 1
    assert (datetime.fromisoformat(given["until"]) - datetime.fromisoformat(given["since"])).days == 30
