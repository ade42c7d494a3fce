"""Puts a grader together from the settings."""

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

from grader import calibration
from grader.pipeline import Grader
from grader.redaction import Redactor
from grader.scorecard import load, shipped
from grader.settings import Settings
from grader.triage import TriagePolicy
from models import roles, speech, turns
from models.interfaces import SpeechOptions, SpeechRecognizer


def assemble(settings: Settings, *, scorecards: Sequence[str | Path] = ()) -> Grader:
    """Load weights and scorecards, those that ship with the program where none are named.

    Raises:
        models.store.ModelError: weights are missing or damaged.
        grader.scorecard.ScorecardError: a scorecard cannot be used.
    """
    return Grader(
        turns=turns.load(settings.turn_model),
        roles=roles.load(settings.role_model),
        scorecards=[load(card) for card in scorecards or shipped()],
        calibration=calibration.load(settings.calibration),
        policy=TriagePolicy(random_share=settings.random_share, seed=settings.random_seed),
        redactor=Redactor(),
        speech_language=settings.speech_language,
        agent_channel=settings.agent_channel,
        speech=cache(partial(_recognizer, settings)),
    )


def _recognizer(settings: Settings) -> SpeechRecognizer:
    return speech.load(SpeechOptions(model=settings.speech_model, batch_size=settings.speech_batch_size))
