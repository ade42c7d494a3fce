"""Reviewed conversations as examples to learn from and to compare on: the labels of turns as reviewers left them."""

from collections.abc import Mapping, Sequence
from typing import Final

from grader.codebook import AGENT_LEVELS, CUSTOMER_FLAGS, NUGGETS
from grader.conversation import Conversation, Speaker
from grader.grade import Grade
from grader.text import fold
from training.corpus import CORRECTIONS, ConversationGold, Example, TurnGold
from training.corrections import LABELS, Reviewed, Verdict

COMPLIANCE: Final = "compliance"
"""The criterion that is met where no turn holds a violation; shipped scorecards name it so."""

_VIOLATION: Final = "violation:"


def examples(reviews: Sequence[Reviewed], language: str) -> list[Example]:
    """Give the reviewed conversations in ``language`` whose labels are learnt, with ``Reviewed.key`` as their id.

    Those are the random share, and all others in which a label was corrected: without the random share, in which most is
    right, only what was wrong would be learnt, and be taken for common. What holds no label, as where nothing was said, is
    left out.
    """
    made = [
        _example(review)
        for review in reviews
        if review.conversation.language == language and (review.labels_corrected or review.random_share)
    ]
    return [one for one in made if any(map(_known, one.gold.turns))]


def labels_left(review: Reviewed) -> ConversationGold:
    """Give the labels as the review left them: the reviewer's, else what the machine called, which they let stand.

    In a conversation that stands as compliant no agent turn has a violation but those that were affirmed; in one that does
    not, though no turn has any, nobody knows which has. Nuggets are the reviewer's alone: they are shares of votes.
    """
    turns = review.conversation.turns
    given = [_given(review.verdicts, at) for at in range(len(turns))]
    called = [_called(review.grade, at, turn.speaker) for at, turn in enumerate(turns)]
    compliance = review.states().get(COMPLIANCE)
    if compliance == "met":
        called = [labels | dict.fromkeys(filter(_is_violation, labels), "no") for labels in called]
    elif compliance == "not_met" and not any(map(_violations, [*called, *given])):
        called = [{label: labels[label] for label in labels if not _is_violation(label)} for labels in called]
    gold = (
        _turn_gold(turn.speaker, stands | own) for turn, stands, own in zip(turns, called, given, strict=True)
    )
    return ConversationGold(turns=tuple(gold), outcome={})


def _example(review: Reviewed) -> Example:
    conversation = review.conversation.model_copy(update={"id": review.key})
    return Example(
        conversation=_folded(conversation),
        redacted=conversation,
        gold=labels_left(review),
        source=CORRECTIONS,
        group=f"{CORRECTIONS}-{review.key}",
        provenance=CORRECTIONS,
    )


def _given(verdicts: Sequence[Verdict], turn: int) -> dict[str, str]:
    """Give the reviewer's labels of a turn; of several on one label the last counts."""
    return {one.label: one.value for one in verdicts if one.turn == turn and one.label}


def _called(grade: Grade, turn: int, speaker: Speaker) -> dict[str, str]:
    """Give the machine's labels of a turn, each with its likeliest value."""
    labels = {label: grade.called(turn, label) for label in LABELS.get(speaker, ()) if label != "nugget"}
    return {label: value for label, value in labels.items() if value is not None}


def _is_violation(label: str) -> bool:
    return label.startswith(_VIOLATION)


def _violations(labels: Mapping[str, str]) -> frozenset[str]:
    """Give the codes of the violations that a turn has."""
    return frozenset(
        label.removeprefix(_VIOLATION)
        for label, value in labels.items()
        if _is_violation(label) and value == "yes"
    )


def _turn_gold(speaker: Speaker, labels: Mapping[str, str]) -> TurnGold:
    return TurnGold(
        levels={label: labels[label] for label in (*AGENT_LEVELS, "emotion") if label in labels},
        flags={flag: labels[flag] == "yes" for flag in CUSTOMER_FLAGS if flag in labels},
        violations=_violations(labels) if any(map(_is_violation, labels)) else None,
        nugget={kind: float(kind == labels["nugget"]) for kind in NUGGETS[speaker]}
        if "nugget" in labels
        else None,
    )


def _known(gold: TurnGold) -> bool:
    return bool(gold.levels or gold.flags or gold.nugget) or gold.violations is not None


def _folded(conversation: Conversation) -> Conversation:
    turns = tuple(turn.model_copy(update={"text": fold(turn.text)}) for turn in conversation.turns)
    return conversation.model_copy(update={"turns": turns})
