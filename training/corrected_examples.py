"""Corrections as examples to learn from: the labels that reviewers gave, and no others."""

from collections.abc import Sequence
from typing import Final

from grader.codebook import AGENT_LEVELS, CUSTOMER_FLAGS, NUGGETS
from grader.conversation import Conversation, Speaker
from grader.text import fold
from training.corpus import ConversationGold, Example, TurnGold
from training.corrections import Reviewed, Verdict

SOURCE: Final = "corrections"

COMPLIANCE: Final = "compliance"
"""The criterion that is met where no turn holds a violation; shipped scorecards name it so."""

_VIOLATION: Final = "violation:"


def examples(reviews: Sequence[Reviewed], language: str) -> list[Example]:
    """Give the reviewed conversations in ``language`` of which reviewers told some label.

    A turn on which violations were judged has those that were affirmed and no others; in a conversation that stands as
    compliant after its review, no agent turn has any. What nobody judged stays unknown.
    """
    made = [_example(review) for review in reviews if review.conversation.language == language]
    return [one for one in made if any(map(_known, one.gold.turns))]


def _example(review: Reviewed) -> Example:
    compliance = review.states().get(COMPLIANCE)
    gold = tuple(
        _turn_gold(
            turn.speaker,
            [verdict for verdict in review.verdicts if verdict.turn == at],
            clean=compliance == "met",
        )
        for at, turn in enumerate(review.conversation.turns)
    )
    return Example(
        conversation=_folded(review.conversation),
        redacted=review.conversation,
        gold=ConversationGold(turns=gold, outcome={}),
        source=SOURCE,
        group=f"{SOURCE}-{review.conversation.id}",
    )


def _turn_gold(speaker: Speaker, verdicts: Sequence[Verdict], *, clean: bool) -> TurnGold:
    """Put the verdicts on a turn together; of several on one label the last counts."""
    given = {verdict.label: verdict.value for verdict in verdicts if verdict.label}
    judged = {
        label.removeprefix(_VIOLATION): value
        for label, value in given.items()
        if label.startswith(_VIOLATION)
    }
    known = bool(judged) or (clean and speaker == "agent")
    kinds = NUGGETS.get(speaker, ())
    return TurnGold(
        levels={label: given[label] for label in (*AGENT_LEVELS, "emotion") if label in given},
        flags={flag: given[flag] == "yes" for flag in CUSTOMER_FLAGS if flag in given},
        violations=frozenset(code for code, value in judged.items() if value == "yes") if known else None,
        nugget={kind: float(kind == given["nugget"]) for kind in kinds} if "nugget" in given else None,
    )


def _known(gold: TurnGold) -> bool:
    return bool(gold.levels or gold.flags or gold.nugget) or gold.violations is not None


def _folded(conversation: Conversation) -> Conversation:
    turns = tuple(turn.model_copy(update={"text": fold(turn.text)}) for turn in conversation.turns)
    return conversation.model_copy(update={"turns": turns})
