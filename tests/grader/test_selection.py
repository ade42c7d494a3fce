"""What to review next: the most doubtful first, but not all of one kind."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.conversation import Conversation
from grader.grade import CriterionGrade, Grade, ModelNames, ScorecardName, Triage
from grader.selection import Candidate, candidate, select
from grader.timing import measure


def one(number: int, doubt: float, *, criterion: str = "script", queue: str | None = None) -> Candidate:
    """Make a candidate with one doubtful criterion."""
    return Candidate(id=f"c-{number}", doubts={criterion: doubt}, label_doubt=0.1, queue=queue)


def test_doubt_is_what_may_be_wrong() -> None:
    """Criteria count by the likeliest state's risk, turns by the labels expected wrong; nuggets and unjudged do not."""
    criteria = [
        ("empathy", 0.9, None),
        ("script", 0.4, 0.75),
        ("closing", None, None),
        ("follow_up", None, 0.2),
    ]
    grade = Grade(
        conversation_id="c-1",
        scorecard=ScorecardName(name="any", version=1),
        models=ModelNames(turns="turns-1"),
        score=50,
        passed=True,
        criteria=tuple(
            CriterionGrade(
                id=name, state="met", probability=p, applicability=a, points=0, max_points=1, reason=""
            )
            for name, p, a in criteria
        ),
        turns=(
            {},
            {"empathy": {"0": 0.7, "1": 0.2, "2": 0.1}, "violation": {"rude": 0.1, "blame": 0.8}},
            {"escalation": 0.25, "nugget": {"CNUG": 0.5, "CNaN": 0.5}},
        ),
        outcome={},
        timing=measure(Conversation(id="c-1")),
        triage=Triage(decision="auto"),
    )
    found = candidate(grade, queue="returns")
    assert found.doubts == pytest.approx({"empathy": 0.1, "script": 1 - 0.75 * 0.6, "follow_up": 0.2})
    assert found.label_doubt == pytest.approx(((0.3 + 0.1 + 0.2) + 0.25) / 2)
    assert found.worth == pytest.approx(0.1 + 0.55 + 0.2 + 0.425)
    assert (found.most_doubtful, found.queue) == ("script", "returns")


def test_no_queue_and_no_criterion_takes_everything() -> None:
    """Of one queue or one doubtful criterion come half at most, while there is something else; then the best follow."""
    first = [one(number, 0.4, queue="a", criterion=str(number)) for number in range(10)]
    others = [one(number, 0.2, queue="b", criterion=str(number)) for number in range(10, 13)]
    assert [c.queue for c in select(first + others, 6)] == ["a"] * 3 + ["b"] * 3
    assert [c.queue for c in select(first + others[:1], 6)] == ["a"] * 3 + ["b"] + ["a"] * 2
    alike = [one(number, 0.4) for number in range(5)] + [one(9, 0.1, criterion="empathy")]
    assert [c.most_doubtful for c in select(alike, 2)] == ["script", "empathy"]


@given(st.lists(st.floats(0, 0.5), max_size=30), st.integers(1, 20), st.sampled_from([0.3, 0.5, 1.0]))
def test_the_budget_is_used_and_never_exceeded(doubts: list[float], budget: int, most: float) -> None:
    """As many as the budget allows, none twice; without a cap the most doubtful in order."""
    pool = [one(number, doubt) for number, doubt in enumerate(doubts)]
    chosen = select(pool, budget, most_alike=most)
    assert len(chosen) == len({c.id for c in chosen}) == min(budget, len(pool))
    if most == 1.0:
        assert all(a.worth >= b.worth for a, b in pairwise(chosen))
