"""The blend: what it learns from members of unequal worth."""

import numpy as np
import pytest

from models.turns.blend import blend
from models.turns.heads import Head
from training.calibration import fit_blend, fit_mixture

YES = Head(name="rude", values=())
LEVELS = Head(name="empathy", values=("0", "1", "2"))


def test_overconfident_scores_are_drawn_to_the_middle() -> None:
    """A member that says 98 % where 75 % is true is brought to 75 %."""
    random = np.random.default_rng(1)
    gold = (random.random(4000) < 0.5).astype(np.float32)
    sign = np.where(random.random(4000) < 0.75, 1, -1) * (2 * gold - 1)
    scores = (4 * sign[:, None]).astype(np.float32)
    coefficients = fit_blend(YES, [scores], gold[:, None], np.ones(4000, dtype=np.float32))
    said = blend(YES, [scores], coefficients)[:, 0]
    assert said[sign > 0].mean() == pytest.approx(0.75, abs=0.02)
    assert said[sign < 0].mean() == pytest.approx(0.25, abs=0.02)


def test_a_member_of_noise_gets_no_say() -> None:
    """Beside a member that knows, one that guesses ends near factor 0."""
    random = np.random.default_rng(2)
    level = random.integers(3, size=3000)
    shares = np.eye(3, dtype=np.float32)[level]
    knows = (2 * shares + random.normal(size=(3000, 3))).astype(np.float32)
    guesses = random.normal(size=(3000, 3)).astype(np.float32)
    coefficients = fit_blend(LEVELS, [knows, guesses], shares, np.ones(3000, dtype=np.float32))
    assert coefficients[0] > 1
    assert coefficients[1] < 0.1
    assert blend(LEVELS, [knows, guesses], coefficients).sum(axis=1) == pytest.approx(1)


def test_unknown_rows_do_not_count() -> None:
    """Rows of weight 0 leave the fit as it is without them."""
    scores = np.array([[1.0], [-1.0], [2.0], [-2.0]] * 20, dtype=np.float32)
    gold = np.array([[1.0], [0.0], [1.0], [0.0]] * 20, dtype=np.float32)
    weight = np.array([1, 1, 0, 0] * 20, dtype=np.float32)
    known = weight > 0
    with_unknown = fit_blend(YES, [scores], gold, weight)
    without = fit_blend(YES, [scores[known]], gold[known], weight[known])
    assert with_unknown == pytest.approx(without, abs=1e-4)


def test_shares_of_votes_are_mixed_and_not_drawn_to_the_middle() -> None:
    """Of two members the one nearer to the votes counts more; factors sum to 1, and a lone member counts as it is."""
    random = np.random.default_rng(3)
    shares = random.dirichlet(np.ones(3), size=2000).astype(np.float32)
    near, far = (
        np.log(shares + 1e-3) + random.normal(scale=scale, size=shares.shape).astype(np.float32)
        for scale in (0.3, 0.9)
    )
    known = np.ones(2000, dtype=np.float32)
    mixture = fit_mixture(LEVELS, [near, far], shares, known)
    assert mixture[:2].sum() == pytest.approx(1)
    assert mixture[0] > 0.75
    assert mixture[2:].tolist() == [0, 0, 0]
    assert fit_mixture(LEVELS, [near], shares, known).tolist() == [1, 0, 0, 0]
