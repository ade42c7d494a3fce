"""The measures, against values worked out by hand."""

import numpy as np
import pytest

from training import metrics


def test_kappa_is_the_agreement_beyond_chance() -> None:
    """Cohen's kappa of the textbook table 20/5/10/15: observed .7, by chance .5."""
    gold = np.array([1] * 25 + [0] * 25)
    said = np.array([1] * 20 + [0] * 5 + [1] * 10 + [0] * 15)
    assert metrics.cohen_kappa(gold, said) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("gold", "said", "kappa"),
    [([1, 1, 1], [1, 1, 1], 1.0), ([0, 1, 0, 1], [0, 1, 0, 1], 1.0), ([0, 1, 0, 1], [1, 0, 1, 0], -1.0)],
)
def test_kappa_at_its_ends(gold: list[int], said: list[int], kappa: float) -> None:
    """Full agreement is 1 even without variety; full disagreement of even halves is -1."""
    assert metrics.cohen_kappa(np.array(gold), np.array(said)) == pytest.approx(kappa)


def test_alpha_of_two_coders() -> None:
    """Krippendorff's own example of two coders and ten units of 0 and 1: alpha .095."""
    first = np.array([0, 1, 0, 0, 0, 0, 0, 0, 1, 0])
    second = np.array([1, 1, 1, 0, 0, 1, 0, 0, 0, 0])
    assert metrics.krippendorff_alpha(first, second) == pytest.approx(0.095, abs=0.001)


def test_average_precision_takes_ties_together() -> None:
    """Positives at ranks 1 and 3 give (1 + 2/3) / 2; equal scores all count at the last of them."""
    assert metrics.average_precision(np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1])) == pytest.approx(
        (1 + 2 / 3) / 2
    )
    assert metrics.average_precision(np.array([1, 0]), np.array([0.5, 0.5])) == pytest.approx(0.5)
    assert np.isnan(metrics.average_precision(np.array([0, 0]), np.array([0.1, 0.2])))


def test_calibration_error_weighs_the_gap_of_each_bin() -> None:
    """Eight cases said .9 of which half are true, two said .1 of which none is: .8 x .4 + .2 x .1."""
    probability = np.array([0.9] * 8 + [0.15] * 2)
    gold = np.array([1] * 4 + [0] * 6)
    assert metrics.expected_calibration_error(probability, gold) == pytest.approx(0.8 * 0.4 + 0.2 * 0.15)


def test_right_probabilities_have_a_calibration_error_by_chance() -> None:
    """A hundred coins show the mean gap of so many throws, sqrt(2 / pi) x .05; ten thousand a tenth of it."""
    by_chance = 0.05 * np.sqrt(2 / np.pi)
    assert metrics.calibrated_error(np.full(100, 0.5), rounds=4000) == pytest.approx(by_chance, rel=0.05)
    assert metrics.calibrated_error(np.full(10_000, 0.5)) == pytest.approx(by_chance / 10, rel=0.2)


def test_match_distance_counts_how_far_mass_must_move() -> None:
    """All mass one level off is 1 of 4 steps; at the other end it is 1; equal is 0."""
    levels = np.eye(5)
    assert metrics.nmd(levels[[0]], levels[[1]]) == pytest.approx([0.25])
    assert metrics.nmd(levels[[0]], levels[[4]]) == pytest.approx([1.0])
    assert metrics.nmd(levels[[2]], levels[[2]]) == pytest.approx([0.0])


def test_order_aware_divergence_grows_with_the_distance() -> None:
    """Mass on opposite ends gives 1, on neighbours sqrt(1/4), as the formula of Sakai 2018 has it."""
    levels = np.eye(5)
    assert metrics.rsnod(levels[[0]], levels[[4]]) == pytest.approx([1.0])
    assert metrics.rsnod(levels[[0]], levels[[1]]) == pytest.approx([0.5])
    assert metrics.rsnod(levels[[3]], levels[[3]]) == pytest.approx([0.0])


def test_nominal_distances() -> None:
    """Disjoint distributions are one bit and 1 apart; halves against a certainty .311 and .5."""
    sure, other, half = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])
    assert metrics.jsd(sure, other) == pytest.approx([1.0])
    assert metrics.rnss(sure, other) == pytest.approx([1.0])
    assert metrics.jsd(sure, half) == pytest.approx([0.3113], abs=1e-4)
    assert metrics.rnss(sure, half) == pytest.approx([0.5])


def test_risk_and_coverage() -> None:
    """With the least sure answer wrong, three quarters can be kept without an error."""
    confidence, wrong = np.array([0.9, 0.8, 0.7, 0.6]), np.array([0, 0, 0, 1])
    coverage, risk = metrics.risk_coverage(confidence, wrong)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == [0.0, 0.0, 0.0, 0.25]
    assert metrics.coverage_at(confidence, wrong, error=0.05) == 0.75
    assert metrics.coverage_at(confidence, 1 - wrong, error=0.05) == 0.0


def test_bootstrap_draws_whole_groups() -> None:
    """Ten conversations of equal turns inside, half right: the interval is that of ten draws, not of a hundred."""
    right = np.repeat([0.0, 1.0] * 5, 10)
    groups = [f"c{at // 10}" for at in range(100)]
    low, high = metrics.bootstrap(lambda at: float(right[at].mean()), groups, rounds=500)
    assert low == pytest.approx(0.2, abs=0.1)
    assert high == pytest.approx(0.8, abs=0.1)
    assert (low, high) == metrics.bootstrap(lambda at: float(right[at].mean()), groups, rounds=500)


def test_a_measure_that_never_exists_has_no_interval() -> None:
    """Average precision without a positive is NaN, and so are both ends."""
    assert np.isnan(metrics.bootstrap(lambda _: float("nan"), ["a", "b"], rounds=5)).all()
