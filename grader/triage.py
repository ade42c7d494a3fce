"""Whether the machine answers alone or a human must look.

Everything that could be wrong for a reason the machine knows of goes to review, and a random share of the rest with
it, so that the promise about the automatic part is always audited.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.conversation import Conversation
from grader.grade import CriterionGrade, Triage
from models.interfaces import ConversationLabels

MIN_ROLE_CONFIDENCE: Final = 0.9
"""Below this probability that agent and customer are told apart rightly, a human looks."""

MIN_INTELLIGIBILITY: Final = 0.8
"""Below this share of believed speech a human looks."""

ESCALATION: Final = 0.5
"""From this probability on that a customer turn threatens escalation, a human looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriagePolicy:
    """What is sent to review besides what must be."""

    random_share: float = 0.10
    """Share of the conversations that is reviewed although nothing speaks for it; drawn from the id."""
    seed: str = ""
    """Another seed draws another, equally reproducible share."""


def decide(
    conversation: Conversation,
    criteria: Sequence[CriterionGrade],
    labels: ConversationLabels,
    *,
    max_risks: Mapping[str, float],
    fatal: Sequence[str],
    policy: TriagePolicy,
) -> Triage:
    """Send to review whatever is not safe to answer alone.

    Args:
        conversation: as graded.
        criteria: their grades, with calibrated probabilities.
        labels: the turns' label distributions.
        max_risks: per criterion id the highest probability of a wrong verdict that is answered automatically.
        fatal: codes of the fatal conditions that were hit.
        policy: the random share.
    """
    reasons = [f"fatal:{code}" for code in fatal]
    reasons += [f"low_confidence:{c.id}" for c in criteria if error_risk(c) > max_risks[c.id]]
    reasons += _hearing(conversation)
    if all(c.state == "not_evaluated" for c in criteria):
        reasons.append("not_evaluated")
    elif not any(turn.speaker == "customer" and turn.text.strip() for turn in conversation.turns):
        reasons.append("one_sided")
    if any(_escalates(turn.get("escalation")) for turn in labels.turns):
        reasons.append("escalation")
    if drawn(conversation.id, policy):
        reasons.append("random_sample")
    return Triage(decision="review" if reasons else "auto", reasons=tuple(reasons))


def error_risk(criterion: CriterionGrade) -> float:
    """Give the probability that the criterion's verdict is wrong; 1 where the machine abstained, 0 without verdict.

    A verdict is right where the criterion applies and is met, applies and is not, or does not apply, as it says.
    """
    applies = 1.0 if criterion.applicability is None else criterion.applicability
    if criterion.state == "abstained":
        return 1.0
    if criterion.state == "not_applicable":
        return 0.0 if criterion.applicability is None else applies
    if criterion.probability is None or criterion.state not in {"met", "not_met"}:
        return 0.0
    return 1 - applies * (criterion.probability if criterion.state == "met" else 1 - criterion.probability)


def drawn(conversation_id: str, policy: TriagePolicy) -> bool:
    """Tell whether the conversation belongs to the random share: the same answer for the same id and seed."""
    digest = hashlib.sha256(f"{policy.seed}\n{conversation_id}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < policy.random_share


def _hearing(conversation: Conversation) -> list[str]:
    reasons = []
    transcription = conversation.transcription
    roles = 1.0 if conversation.role_confidence is None else conversation.role_confidence
    voices = transcription.voice_confidence if transcription else 1.0
    if roles * voices < MIN_ROLE_CONFIDENCE:
        reasons.append("unsure_roles")
    if transcription and transcription.intelligibility < MIN_INTELLIGIBILITY:
        reasons.append("unsure_recognition")
    return reasons


def _escalates(probability: object) -> bool:
    return isinstance(probability, float) and probability >= ESCALATION
