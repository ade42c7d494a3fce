"""Review thresholds keep the promised error rate."""

import numpy as np
import pytest

from training.risk_control import answered_out_of_fold, choose_threshold, smallest_sample


def _sample(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    risks = rng.beta(0.5, 2.5, size)
    return risks, rng.random(size) < risks


def test_the_promise_is_broken_in_at_most_a_tenth_of_calibration_sets() -> None:
    """Over many calibration sets the true error rate of the chosen threshold exceeds 5 % in at most 10 % of them."""
    rng = np.random.default_rng(1)
    risks, wrong = _sample(rng, 400_000)
    order = np.argsort(risks)
    true_rate = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    broken = 0
    for _ in range(300):
        threshold = choose_threshold(*_sample(rng, 600))
        answered = int(np.searchsorted(risks[order], threshold.max_risk, side="right"))
        broken += answered > 0 and true_rate[answered - 1] > 0.05
    assert broken <= 0.10 * 300 + 3 * np.sqrt(300 * 0.1 * 0.9)


def test_more_is_answered_where_the_classifier_is_better() -> None:
    """The same promise leaves more to the machine where its risk estimates are lower and right."""
    rng = np.random.default_rng(2)
    poor = rng.uniform(0, 0.5, 2000)
    good = rng.uniform(0, 0.1, 2000)
    covered = [choose_threshold(r, rng.random(2000) < r).coverage for r in (poor, good)]
    assert covered[0] < covered[1]
    assert covered[1] > 0.7


def test_no_single_verdict_exceeds_the_most_risk() -> None:
    """Where faults are rare the average keeps any promise; the cap on single verdicts still holds."""
    risks = np.linspace(0, 0.4, 2000)
    threshold = choose_threshold(risks, np.zeros(2000, dtype=bool), most_risk=0.1)
    assert 0.08 < threshold.max_risk <= 0.1


@pytest.mark.parametrize("size", [0, 1, 44])
def test_too_few_verdicts_prove_nothing(size: int) -> None:
    """Below the smallest sample nothing is answered, however perfect it looks."""
    assert choose_threshold(np.zeros(size), np.zeros(size, dtype=bool)).coverage == 0


def test_candidates_too_few_to_prove_anything_do_not_end_the_search() -> None:
    """The surest handful of a set without errors is passed over, not taken for a promise that is broken."""
    assert choose_threshold(np.linspace(0, 0.2, 300), np.zeros(300, dtype=bool)).coverage == 1


def test_the_smallest_sample_is_the_smallest() -> None:
    """45 right verdicts in a row are the least that speak for 5 % errors with 90 % confidence."""
    assert smallest_sample(error_rate=0.05, confidence=0.90) == 45
    assert 0.95**45 <= 0.10 < 0.95**44
    assert choose_threshold(np.zeros(45), np.zeros(45, dtype=bool)).coverage == 1


def test_a_few_surprises_among_the_surest_do_not_end_the_search() -> None:
    """Wrong verdicts among the surest leave a large set its threshold: sequences that begin further on keep the promise."""
    risks = np.linspace(0, 0.2, 4000)
    wrong = np.zeros(4000, dtype=bool)
    wrong[[5, 20, 40, 60, 70]] = True
    threshold = choose_threshold(risks, wrong)
    assert threshold.coverage == 1
    assert threshold.errors == 5


def test_several_starts_share_the_error() -> None:
    """On large sets whose error is just above the promise, a threshold is chosen no more often than one time in ten."""
    chosen = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        chosen += choose_threshold(rng.random(3000), rng.random(3000) < 0.0501).coverage > 0
    assert chosen <= 200 * 0.1 + 8


def test_what_is_answered_in_a_fold_is_decided_by_the_others() -> None:
    """A fold whose sure verdicts are all wrong is answered all the same, and keeps the others from being answered."""
    fold = np.repeat(np.arange(5), 100)
    risks = np.full(500, 0.01)
    wrong = fold == 2
    answered = answered_out_of_fold(risks, wrong, fold, error_rate=0.05, confidence=0.9, most_risk=1.0)
    assert answered[fold == 2].all()
    assert not answered[fold != 2].any()
