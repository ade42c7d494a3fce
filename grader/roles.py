"""Who is the agent: decided from what is said, where the source does not tell.

A recording gives channels or voices, a caption file gives ``Speaker 1``; every turn of one voice has one role. The
log-odds of the voice's turns are added up (naive Bayes over turns), damped because turns of one conversation are not
independent, and two voices compete for the role of the agent, unless the source says who has it.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from grader.conversation import AgentChannel, Conversation, Speaker
from grader.text import fold
from models.interfaces import RoleClassifier

DAMPING: Final = 0.5
"""Exponent on the number of turns: n turns count as n**0.5 independent ones."""

NAMED: Final = 4.0
"""Log-odds that a voice does not share the only role which the source names: it would have named that one too."""


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
        known = {turn.speaker for turn in conversation.turns}
        expected = NAMED * (("customer" in known) - ("agent" in known))
        evidence = {v: sum(odds) / len(odds) ** DAMPING + expected for v, odds in by_voice.items()}
        roles, confidence = _decide(evidence, known)
    by_turn = iter(voices)
    turns = tuple(
        turn.model_copy(update={"speaker": roles[next(by_turn)]}) if turn.speaker == "unknown" else turn
        for turn in conversation.turns
    )
    return conversation.model_copy(update={"turns": turns, "role_confidence": confidence})


def _decide(evidence: Mapping[str, float], known: Collection[Speaker]) -> tuple[dict[str, Speaker], float]:
    """Give each voice a role and the probability that all of it is right.

    Each voice is judged by itself, but where there is another speaker, ``known`` ones among them, somebody is the agent
    and somebody the customer: two voices compete, and one that speaks like neither role that is left is a coin toss.
    """
    ranked = sorted(evidence, key=evidence.__getitem__, reverse=True)
    roles: dict[str, Speaker] = {voice: "agent" if evidence[voice] > 0 else "customer" for voice in ranked}
    margins = {voice: abs(evidence[voice]) for voice in ranked}
    first, last = ranked[0], ranked[-1]
    agent_wanted = "agent" not in known and (first != last or "customer" in known)
    customer_wanted = "customer" not in known and (first != last or "agent" in known)
    if agent_wanted:
        roles[first], margins[first] = "agent", max(evidence[first], 0.0)
    if customer_wanted:
        roles[last], margins[last] = "customer", max(-evidence[last], 0.0)
    if agent_wanted and customer_wanted:
        margins[first] = margins[last] = evidence[first] - evidence[last]
    return roles, _sigmoid(min(margins.values()))


def _logit(probability: float) -> float:
    """Log-odds, kept within ±6 so that one turn alone cannot decide against all others."""
    kept = min(max(probability, 0.0025), 0.9975)
    return math.log(kept / (1 - kept))


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))
