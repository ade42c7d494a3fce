"""The figures: how well out-of-fold predictions agree with people, with intervals, beside the baselines."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

import numpy as np
import numpy.typing as npt

from grader.codebook import (
    AGENT_LEVELS,
    CUSTOMER_FLAGS,
    EMOTIONS,
    OUTCOME_LEVELS,
    OUTCOMES,
    PROBLEM,
    VIOLATIONS,
)
from grader.scorecard import load
from models.interfaces import ConversationLabels
from training import metrics
from training.corpus import FIRST_LABELS, Kind, kind
from training.corrected_examples import COMPLIANCE
from training.predicted import Predicted
from training.verdicts import called_failed, f1, false_hits

Array = npt.NDArray[Any]

ALL: Final = frozenset("kappa alpha ECE AP F1 JSD RNSS NMD RSNOD".split())
BASELINES: Final[dict[str, float]] = {
    "zh stc3 empathy kappa": 0.89,
    "zh stc3 solution kappa": 0.80,
    "zh stc3 follow_up kappa": 0.78,
    "zh stc3 courtesy kappa": 0.71,
    "zh stc3 emotion kappa": 0.63,
    "zh stc3 escalation kappa": 0.49,
    "zh stc3 resolved kappa": 0.58,
    "zh written violation AP": 0.70,
    "en written violation AP": 0.42,
    "zh written compliance F1": 0.65,
    "en written compliance F1": 0.46,
    "zh stc3 A NMD": 0.0876,
    "zh stc3 S NMD": 0.0805,
    "zh stc3 E NMD": 0.0794,
    "zh stc3 nuggets JSD": 0.0250,
    "zh stc3 nuggets RNSS": 0.0943,
}
"""First baselines, measured on the held-out conversations: character n-grams, logistic regression and a small network."""


ROUNDS: Final = 300
"""Bootstrap samples of each interval in a card."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure."""

    name: str
    """``LANGUAGE SOURCE LABEL MEASURE``."""
    value: float
    low: float
    """95 % bootstrap interval over conversations."""
    high: float
    cases: int
    baseline: float | None
    """The first baseline; of a calibration error, what it would be by chance if the probabilities were right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cases:
    """Gold and prediction of one label, by turn or conversation."""

    gold: Array
    said: Array
    groups: list[str]


def evaluate(
    predicted: Sequence[Predicted], *, rounds: int, measures: Container[str] = ALL, wording: str = ""
) -> list[Figure]:
    """Measure everything, by language and by source: ``stc3``, ``written``, ``own`` (``training/corpora``), or ``corrections``.

    Agreement on ``stc3`` is given once more on the conversations that were labelled first (``first``), to compare with
    what was measured before there were others.

    Args:
        predicted: Out-of-fold predictions.
        rounds: Bootstrap samples of each interval.
        measures: Which measures are taken.
        wording: Put behind the source in the figures' names.
    """
    figures: list[Figure] = []
    for language in sorted({one.conversation.language or "" for one in predicted}, reverse=True):
        if "F1" in measures:
            figures += _verdict_figures(
                [one for one in predicted if one.conversation.language == language], language, rounds
            )
        for source in get_args(Kind):
            part = [
                one
                for one in predicted
                if one.conversation.language == language and kind(one.source) == source
            ]
            if part:
                figures += _part_figures(part, f"{language} {source}{wording}", rounds, measures)
            first = [one for one in part if one.provenance == FIRST_LABELS]
            if first and "kappa" in measures:
                figures += _part_figures(first, f"{language} first", rounds, {"kappa"})
    return figures


def _part_figures(
    part: Sequence[Predicted], name: str, rounds: int, measures: Container[str]
) -> list[Figure]:
    figures: list[Figure] = []

    def add(label: str, measure: Callable[[Array, Array], float], cases: _Cases) -> None:
        if len(cases.gold) and label.rpartition(" ")[2] in measures:
            figures.append(_figure(f"{name} {label}", measure, cases, rounds))

    for label, levels in {**AGENT_LEVELS, "emotion": EMOTIONS}.items():
        cases = _level_cases(part, label, levels)
        add(f"{label} kappa", _kappa_of_shares, cases)
        add(f"{label} alpha", _alpha_of_shares, cases)
        add(f"{label} ECE", _calibration, _called(cases))
    for flag in CUSTOMER_FLAGS:
        cases = _flag_cases(part, flag)
        add(f"{flag} kappa", _kappa_of_yes, cases)
        add(f"{flag} AP", metrics.average_precision, cases)
        add(f"{flag} ECE", _calibration, cases)
    cases = _violation_cases(part)
    if " stc3" not in name:
        add("violation AP", _macro_average_precision, cases)
        for at, code in enumerate(VIOLATIONS):
            one = _Cases(gold=cases.gold[:, at], said=cases.said[:, at], groups=cases.groups)
            add(f"{code} AP", metrics.average_precision, one)
    add("violation ECE", _calibration, cases)
    cases = _problem_cases(part)
    add("problem kappa", _kappa_of_yes, cases)
    add("problem ECE", _calibration, cases)
    for nugget in ("JSD", "RNSS"):
        distance = metrics.jsd if nugget == "JSD" else metrics.rnss
        add(f"nuggets {nugget}", _mean_of(distance), _nugget_cases(part))
    for quality in OUTCOMES:
        cases = _outcome_cases(part, quality)
        add(f"{quality} NMD", _mean_of(metrics.nmd), cases)
        add(f"{quality} RSNOD", _mean_of(metrics.rsnod), cases)
    return figures


def _verdict_figures(part: Sequence[Predicted], language: str, rounds: int) -> list[Figure]:
    """Judge the verdicts on compliance: conversations rightly called failed, and false hits on real clean turns."""
    figures = []
    judged, called = called_failed(part, load(f"service-{language}"))
    failed = np.array([not one.gold[COMPLIANCE].met for one in judged], dtype=bool)
    kinds = np.array([kind(one.predicted.source) for one in judged])
    ids = np.array([one.predicted.conversation.id for one in judged])
    for written in ("written", "own"):
        own = kinds == written
        if own.any():
            cases = _Cases(gold=failed[own], said=called[own], groups=ids[own].tolist())
            figures.append(_figure(f"{language} {written} compliance F1", f1, cases, rounds))
    groups = [
        one.conversation.id
        for one in part
        if one.source == "stc3"
        for known in one.gold.turns
        if known.violations == frozenset()
    ]
    hits = false_hits(part)
    name = f"{language} stc3 false violation hits per 1000"
    cases = _Cases(gold=hits, said=hits, groups=groups)
    return [*figures, _figure(name, lambda gold, _: 1000 * float(gold.mean()), cases, rounds)]


def _figure(name: str, measure: Callable[[Array, Array], float], cases: _Cases, rounds: int) -> Figure:
    low, high = metrics.bootstrap(
        lambda drawn: measure(cases.gold[drawn], cases.said[drawn]), cases.groups, rounds=rounds
    )
    value = measure(cases.gold, cases.said)
    calibration = measure is _calibration
    baseline = metrics.calibrated_error(cases.said.ravel()) if calibration else BASELINES.get(name)
    return Figure(name=name, value=value, low=low, high=high, cases=len(cases.gold), baseline=baseline)


def _kappa_of_shares(gold: Array, said: Array) -> float:
    return metrics.cohen_kappa(gold.argmax(axis=1), said.argmax(axis=1))


def _alpha_of_shares(gold: Array, said: Array) -> float:
    return metrics.krippendorff_alpha(gold.argmax(axis=1), said.argmax(axis=1))


def _kappa_of_yes(gold: Array, said: Array) -> float:
    return metrics.cohen_kappa(gold, said > 0.5)


def _called(cases: _Cases) -> _Cases:
    """Give the probability of the level that is called, and whether it is the right one."""
    if not len(cases.gold):
        return cases
    right = cases.gold.argmax(axis=1) == cases.said.argmax(axis=1)
    return replace(cases, gold=right, said=cases.said.max(axis=1))


def _calibration(gold: Array, said: Array) -> float:
    """Give the calibration error, of several codes together."""
    return metrics.expected_calibration_error(said.ravel(), gold.ravel())


def _macro_average_precision(gold: Array, said: Array) -> float:
    each = [metrics.average_precision(gold[:, at], said[:, at]) for at in range(gold.shape[1])]
    return float(np.nanmean(each)) if np.isfinite(each).any() else float("nan")


def _mean_of(distance: Callable[[Array, Array], Array]) -> Callable[[Array, Array], float]:
    return lambda gold, said: float(distance(gold, said).mean())


def _level_cases(part: Sequence[Predicted], label: str, levels: Sequence[str]) -> _Cases:
    gold, said, groups = [], [], []
    for one in part:
        for known, labels in zip(one.gold.turns, one.labels.turns, strict=True):
            if label in known.levels:
                distribution: Any = labels[label]
                gold.append([float(level == known.levels[label]) for level in levels])
                said.append([distribution[level] for level in levels])
                groups.append(one.conversation.id)
    return _Cases(gold=np.array(gold), said=np.array(said), groups=groups)


def _flag_cases(part: Sequence[Predicted], flag: str) -> _Cases:
    gold, said, groups = [], [], []
    for one in part:
        for known, labels in zip(one.gold.turns, one.labels.turns, strict=True):
            if flag in known.flags:
                gold.append(known.flags[flag])
                said.append(labels[flag])
                groups.append(one.conversation.id)
    return _Cases(gold=np.array(gold, dtype=bool), said=np.array(said, dtype=float), groups=groups)


def _problem_cases(part: Sequence[Predicted]) -> _Cases:
    """Give of each conversation whether the customer brings a problem, and how likely that was said to be."""
    known = [one for one in part if one.gold.problem is not None]
    return _Cases(
        gold=np.array([one.gold.problem for one in known], dtype=bool),
        said=np.array([_chance_of_problem(one.labels) for one in known], dtype=float),
        groups=[one.conversation.id for one in known],
    )


def _chance_of_problem(labels: ConversationLabels) -> float:
    chances = (turn.get(PROBLEM) for turn in labels.turns)
    return max((chance for chance in chances if isinstance(chance, float)), default=0.0)


def _violation_cases(part: Sequence[Predicted]) -> _Cases:
    gold, said, groups = [], [], []
    for one in part:
        for known, labels in zip(one.gold.turns, one.labels.turns, strict=True):
            if known.violations is not None:
                distribution: Any = labels["violation"]
                gold.append([code in known.violations for code in VIOLATIONS])
                said.append([distribution[code] for code in VIOLATIONS])
                groups.append(one.conversation.id)
    return _Cases(gold=np.array(gold), said=np.array(said), groups=groups)


def _nugget_cases(part: Sequence[Predicted]) -> _Cases:
    """Give nugget shares; customers' and agents' kinds stand in the same columns, padded with zeros."""
    gold, said, groups = [], [], []
    for one in part:
        for known, labels in zip(one.gold.turns, one.labels.turns, strict=True):
            if known.nugget is not None:
                distribution: Any = labels["nugget"]
                padding = [0.0] * (4 - len(known.nugget))
                gold.append([*known.nugget.values(), *padding])
                said.append([*(distribution[kind] for kind in known.nugget), *padding])
                groups.append(one.conversation.id)
    return _Cases(gold=np.array(gold), said=np.array(said), groups=groups)


def _outcome_cases(part: Sequence[Predicted], quality: str) -> _Cases:
    known = [one for one in part if one.gold.outcome]
    return _Cases(
        gold=np.array([[one.gold.outcome[quality][level] for level in OUTCOME_LEVELS] for one in known]),
        said=np.array([[one.labels.outcome[quality][level] for level in OUTCOME_LEVELS] for one in known]),
        groups=[one.conversation.id for one in known],
    )
