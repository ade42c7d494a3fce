"""Scorecards: what conversations are judged by, and how. ``docs/scorecards.md`` is the reference."""

from grader.scorecard.applying import Judge, Raw, Verdicts, apply, not_evaluated
from grader.scorecard.evidence import Highlight
from grader.scorecard.loading import ScorecardError, check, load, parse, shipped
from grader.scorecard.observation import Observation, observe
from grader.scorecard.scorecard import Criterion, Scorecard, Section
from grader.scorecard.tracing import Trace, trace

__all__ = [
    "Criterion",
    "Highlight",
    "Judge",
    "Observation",
    "Raw",
    "Scorecard",
    "ScorecardError",
    "Section",
    "Trace",
    "Verdicts",
    "apply",
    "check",
    "fingerprint",
    "load",
    "not_evaluated",
    "observe",
    "parse",
    "shipped",
    "trace",
]


def fingerprint(scorecard: Scorecard, criterion: Criterion) -> str:
    """Give what identifies the definition of a criterion, for calibrations fitted to it."""
    return scorecard.fingerprints[criterion.id]
