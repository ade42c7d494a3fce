"""The evaluation on a terminal: what matters most, corpus by corpus."""

from math import isfinite

from training.assessment.assess import Assessment, GroupAssessment
from training.assessment.estimates import Estimate
from training.assessment.known import KAPPAS, KNOWN_CORPUS


def text(assessment: Assessment) -> str:
    """Lay out agreement, confidence and the finding of the worst for a terminal."""
    parts = [
        part
        for dimension in ("corpus", "channel", "industry")
        for group in assessment.of(dimension)
        for part in _group(group, labels=dimension == "corpus")
    ]
    return "\n".join(parts)


def _group(group: GroupAssessment, *, labels: bool) -> list[str]:
    lines = ["", f"{group.name}: {group.conversations} conversations; {group.provenance}"]
    if not group.measured:
        return [*lines, "  too few to measure"]
    lines += [
        f"  worst fifth found in a fifth: {_told(worst.recall, 2)}, {worst.lift.value:.2f} times random, precision at half "
        f"found {worst.precision_at_half.value:.2f} ({worst.judge}; {worst.conversations} conversations)"
        for worst in group.worst
    ]
    if group.criteria:
        lines.append(
            f"  {'criterion':<14}{'n':>6}  {'wrong':<22}{'ECE':<22}{'AURC':<25}{'cover 5%':>9}  answered, wrong among them"
        )
    lines += [
        f"  {one.id:<14}{one.conversations:>6}  {_told(one.error, 3)}  {_told(one.ece, 3)}  {_told(one.aurc, 4)}  "
        f"{one.coverage_at_error.value:>8.0%}  {one.answered.value:>4.0%}, {_told(one.answered_error, 3)}"
        for one in group.criteria
    ]
    if labels and group.labels:
        lines.append(f"  {'label':<24}{'turns':>6}  {'kappa':<22}{'alpha':<22}{'ECE':<22}baseline  human")
        for label in group.labels:
            known = KAPPAS.get(label.label) if group.name == KNOWN_CORPUS else None
            others = f"{known.baseline:8.2f}  {known.codebook:5.2f}" if known else ""
            lines.append(
                f"  {label.label:<24}{label.turns:>6}  {_told(label.kappa, 3)}  {_told(label.alpha, 3)}  "
                f"{_told(label.ece, 3)}  {others}".rstrip()
            )
    return lines


def _told(one: Estimate, digits: int) -> str:
    if not isfinite(one.value):
        return "none".ljust(3 * digits + 11)
    value, low, high = (f"{round(part, digits) + 0.0:.{digits}f}" for part in (one.value, one.low, one.high))
    return f"{value} ({low}-{high})"
