"""Puts a grader together from the settings."""

import hashlib
from collections.abc import Sequence
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from grader import calibration
from grader.conversation import Conversation, Speaker, Turn
from grader.pipeline import Grader
from grader.redaction import Redactor
from grader.scorecard import load, shipped
from grader.settings import Settings
from grader.triage import TriagePolicy
from models import roles, speech, turns
from models.interfaces import SpeechOptions, SpeechRecognizer
from models.store import MANIFEST, artifact


def assemble(settings: Settings, *, scorecards: Sequence[str | Path] = ()) -> Grader:
    """Load weights and scorecards, those that ship with the program where none are named.

    Raises:
        models.store.ModelError: weights are missing or damaged.
        grader.scorecard.ScorecardError: a scorecard cannot be used.
    """
    # The classifiers' matrices are small: where several threads multiply them, these wait for each other all the time.
    threadpool_limits(1, user_api="blas")
    grader = Grader(
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
    # What is made when first needed is made now, so that the first conversation does not wait for it.
    grader.grade([_greeting(card.language) for card in grader.scorecards])
    return grader


def deciding(settings: Settings, grader: Grader) -> dict[str, Any]:
    """Give all that decides a grade beside the input, as JSON values by name; weights and scorecards with their hash.

    The speech model goes by its name alone, for it may not have been fetched yet.
    """
    named = settings.model_dump(include={"turn_model", "role_model", "calibration"})
    weights = {
        kind: {"name": name, "sha256": _sha256((artifact(name) / MANIFEST).read_bytes())}
        for kind, name in named.items()
    }
    scorecards = [
        {"name": card.name, "version": card.version, "sha256": _sha256(card.model_dump_json().encode())}
        for card in grader.scorecards
    ]
    rest = settings.model_dump(mode="json", exclude={"speech_batch_size"})
    return {"program": version("callgrader"), "scorecards": scorecards, **rest, **weights}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _greeting(language: str | None) -> Conversation:
    # One turn with hanzi and one without: each is read by its own patterns.
    said: tuple[tuple[Speaker, str], ...] = (("customer", "你好 hello, 12"), ("agent", "hello"))
    turns = tuple(Turn(speaker=speaker, text=text) for speaker, text in said)
    return Conversation(id="greeting", language=language, turns=turns)


def _recognizer(settings: Settings) -> SpeechRecognizer:
    return speech.load(SpeechOptions(model=settings.speech_model, batch_size=settings.speech_batch_size))
