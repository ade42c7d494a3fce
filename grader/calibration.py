"""From a criterion's raw probabilities to ones that keep their word, and the risk it may answer with alone.

Raw probabilities combine turn labels as if turns were independent, which they are not. Platt scaling (Platt,
"Probabilistic outputs for support vector machines", 1999) on their log-odds corrects that, fitted on conversations the
classifier has not seen. Both the map and the highest tolerated risk belong to one definition of a criterion, known by its
fingerprint: an edited criterion starts uncalibrated.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import NonNegativeFloat, NonNegativeInt

from grader.conversation import Probability, Record
from grader.grade import Question
from models.store import artifact, readable, require, write_manifest

DEFAULT: Final = "criteria-1"
FILE: Final = "calibration.json"
CLIP: Final = 1e-6
"""Raw probabilities are kept this far from 0 and 1, where log-odds end."""


class LogOddsMap(Record):
    """What a raw probability becomes: a linear map of its log-odds."""

    slope: float
    """1 leaves the log-odds."""
    intercept: float
    noise_sensitivity: NonNegativeFloat
    """Share of the log-odds lost for each share of misheard words, measured on transcripts with recognition noise."""

    def probability(self, raw: float, *, certainty: float = 1.0) -> float:
        """Map a raw probability; ``certainty`` (``grader.transcription.certainty``) below 1 draws it towards 1/2."""
        kept = min(max(raw, CLIP), 1 - CLIP)
        log_odds = self.slope * math.log(kept / (1 - kept)) + self.intercept
        return 1 / (1 + math.exp(-log_odds * max(1 - self.noise_sensitivity * (1 - certainty), 0.0)))


AS_IT_IS: Final = LogOddsMap(slope=1, intercept=0, noise_sensitivity=1)
"""For what nothing was learnt about: the raw probability, with all of it resting on every word."""


class CriterionCalibration(Record):
    """What was learnt about one criterion."""

    id: str
    met: LogOddsMap
    """Of the probability that it is met where it applies."""
    applies: LogOddsMap = AS_IT_IS
    """Of the probability that it applies."""
    max_risk: Probability
    """Highest probability of a wrong verdict that keeps the promised error rate (``training.risk_control``)."""
    coverage: Probability
    """Share of conversations answered automatically at ``max_risk`` when it was chosen."""
    conversations: NonNegativeInt
    """How many it was fitted on."""


UNCALIBRATED: Final = CriterionCalibration(
    id="", met=AS_IT_IS, applies=AS_IT_IS, max_risk=0, coverage=0, conversations=0
)


class Calibration(Record):
    """The calibrations of a scorecard's criteria, by fingerprint."""

    name: str
    error_rate: Probability = 0.05
    """Promised share of wrong verdicts among those answered automatically."""
    confidence: Probability = 0.90
    """Probability over calibration sets that the promise is kept."""
    criteria: Mapping[str, CriterionCalibration] = {}

    def probability(
        self, fingerprint: str, raw: float, *, question: Question = "met", certainty: float = 1.0
    ) -> float:
        """Give the calibrated answer to a question; the raw one where the criterion was never calibrated.

        ``certainty`` (``grader.transcription.certainty``) below 1 draws it towards 1/2.
        """
        known = self.criteria.get(fingerprint, UNCALIBRATED)
        asked = known.met if question == "met" else known.applies
        return asked.probability(raw, certainty=certainty)

    def max_risk(self, fingerprint: str) -> float:
        """Give the highest risk that may be answered automatically; the promised rate itself where nothing was learnt."""
        known = self.criteria.get(fingerprint)
        return self.error_rate if known is None else known.max_risk


def load(name: str = DEFAULT) -> Calibration:
    """Read installed or shipped calibration.

    Raises:
        models.store.ModelError: there is none of that name, or its file is damaged.
    """
    folder = artifact(name)
    require(folder, FILE)
    with readable(folder / FILE):
        return Calibration.model_validate_json((folder / FILE).read_text(encoding="utf-8"))


def save(folder: Path, calibration: Calibration, card: str) -> None:
    """Write a calibration with its card and manifest, as ``load`` reads it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(calibration.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (folder / "card.md").write_text(card, encoding="utf-8")
    write_manifest(folder)
