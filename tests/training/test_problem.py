"""Learning whether the customer brings a problem."""

import numpy as np
import pytest

from models.turns.problem import COLUMNS
from training.problem import ProblemCases, fit_problem


def cases(count: int, *, seed: int = 0) -> ProblemCases:
    """Make conversations whose first column tells a problem in nine of ten, and whose last one on a great scale."""
    random = np.random.default_rng(seed)
    gold = random.random(count) < 0.5
    columns = np.zeros((count, COLUMNS))
    columns[:, 0] = np.where(random.random(count) < 0.9, gold, ~gold)
    columns[:, -1] = 100 + 10 * np.where(random.random(count) < 0.9, gold, ~gold)
    return ProblemCases(columns=columns, gold=gold, fold=np.arange(count) % 5)


def test_what_tells_is_learnt_on_the_columns_as_they_are() -> None:
    """The weights need no scaling of the columns; what they say is right on cases that they did not see."""
    learnt = fit_problem(cases(2000), np.ones(2000, dtype=bool))
    fresh = cases(2000, seed=1)
    scores = fresh.columns @ learnt["problem.weight"] + learnt["problem.bias"]
    assert np.mean((scores > 0) == fresh.gold) > 0.88
    both = (fresh.columns[:, 0] == 1) & (fresh.columns[:, -1] == 110)
    assert float(1 / (1 + np.exp(-scores[both].mean()))) == pytest.approx(fresh.gold[both].mean(), abs=0.03)


def test_only_chosen_cases_teach() -> None:
    """Cases that are not chosen could be anything."""
    given = cases(500)
    chosen = given.fold != 0
    spoilt = np.where(chosen, given.gold, ~given.gold)
    other = ProblemCases(columns=given.columns, gold=spoilt, fold=given.fold)
    for name, array in fit_problem(given, chosen).items():
        assert array == pytest.approx(fit_problem(other, chosen)[name])


def test_one_kind_alone_teaches_nothing() -> None:
    """Without conversations of both kinds there is no label."""
    given = cases(200)
    assert fit_problem(given, given.gold) == {}
