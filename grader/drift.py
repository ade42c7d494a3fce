"""Drift: whether the verdicts given automatically are wrong more often than was promised.

What tells is the random audit share: conversations that would have been answered automatically, but for the random
draw. Looking at it every day must not raise a false alarm by mere patience, so the test is anytime-valid: somebody who
doubts the promise bets on every audited conversation, at odds that are fair or worse as long as the promise holds.
Then the capital passes 1/alpha with probability at most alpha, ever (Ville's inequality), however often one looks
(Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", 2024, arXiv 2010.09686; capital
is shared out over several bets, their method of mixtures). Several tests share alpha equally (Bonferroni).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.grade import Grade, State
from grader.proportion import exact_interval

RANDOM_ALONE: Final = ("random_sample",)
"""The review reasons of a conversation that only the random draw kept from being answered automatically."""

OVERALL: Final = "all criteria"
"""Name of the test over all criteria together; no criterion's id, which holds no space."""

ALPHA: Final = 0.05
"""Probability that anything at all is called drift although every promise holds."""

_GIVEN: Final = frozenset({"met", "not_met", "not_applicable"})
"""States that are verdicts."""

_FACTORS: Final = (1.3, 1.6, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0, 12.0)
"""The bets: each is best where the error is so many times what was promised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftTest:
    """What the audit says of one criterion, or of all together."""

    name: str
    """The criterion's id, or ``OVERALL``."""
    audited: int
    """Conversations with an automatic verdict that people looked at."""
    error: float
    """Share of wrong verdicts; over all criteria the mean of the conversations' shares. 0 where nothing was audited."""
    low: float
    """95 % interval of the error by itself (Clopper-Pearson; over all criteria with the sum of shares as the count)."""
    high: float
    evidence: float
    """Capital of the bets now (an e-value): how many times likelier the record is than under the promise."""
    highest: float
    """Most it ever was: this is what decides."""
    needed: float
    """Capital from which on it is drift."""
    noticed_at: int | None
    """After how many audited it became drift; None where it did not."""
    would_notice: int
    """About how many it takes, on average, to notice that the error is twice what was promised."""

    @property
    def drifted(self) -> bool:
        """Whether the promise is broken."""
        return self.noticed_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What the random audit share says of the promise."""

    promise: float
    """Share of wrong verdicts among those given automatically that was promised."""
    alpha: float
    tests: tuple[DriftTest, ...]
    """Over all criteria first, then by criterion."""

    @property
    def drifted(self) -> tuple[str, ...]:
        """What broke the promise."""
        return tuple(test.name for test in self.tests if test.drifted)


def audited(grade: Grade, reasons: Sequence[str], states: Mapping[str, State]) -> dict[str, bool] | None:
    """Give by criterion whether the automatic verdict was wrong; None where the conversation is not of the audit share.

    Verdicts that the person could not decide either (``abstained``, ``not_evaluated``) say nothing.

    Args:
        grade: the machine's.
        reasons: why the conversation came to a person.
        states: each criterion's state after the review (those left out stand as the machine gave them).
    """
    if tuple(reasons) != RANDOM_ALONE:
        return None
    wrong = {}
    for criterion in grade.criteria:
        state = states.get(criterion.id, criterion.state)
        if criterion.state in _GIVEN and state not in {"abstained", "not_evaluated"}:
            wrong[criterion.id] = state != criterion.state
    return wrong


def drift(reviews: Sequence[Mapping[str, bool]], *, promise: float, alpha: float = ALPHA) -> Drift:
    """Test the promise on the audited conversations.

    Args:
        reviews: of each audited conversation, oldest first, by criterion whether the verdict was wrong (``audited``).
        promise: share of wrong verdicts among those given automatically that was promised, above 0 and below 1.
        alpha: probability that anything at all is called drift although every promise holds.
    """
    judged = [review for review in reviews if review]
    records = {OVERALL: [sum(review.values()) / len(review) for review in judged]}
    for review in judged:
        for criterion, wrong in review.items():
            records.setdefault(criterion, []).append(float(wrong))
    needed = len(records) / alpha
    tests = tuple(_test(name, record, promise=promise, needed=needed) for name, record in records.items())
    return Drift(promise=promise, alpha=alpha, tests=tests)


def capital(record: Sequence[float], promise: float) -> list[float]:
    """Give the capital after each audited share of wrong verdicts (0 to 1), starting from 1.

    Every bet's stake is the one that is best where the error is some multiple of the promise.
    """
    errors = [min(promise * factor, (1 + promise) / 2) for factor in _FACTORS]
    stakes = [(error - promise) / (promise * (1 - promise)) for error in errors]
    logs = [0.0] * len(stakes)
    course = []
    for wrong in record:
        logs = [log + math.log1p(stake * (wrong - promise)) for log, stake in zip(logs, stakes, strict=True)]
        course.append(math.fsum(math.exp(min(log, 700.0)) for log in logs) / len(logs))
    return course


def _test(name: str, record: Sequence[float], *, promise: float, needed: float) -> DriftTest:
    course = capital(record, promise)
    low, high = exact_interval(math.fsum(record), len(record))
    return DriftTest(
        name=name,
        audited=len(record),
        error=math.fsum(record) / max(len(record), 1),
        low=low,
        high=high,
        evidence=course[-1] if course else 1.0,
        highest=max(course, default=1.0),
        needed=needed,
        noticed_at=next((at for at, now in enumerate(course, start=1) if now >= needed), None),
        would_notice=_would_notice(promise, needed),
    )


def _would_notice(promise: float, needed: float) -> int:
    """Divide what is to be won by what the best bet wins on average, had the error doubled (a bet of several loses some)."""
    error = min(2 * promise, (1 + promise) / 2)
    gain = error * math.log(error / promise) + (1 - error) * math.log((1 - error) / (1 - promise))
    return math.ceil(math.log(needed * len(_FACTORS)) / gain)
