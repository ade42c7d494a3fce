"""How well the machine knows, criterion by criterion, when its verdict is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from grader.scorecard import Scorecard
from training.assessment import measures
from training.assessment.estimates import Estimate, estimate, recentred
from training.assessment.groups import FEWEST, Group
from training.assessment.measures import by_owner, weighted
from training.assessment.reliability import Bin, reliability
from training.criteria import calibrated_out_of_fold, most_single_risk, teaches
from training.judged import Judged, decided, gather
from training.risk_control import answered_out_of_fold, choose_threshold
from training.verdict_cases import NOT_APPLICABLE, STATES, Answers, Gold

Array = npt.NDArray[Any]

ERROR_RATE: Final = 0.05
CONFIDENCE: Final = 0.90
POINTS: Final = 100
"""Of a curve, as drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionCases:
    """The verdicts on one criterion on conversations that neither classifier nor calibration saw."""

    scorecard: str
    id: str
    name: str
    fatal: bool
    answers: Answers
    """What the machine says, calibrated."""
    gold: Gold
    """What people say."""
    owner: Array
    """Index of the conversation among all that are assessed."""
    max_risk: float
    """Up to this risk the machine answers alone."""
    answered: Array
    """What it answers, each fold at the threshold that the others choose."""

    @property
    def risk(self) -> Array:
        """Probability that the verdict is wrong."""
        return self.answers.risk

    @property
    def wrong(self) -> Array:
        """Whether it is."""
        return np.asarray(self.answers.states != self.gold.states)


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionConfidence:
    """What was measured of one criterion in one group."""

    scorecard: str
    id: str
    name: str
    fatal: bool
    conversations: int
    applies: float
    """Share that it applied to."""
    met: float
    """Share of these that met it; NaN where there are none."""
    error: Estimate
    """Share of wrong verdicts (met, not met, or not applicable), all answered."""
    kappa: Estimate
    alpha: Estimate
    ece: Estimate
    """Of the probability of being met, where it applied."""
    aurc: Estimate
    """Area under the risk-coverage curve; lower is better."""
    coverage_at_error: Estimate
    """Largest share that could be answered with 5 % wrong, were the verdicts known: what the ranking allows."""
    max_risk: float
    answered: Estimate
    """Share that is answered automatically at the threshold that other folds learnt, to keep the promise with 90 % confidence."""
    answered_error: Estimate
    """Share of wrong verdicts among them."""
    confusion: tuple[tuple[int, ...], ...]
    """People's verdict by row (``STATES``; without "not applicable" where it always applies), the machine's by column."""
    reliability: tuple[Bin, ...]
    """Of the probability of being met, where it applied."""
    curve: tuple[tuple[float, float], ...]
    """Coverage and error rate, surest verdicts first."""


def criterion_cases(
    judged: Sequence[Judged], owners: Sequence[int], scorecard: Scorecard
) -> list[CriterionCases]:
    """Calibrate each criterion's verdicts out of fold, and learn its threshold; pure rules and rarities are left out.

    Args:
        judged: from ``training.judged``.
        owners: index of each one's conversation among all that are assessed.
        scorecard: whose criteria.
    """
    found = []
    for criterion in scorecard.criteria:
        own = [at for at, one in enumerate(judged) if decided(one, criterion.id)]
        case = gather(criterion, [judged[at] for at in own])
        if not teaches(case):
            continue
        answers = calibrated_out_of_fold(case, criterion)
        wrong = answers.states != case.gold.states
        promise = {
            "error_rate": ERROR_RATE,
            "confidence": CONFIDENCE,
            "most_risk": most_single_risk(criterion, error_rate=ERROR_RATE),
        }
        found.append(
            CriterionCases(
                scorecard=scorecard.name,
                id=criterion.id,
                name=criterion.name,
                fatal=criterion.fatal is not None,
                answers=answers,
                gold=case.gold,
                owner=np.array([owners[at] for at in own]),
                max_risk=choose_threshold(answers.risk, wrong, **promise).max_risk,
                answered=answered_out_of_fold(answers.risk, wrong, case.fold, **promise),
            )
        )
    return found


def confidence(cases: CriterionCases, group: Group) -> CriterionConfidence | None:
    """Measure a criterion in one group; None where it was judged on fewer than ``FEWEST`` conversations of it."""
    own = np.flatnonzero(np.isin(cases.owner, group.members))
    if len(own) < FEWEST:
        return None
    # Surest first: every measure along the ranking is then a running sum.
    order = own[np.argsort(cases.risk[own], kind="stable")]
    wrong, answered = cases.wrong[order], cases.answered[order]
    applied, met = cases.gold.applies[order], cases.gold.met[order]
    count = len(order)
    asked = bool((cases.answers.applies < 1).any() or not cases.gold.applies.all())
    cells = np.zeros((count, len(STATES), len(STATES)))
    cells[np.arange(count), cases.gold.states[order], cases.answers.states[order]] = 1
    cells = cells if asked else cells[:, :NOT_APPLICABLE, :NOT_APPLICABLE]
    probability, taught = cases.answers.met[order][applied], np.flatnonzero(applied)
    bins = by_owner(measures.binned(probability, met[applied]), taught, count)
    return CriterionConfidence(
        scorecard=cases.scorecard,
        id=cases.id,
        name=cases.name,
        fatal=cases.fatal,
        conversations=count,
        applies=float(applied.mean()),
        met=float(met.sum() / applied.sum()) if applied.any() else float("nan"),
        error=estimate(lambda weights: _share(wrong, weights), count),
        kappa=estimate(lambda weights: measures.kappa(weighted(cells, weights)), count),
        alpha=estimate(lambda weights: measures.alpha(weighted(cells, weights)), count),
        ece=recentred(lambda weights: measures.calibration_error(weighted(bins, weights)), count),
        aurc=estimate(lambda weights: measures.area_under_risk_coverage(wrong, weights), count),
        coverage_at_error=estimate(
            lambda weights: measures.coverage_at(wrong, weights, error=ERROR_RATE), count
        ),
        max_risk=cases.max_risk,
        answered=estimate(lambda weights: _share(answered, weights), count),
        answered_error=estimate(lambda weights: _share(wrong, weights * answered), count),
        confusion=tuple(tuple(int(cell) for cell in row) for row in cells.sum(axis=0)),
        reliability=reliability(probability, met[applied]),
        curve=_curve(wrong),
    )


def _share(hits: Array, weights: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((weights @ hits.astype(float)) / weights.sum(axis=1))


def _curve(wrong: Array) -> tuple[tuple[float, float], ...]:
    coverage, risk = (part[0] for part in measures.risk_coverage(wrong, np.ones((1, len(wrong)))))
    # The first few answers have error rates of chance alone; a curve begins where one more error is 5 % at most.
    at = np.unique(np.linspace(min(19, len(wrong) - 1), len(wrong) - 1, POINTS).astype(int))
    return tuple((float(coverage[one]), float(risk[one])) for one in at)
