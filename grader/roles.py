"""Who is the agent: decided from what is said, where the source does not tell.

A recording gives channels or voices, a caption file gives ``Speaker 1``; every turn of one voice has one role. The
log-odds of the voice's turns are added up (naive Bayes over turns), damped because turns of one conversation are not
independent, and two voices compete for the role of the agent.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from grader.conversation import AgentChannel, Conversation, Speaker
from grader.text import fold
from models.interfaces import RoleClassifier

DAMPING: Final = 0.5
"""Exponent on the number of turns: n turns count as n**0.5 independent ones."""


def attribute(
    conversations: Sequence[Conversation], classifier: RoleClassifier, *, agent_channel: AgentChannel = "auto"
) -> list[Conversation]:
    """Give every ``unknown`` speaker a role, with the confidence of it; other conversations pass as they are.

    ``metadata["agent_channel"]``, or ``agent_channel`` where it is missing, settles it for separate channels. Turns
    without a voice are decided each by itself.
    """
    unknown = [[turn for turn in c.turns if turn.speaker == "unknown"] for c in conversations]
    texts = [fold(turn.text) for turns in unknown for turn in turns]
    scores = iter(classifier.predict(texts) if texts else ())
    attributed = []
    for conversation, turns in zip(conversations, unknown, strict=True):
        log_odds = [_logit(next(scores)) for _ in turns]
        told = conversation.metadata.get("agent_channel", agent_channel)
        voices = [turn.voice or f"turn {index}" for index, turn in enumerate(turns)]
        attributed.append(_assign(conversation, voices, log_odds, told) if turns else conversation)
    return attributed


def _assign(
    conversation: Conversation, voices: Sequence[str], log_odds: Sequence[float], told: object
) -> Conversation:
    """Write the decided roles into the conversation; ``voices`` and ``log_odds`` go by unknown turn."""
    by_voice: dict[str, list[float]] = defaultdict(list)
    for voice, odds in zip(voices, log_odds, strict=True):
        by_voice[voice].append(odds)
    if told in {"left", "right"} and by_voice.keys() <= {"left", "right"}:
        roles: dict[str, Speaker] = {voice: "agent" if voice == told else "customer" for voice in by_voice}
        confidence = 1.0
    else:
        roles, confidence = _decide({v: sum(odds) / len(odds) ** DAMPING for v, odds in by_voice.items()})
    by_turn = iter(voices)
    turns = tuple(
        turn.model_copy(update={"speaker": roles[next(by_turn)]}) if turn.speaker == "unknown" else turn
        for turn in conversation.turns
    )
    return conversation.model_copy(update={"turns": turns, "role_confidence": confidence})


def _decide(evidence: Mapping[str, float]) -> tuple[dict[str, Speaker], float]:
    """Give each voice a role and the probability that all of it is right.

    Two voices are one agent and one customer. Of more voices each is judged by itself, but one at least is the agent.
    """
    ranked = sorted(evidence, key=evidence.__getitem__, reverse=True)
    roles: dict[str, Speaker] = {voice: "agent" if evidence[voice] > 0 else "customer" for voice in ranked}
    if len(ranked) == 1:
        return roles, _sigmoid(abs(evidence[ranked[0]]))
    first, last = ranked[0], ranked[-1]
    roles |= {first: "agent", last: "customer"}
    margins = [abs(evidence[voice]) for voice in ranked[1:-1]]
    return roles, _sigmoid(min([evidence[first] - evidence[last], *margins]))


def _logit(probability: float) -> float:
    """Log-odds, kept within ±6 so that one turn alone cannot decide against all others."""
    kept = min(max(probability, 0.0025), 0.9975)
    return math.log(kept / (1 - kept))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))
