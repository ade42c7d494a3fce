"""How many conversations are answered without a person, and in how many of these some verdict is wrong.

Criteria keep their promise one by one; a conversation goes to a person as soon as one of them is in doubt, or for any of
the other reasons of triage.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from grader.calibration import Calibration
from grader.grade import Question
from grader.scorecard import Criterion, Judge, Scorecard, Verdicts, fingerprint, observe
from grader.triage import TriagePolicy, decide
from training.corpus import Kind, kind
from training.criteria import calibrate
from training.judged import Cases, Judged, gather_all, judged
from training.predicted import Predicted
from training.verdict_cases import STATES, Gold

UNDRAWN = TriagePolicy(random_share=0)
"""The random share is left out: what it takes is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation:
    """Conversations of one scorecard and one origin."""

    scorecard: str
    kind: Kind
    conversations: int
    answered: int
    """Of them, without a person, before the random share."""
    wrong: int
    """Of these, with a wrong verdict on some criterion that people judged."""


def automation(
    predicted: Sequence[Predicted], scorecard: Scorecard, *, error_rate: float, confidence: float
) -> list[Automation]:
    """Judge each fold with the calibration and the thresholds that the others teach, and triage it as the program does.

    Args:
        predicted: out-of-fold labels of whole conversations.
        scorecard: those in its language count.
        error_rate: promised share of wrong verdicts on a criterion.
        confidence: probability over calibration sets that it is kept.
    """
    every = judged(predicted, scorecard)
    found: dict[Kind, list[tuple[bool, bool]]] = {}
    for fold in sorted({one.predicted.fold for one in every}):
        others = gather_all(scorecard, [one for one in every if one.predicted.fold != fold])
        calibration = _calibration(others, scorecard, error_rate=error_rate, confidence=confidence)
        for one in every:
            if one.predicted.fold == fold:
                found.setdefault(kind(one.predicted.source), []).append(_told(one, scorecard, calibration))
    return [
        Automation(
            scorecard=scorecard.name,
            kind=origin,
            conversations=len(told),
            answered=sum(answered for answered, _ in told),
            wrong=sum(answered and wrong for answered, wrong in told),
        )
        for origin, told in found.items()
    ]


def _calibration(
    cases: dict[str, Cases], scorecard: Scorecard, *, error_rate: float, confidence: float
) -> Calibration:
    nothing_lost: dict[Question, float] = {"applies": 0.0, "met": 0.0}
    learnt, _ = calibrate(
        cases,
        scorecard,
        sensitivity=dict.fromkeys(cases, nothing_lost),
        error_rate=error_rate,
        confidence=confidence,
    )
    return Calibration(name="fold", error_rate=error_rate, confidence=confidence, criteria=learnt)


def _told(one: Judged, scorecard: Scorecard, calibration: Calibration) -> tuple[bool, bool]:
    """Tell whether a conversation is answered without a person, and whether some verdict on it is wrong."""
    conversation, labels = one.predicted.conversation, one.predicted.labels
    judge = Judge(scorecard, [observe(conversation, labels)])
    verdicts = judge.verdicts(0, calibrate=partial(_calibrated, calibration, scorecard))
    risks = {c.id: calibration.max_risk(fingerprint(scorecard, c)) for c in scorecard.criteria}
    triage = decide(
        conversation, verdicts.criteria, labels, max_risks=risks, fatal=verdicts.fatal, policy=UNDRAWN
    )
    return triage.decision == "auto", _is_wrong(one, verdicts)


def _calibrated(
    calibration: Calibration, scorecard: Scorecard, criterion: Criterion, question: Question, raw: float
) -> float:
    return calibration.probability(fingerprint(scorecard, criterion), raw, question=question)


def _is_wrong(one: Judged, verdicts: Verdicts) -> bool:
    criteria = [criterion for criterion in verdicts.criteria if criterion.id in one.gold]
    right = Gold.of([one.gold[criterion.id] for criterion in criteria]).states
    return bool(np.any([STATES[state] != c.state for state, c in zip(right, criteria, strict=True)]))
