"""The random audit share of a file of reviews, and what it says of the promise."""

from collections.abc import Sequence

from grader.drift import Drift, DriftTest, audited, drift
from training.corrections import Reviewed


def audit(reviews: Sequence[Reviewed], *, promise: float) -> Drift:
    """Test the promise on the reviews that nothing but the random draw asked for, in their order.

    Args:
        reviews: from ``training.corrections``.
        promise: share of wrong verdicts among those given automatically that was promised.
    """
    records = [
        audited(review.grade, review.reasons, review.states())
        for review in reviews
        if review.kind == "triage"
    ]
    return drift([record for record in records if record], promise=promise)


def told(found: Drift) -> str:
    """Tell it as a table with a sentence in front."""
    overall = found.tests[0]
    if found.drifted:
        first = f"Drift: more verdicts are wrong than the promised {found.promise:.0%}, in {', '.join(found.drifted)}."
    else:
        first = (
            f"No drift shown: nothing speaks against the promise of {found.promise:.0%} wrong verdicts. It takes about "
            f"{overall.would_notice} audited conversations to notice twice as many; {overall.audited} there are."
        )
    head = f"{'':<16}{'audited':>8}  {'wrong':<24}{'evidence':>10}{'highest':>10}{'needed':>8}"
    rows = [_row(test) for test in found.tests]
    last = (
        "Evidence is the capital of bets against the promise, starting from 1; it reaches what is needed by chance with "
        f"probability {found.alpha:.0%} at most, however often one looks."
    )
    return "\n".join([first, "", head, *rows, "", last])


def _row(test: DriftTest) -> str:
    wrong = f"{test.error:.1%} ({test.low:.1%} to {test.high:.1%})" if test.audited else "none audited"
    drifted = f"  drift, after {test.noticed_at}" if test.drifted else ""
    return f"{test.name:<16}{test.audited:>8}  {wrong:<24}{test.evidence:>10.3g}{test.highest:>10.3g}{test.needed:>8.3g}{drifted}"
