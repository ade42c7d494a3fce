"""Small conversations with hand-made labels, and small scorecards, for the tests of scorecards."""

from collections.abc import Mapping, Sequence
from typing import Any

from grader.codebook import AGENT_LEVELS, EMOTIONS, VIOLATIONS
from grader.conversation import Conversation, Turn
from grader.scorecard import Observation, Scorecard, observe
from grader.scorecard.findings import Finding, Findings
from models.interfaces import ConversationLabels, TurnLabels

Said = tuple[Turn, TurnLabels]


def spread(levels: Sequence[str], level: int, sure: float) -> dict[str, float]:
    """Give ``level`` the probability ``sure`` and share the rest evenly among the others."""
    return {name: sure if int(name) == level else (1 - sure) / (len(levels) - 1) for name in levels}


def agent(
    text: str = "好",
    *,
    violation: Mapping[str, float] | None = None,
    sure: float = 1.0,
    nugget: Mapping[str, float] | None = None,
    empathy: int = 0,
    solution: int = 0,
    follow_up: int = 0,
    courtesy: int = 1,
    **times: Any,
) -> Said:
    """Let the agent speak."""
    levels = {"empathy": empathy, "solution": solution, "follow_up": follow_up, "courtesy": courtesy}
    labels: TurnLabels = {name: spread(AGENT_LEVELS[name], level, sure) for name, level in levels.items()}
    labels["violation"] = {code: (violation or {}).get(code, 0.0) for code in VIOLATIONS}
    labels["nugget"] = dict(nugget or {"HNaN": 1.0})
    return Turn(speaker="agent", text=text, **times), labels


def customer(
    text: str = "好",
    *,
    emotion: int = 0,
    sure: float = 1.0,
    escalation: float = 0.0,
    resolved: float = 0.0,
    problem: float = 0.0,
    nugget: Mapping[str, float] | None = None,
    **times: Any,
) -> Said:
    """Let the customer speak."""
    labels: TurnLabels = {
        "emotion": spread(EMOTIONS, emotion, sure),
        "escalation": escalation,
        "resolved": resolved,
        "problem": problem,
        "nugget": dict(nugget or {"CNaN": 1.0}),
    }
    return Turn(speaker="customer", text=text, **times), labels


def other(text: str = "", *, speaker: str = "bot", **times: Any) -> Said:
    """Let a bot or the system speak."""
    return Turn.model_validate({"speaker": speaker, "text": text, **times}), {}


def observed(
    *said: Said, outcome: Mapping[str, Mapping[str, float]] | None = None, **frame: Any
) -> Observation:
    """Put a conversation together."""
    frame = {"id": "c-1", "channel": "chat", "language": "zh", **frame}
    conversation = Conversation(turns=tuple(turn for turn, _ in said), **frame)
    labels = ConversationLabels(
        turns=tuple(labels for _, labels in said),
        outcome={measure: dict(levels) for measure, levels in (outcome or {}).items()},
    )
    return observe(conversation, labels)


def card(
    conditions: Mapping[str, Any], *criteria: Mapping[str, Any], language: str = "zh", **frame: Any
) -> Scorecard:
    """Put a scorecard together; without criteria one that uses every condition."""
    given = criteria or ({"met": " or ".join(conditions)},)
    return Scorecard.model_validate(
        {
            "name": "test",
            "version": 1,
            "language": language,
            "description": "For a test.",
            "pass_score": 60,
            "sections": [{"id": "all", "name": "All", "weight": 1}],
            "conditions": dict(conditions),
            "criteria": [
                {
                    "id": f"criterion_{index}",
                    "section": "all",
                    "name": f"Criterion {index}",
                    "description": "What is asked for.",
                    "points": 10,
                    **criterion,
                }
                for index, criterion in enumerate(given)
            ],
            **frame,
        }
    )


def find(observation: Observation, condition: Mapping[str, Any], **others: Mapping[str, Any]) -> Finding:
    """Give what a condition finds; ``others`` are conditions it refers to."""
    return Findings(card({"asked": condition, **others}), [observation]).of("asked").at(0)


def places(finding: Finding) -> list[tuple[int, int, int]]:
    """Give turn, start and end of the hits."""
    return [(hit.turn, hit.start, hit.end) for hit in finding.hits]
