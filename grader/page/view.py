"""What the page of a run shows, and how conversations and grades become the data in it.

The records keep the names of the contract (``docs/formats.md``), less what a page does not need: the label
distributions of turns, the words of a recording, the customer's id, the metadata.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from grader.conversation import Conversation, Turn
from grader.grade import Grade, ScorecardName
from grader.problems import Problem
from grader.redaction import displayed

CriterionNames: TypeAlias = Mapping[ScorecardName, Mapping[str, str]]
"""Per scorecard, the name to display for each criterion's id. An id without a name is displayed itself."""

Json: TypeAlias = dict[str, Any]

DEMONSTRATION_SPEECH: Final = "demonstration_speech"
"""The notice that recordings were transcribed with the demonstration model; the page says it in both languages."""

UNSURE_WORD: Final = 0.5
"""A word whose recognition is less probable than this is underlined."""

_REACH: Final = 32
"""How far on, in characters, a word is looked for: past a placeholder of the redactor, not past a sentence."""

_LIKELY: Final = 0.5
"""A customer's label is displayed where it is more probable than not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """What the page of a run needs."""

    started_at: datetime
    """When the run began, with its time zone."""
    graded: Iterable[tuple[Conversation, Grade]]
    """Redacted conversations with their grades, read once and in order: a generator will do."""
    names: CriterionNames
    problems: Sequence[Problem] = ()
    """Inputs that could not be graded; read after the last conversation."""
    notices: Sequence[str] = ()
    """What a reader must know of the run, in sentences; read after the last conversation."""


def detail(conversation: Conversation, grade: Grade, *, folder: Path | None) -> Json:
    """Give what is shown of one conversation once it is chosen.

    ``folder`` is where the page stands: a recording that lies on the same disk is linked relative to it.
    """
    kept = set("id channel language started_at agent queue direction role_confidence remarks".split())
    shown = conversation.model_dump(mode="json", include=kept)
    shown["turns"] = [
        _turn(turn, grade.turns[i] if i < len(grade.turns) else {})
        for i, turn in enumerate(conversation.turns)
    ]
    shown["id"] = displayed(conversation.id)
    shown["recording"] = _link(conversation.recording, folder)
    shown["transcription"] = conversation.transcription and conversation.transcription.model_dump(
        mode="json", exclude={"dropped": {"__all__": {"text"}}}
    )
    verdicts = grade.model_dump(mode="json", exclude={"conversation_id", "turns"})
    return {"conversation": shown, "grade": verdicts}


def row(conversation: Conversation, grade: Grade, *, form: int) -> Json:
    """Give what the list shows of one conversation; ``form`` says which criteria ``states`` are about."""
    return {
        "id": displayed(conversation.id),
        "channel": conversation.channel,
        "language": conversation.language,
        "agent": conversation.agent.id,
        "team": conversation.agent.team,
        "score": grade.score,
        "passed": grade.passed,
        "decision": grade.triage.decision,
        "reasons": grade.triage.reasons,
        "form": form,
        "states": [criterion.state for criterion in grade.criteria],
        "doubt": round(max((criterion.doubt for criterion in grade.criteria), default=0.0), 3),
    }


def unsure_spans(turn: Turn) -> list[tuple[int, int]]:
    """Give the character spans of the turn's text that the recogniser was unsure of.

    Words are looked for one after the other; one that the redactor has covered is passed over.
    """
    spans = []
    position = 0
    for word in turn.words:
        text = word.text.strip()
        start = turn.text.find(text, position, position + _REACH + len(text)) if text else -1
        if start < 0:
            continue
        position = start + len(text)
        if word.probability is not None and word.probability < UNSURE_WORD:
            spans.append((start, position))
    return spans


def _turn(turn: Turn, labels: Mapping[str, Mapping[str, float] | float]) -> Json:
    shown = turn.model_dump(mode="json", exclude={"words"}, exclude_none=True)
    if spans := unsure_spans(turn):
        shown["unsure"] = spans
    emotion = labels.get("emotion")
    if isinstance(emotion, Mapping):
        level, probability = max(emotion.items(), key=lambda item: item[1])
        if level != "0" and probability > _LIKELY:
            shown["emotion"] = level
    escalation = labels.get("escalation")
    if isinstance(escalation, float) and escalation > _LIKELY:
        shown["escalation"] = True
    return shown


def _link(recording: str | None, folder: Path | None) -> str | None:
    # Not Path.is_file: that raises where the name is no possible name of a file.
    if recording is None or folder is None or not os.path.isfile(recording):  # noqa: PTH113
        return None
    return quote(os.fsencode(os.path.relpath(recording, folder)))
