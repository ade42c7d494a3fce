"""What others reach: first baselines, annotators among themselves, and published figures, each with its source."""

from dataclasses import dataclass
from typing import Final

BASELINE_SOURCE: Final = (
    "character n-gram logistic regression (turn, previous turn) fitted on 5,032 agent turns; 390 other real Mandarin "
    "conversations"
)
ANNOTATORS_SOURCE: Final = (
    "two model-assisted annotators of the first codebook before adjudication, on the same 390 conversations"
)
CODEBOOK_SOURCE: Final = "a model-assisted annotator of the final codebook against the first adjudication, on the same 390 conversations"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKappa:
    """Kappa of others on a label of real Mandarin turns."""

    baseline: float
    """``BASELINE_SOURCE``."""
    annotators: tuple[float, float]
    """``ANNOTATORS_SOURCE``: lowest and highest of the pairs."""
    codebook: float
    """``CODEBOOK_SOURCE``."""


KAPPAS: Final = {
    "empathy": KnownKappa(baseline=0.89, annotators=(0.98, 1.0), codebook=0.95),
    "solution": KnownKappa(baseline=0.80, annotators=(0.89, 0.92), codebook=0.93),
    "follow_up": KnownKappa(baseline=0.78, annotators=(0.75, 0.88), codebook=0.89),
    "courtesy": KnownKappa(baseline=0.71, annotators=(0.95, 1.0), codebook=0.97),
    "emotion": KnownKappa(baseline=0.63, annotators=(0.86, 0.90), codebook=0.84),
    "escalation": KnownKappa(baseline=0.49, annotators=(0.96, 1.0), codebook=0.86),
    "resolved": KnownKappa(baseline=0.58, annotators=(0.96, 1.0), codebook=0.96),
}
"""By label. All annotators follow one codebook with a model's help: their agreement overstates what people reach."""

KNOWN_CORPUS: Final = "Mandarin, real"
"""The corpus that the kappas of others are comparable with."""

REVIEW_EFFORT: Final = 0.2
"""Share of the conversations that is looked at."""

WORST: Final = 0.2
"""Share of the conversations that is to be found."""

PUBLISHED_LIFT: Final = 3.0
"""Zweig et al., ICASSP 2006: ranking calls by the machine finds so many times more bad calls than random sampling."""

PUBLISHED_PRECISION: Final = 0.8
"""Saon et al., SLT 2006: precision at half of the worst fifth found."""
