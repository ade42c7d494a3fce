"""Fitting whether the customer brings a problem, on labels of turns by weights that did not see them."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from models.turns.concepts import CONCEPTS
from models.turns.heads import PROBLEM

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]

STRENGTH: Final = 0.1
"""Inverse of the L2 penalty; the columns about labels are brought to one size first."""

FEWEST: Final = 10
"""Conversations of the rarer kind below which nothing is fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemCases:
    """Whole conversations of which people said whether the customer brings a problem."""

    columns: Array
    """From ``models.turns.problem.problem_features``, out of fold: n x columns."""
    gold: Array
    """Whether there is a problem, shape (n,)."""
    fold: Array


def fit_problem(cases: ProblemCases, chosen: Array) -> dict[str, Floats]:
    """Fit on the ``chosen`` cases; nothing where one kind is too rare."""
    columns, gold = cases.columns[chosen], cases.gold[chosen]
    if min(gold.sum(), (~gold).sum()) < FEWEST:
        return {}
    about_labels = np.arange(columns.shape[1]) >= 2 * CONCEPTS
    middle = np.where(about_labels, columns.mean(axis=0), 0.0)
    spread = np.where(about_labels, columns.std(axis=0) + 1e-9, 1.0)
    fitted = LogisticRegression(C=STRENGTH, max_iter=500).fit((columns - middle) / spread, gold)
    weight = fitted.coef_[0] / spread
    bias = fitted.intercept_ - middle @ weight
    return {f"{PROBLEM}.weight": weight.astype(np.float32), f"{PROBLEM}.bias": bias.astype(np.float32)}
