"""Drift from the promise: noticed when it is there, hardly ever claimed when it is not, however often one looks."""

import math
from typing import Any

import numpy as np
import pytest
from sample_run import graded

from grader.drift import ALPHA, OVERALL, audited, capital, drift
from grader.proportion import exact_interval

PROMISE = 0.05


def records(error: float, count: int, *, seed: int) -> list[dict[str, bool]]:
    """Audit two criteria whose verdicts are wrong with probability ``error``, the second only now and then judged."""
    chance = np.random.default_rng(seed)
    return [
        {"script": bool(chance.random() < error)}
        | ({"compliance": bool(chance.random() < error)} if number % 2 else {})
        for number in range(count)
    ]


def test_a_kept_promise_is_hardly_ever_called_drift() -> None:
    """With the error exactly at the promise, looking after every one of 400 reviews, alarms stay below alpha."""
    alarms = [bool(drift(records(PROMISE, 400, seed=seed), promise=PROMISE).drifted) for seed in range(200)]
    # Alarms at the rate alpha would exceed 16 of 200 with probability .02.
    assert np.mean(alarms) <= ALPHA + 0.03


@pytest.mark.parametrize(("error", "within"), [(0.10, 0.6), (0.15, 0.95), (0.30, 1.0)])
def test_a_broken_promise_is_noticed(error: float, within: float) -> None:
    """Twice the promised error is mostly noticed within 400 audited conversations, more of it nearly always."""
    found = [drift(records(error, 400, seed=seed), promise=PROMISE).drifted for seed in range(40)]
    assert np.mean([bool(one) for one in found]) >= within


def test_it_says_when_and_where() -> None:
    """The criterion that went wrong is named with the moment; the others are not."""
    record = [{"script": False, "empathy": False} for _ in range(60)]
    record += [{"script": False, "empathy": number % 2 == 0} for number in range(60)]
    found = drift(record, promise=PROMISE)
    tests = {test.name: test for test in found.tests}
    assert list(tests) == [OVERALL, "script", "empathy"]
    assert "empathy" in found.drifted
    assert "script" not in found.drifted
    assert tests["empathy"].noticed_at is not None
    assert 60 < tests["empathy"].noticed_at < 90
    assert tests["empathy"].error == pytest.approx(0.25)
    assert tests["empathy"].needed == 3 / ALPHA


def test_the_bets_are_fair_under_the_promise() -> None:
    """The expected capital after one audited verdict is 1 where the error is the promise, less where it is smaller."""
    right, wrong = capital([0.0], PROMISE)[-1], capital([1.0], PROMISE)[-1]
    assert PROMISE * wrong + (1 - PROMISE) * right == pytest.approx(1)
    assert 0.01 * wrong + 0.99 * right < 1


def test_nothing_audited_is_no_drift() -> None:
    """Without reviews nothing is claimed, and it is told how many it takes."""
    found = drift([], promise=PROMISE)
    assert found.drifted == ()
    assert found.tests[0].audited == 0
    assert found.tests[0].would_notice > 45
    assert (found.tests[0].low, found.tests[0].high) == (0, 1)


def test_not_applicable_is_a_verdict_like_the_others() -> None:
    """It was given automatically, so it is audited; what a person could not decide, or the machine did not, says nothing."""
    _, grade = graded()[1]
    states: list[Any] = ["not_applicable", "met", "abstained", "not_met"]
    criteria = [
        criterion.model_copy(update={"state": state})
        for criterion, state in zip(grade.criteria, states, strict=False)
    ]
    given = grade.model_copy(update={"criteria": tuple(criteria)})
    first, second, third, fourth = (criterion.id for criterion in criteria)
    after: dict[str, Any] = {first: "met", third: "met", fourth: "abstained"}
    assert audited(given, ["random_sample"], after) == {first: True, second: False}
    assert audited(given, ["random_sample", "escalation"], after) is None


def test_a_long_bad_record_does_not_overflow() -> None:
    """Capital stays finite through thousands of wrong verdicts."""
    assert all(map(math.isfinite, capital([1.0] * 5000, PROMISE)))


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(0, 20, 0.0, 0.1684), (1, 20, 0.0013, 0.2487), (20, 20, 0.8316, 1.0), (0, 0, 0.0, 1.0)],
)
def test_exact_intervals(hits: int, cases: int, low: float, high: float) -> None:
    """Clopper and Pearson's limits, as tables of the binomial give them."""
    assert exact_interval(hits, cases) == pytest.approx((low, high), abs=1e-4)
