"""A real ``Grader`` with tiny deterministic stages in it, and conversations for it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from grader.calibration import Calibration
from grader.conversation import Conversation, Party, Turn
from grader.pipeline import Graded, Grader
from grader.redaction import Redactor
from grader.scorecard import load
from grader.triage import TriagePolicy
from models.interfaces import (
    ConversationLabels,
    ConversationLike,
    Distribution,
    ExplainedLabels,
    Recording,
    SpokenTurn,
    Transcript,
    TurnLabels,
    TurnLike,
    Unheard,
)
from service.settings import ServiceSettings

_LEVELS = {"empathy": "抱歉", "solution": "已为您", "follow_up": "24小时", "courtesy": "您"}
STANDING = load("service-zh").version
"""Version of the scorecards that ship."""
NEXT = STANDING + 1

_VIOLATIONS = "rude blame brush_off overpromise privacy off_platform misleading".split()


@dataclass(frozen=True)
class KeywordTurns:
    """Labels turns by words."""

    name: str = "keywords-1"

    def predict(self, conversations: Sequence[ConversationLike]) -> list[ConversationLabels]:
        """Label a batch."""
        outcome = {key: {str(value): 0.2 for value in range(-2, 3)} for key in "ASE"}
        return [
            ConversationLabels(turns=tuple(map(_labels, c.turns)), outcome=outcome) for c in conversations
        ]

    def explain(self, conversations: Sequence[ConversationLike]) -> list[ExplainedLabels]:
        """Let the whole turn speak for its label."""
        return [
            ExplainedLabels(labels=labels, words=partial(_whole_turn, conversation))
            for conversation, labels in zip(conversations, self.predict(conversations), strict=True)
        ]


def _whole_turn(conversation: ConversationLike, turn: int, _label: str) -> tuple[int, int]:
    return 0, len(conversation.turns[turn].text)


def _labels(turn: TurnLike) -> TurnLabels:
    if turn.speaker == "customer":
        emotion: Distribution = {"-2": 0.01, "-1": 0.04, "0": 0.9, "1": 0.05}
        return {
            "emotion": emotion,
            "escalation": 0.9 * ("投诉" in turn.text),
            "resolved": 0.1,
            "problem": 0.97 * ("坏" in turn.text or "投诉" in turn.text),
            "nugget": {},
        }
    levels: TurnLabels = {
        label: {"0": 0.02, "1": 0.03, "2": 0.95} if word in turn.text else {"0": 0.95, "1": 0.03, "2": 0.02}
        for label, word in _LEVELS.items()
    }
    rude = 0.97 if "烦死了" in turn.text else 0.001
    return levels | {"violation": dict.fromkeys(_VIOLATIONS, 0.001) | {"rude": rude}, "nugget": {}}


class EvenRoles:
    """Cannot tell agents from customers."""

    def predict(self, texts: Sequence[str]) -> list[float]:
        """Give one half each."""
        return [0.5 for _ in texts]


@dataclass(frozen=True)
class ReadingSpeech:
    """Hears what is written in the file: a line for each turn, agent first; ``seconds`` each file takes."""

    seconds: float = 0.0
    name: str = "reading-1"
    demonstration: bool = False

    def transcribe(self, recordings: Sequence[Recording]) -> list[Transcript | Unheard]:
        """Read a batch."""
        return [self._read(recording.path) for recording in recordings]

    def _read(self, path: Path) -> Transcript | Unheard:
        time.sleep(self.seconds)
        lines = path.read_bytes().decode().splitlines()
        if lines == ["noise"]:
            return Unheard(problem="The file is no recording.", remedy="Send a recording.")
        turns = tuple(
            SpokenTurn(voice=("left", "right")[i % 2], text=line, start=4.0 * i, end=4.0 * i + 3, words=())
            for i, line in enumerate(lines)
        )
        return Transcript(
            turns=turns,
            language="zh",
            language_probability=1.0,
            layout="stereo",
            duration=4.0 * len(lines),
            speech_seconds=3.0 * len(lines),
            intelligibility=1.0,
            voice_confidence=1.0,
        )


@cache
def grader(*, speech_seconds: float = 0.0) -> Grader:
    """Put the grader together."""
    return Grader(
        turns=KeywordTurns(),
        roles=EvenRoles(),
        scorecards=[load("service-zh")],
        calibration=Calibration(name="none"),
        policy=TriagePolicy(),
        redactor=Redactor(),
        speech=lambda: ReadingSpeech(speech_seconds),
    )


def assemble(settings: ServiceSettings) -> Grader:
    """Put the grader together in a worker process."""
    return grader(speech_seconds=0.02)


def chat(
    name: str,
    *,
    said: str = "抱歉让您久等,已为您更换,24小时内专员联系您。",
    team: str | None = "returns",
    agent: str | None = "a-1",
    customer: str | None = "u-1",
) -> Conversation:
    """Give an invented chat."""
    turns = (
        Turn(speaker="customer", text="我的水壶坏了,请打13912345678联系我。"),
        Turn(speaker="agent", text=said),
    )
    return Conversation(
        id=name,
        language="zh",
        queue="after-sales",
        agent=Party(id=agent, team=team),
        customer=Party(id=customer),
        turns=turns,
    )


def graded(conversation: Conversation) -> Graded:
    """Grade one conversation."""
    result = grader().grade([conversation])[0]
    assert isinstance(result, Graded), result
    return result
