"""Conversations with what the machine and what people make of the scorecards' criteria.

What a criterion should have come to is what its own definition says once the classifier's distributions are replaced by
people's labels; where the source states a verdict itself (the script, compliance), that counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.codebook import AGENT_LEVELS, PROBLEM
from grader.scorecard import Criterion, Raw, Scorecard, apply, observe
from grader.scorecard.chance import LIKELY
from grader.scorecard.consistency import reached
from grader.scorecard.expression import names
from models.interfaces import ConversationLabels, TurnLabels
from training.corpus import TurnGold, kind
from training.corrected_examples import COMPLIANCE
from training.predicted import Predicted
from training.prevalence import calibration_weights
from training.verdict_cases import Gold, Verdict

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """The verdicts on one criterion, by conversation."""

    applies: Array
    """Probability of applying before calibration; 1 where the criterion always does."""
    met: Array
    """Probability of being met, where it applies, before calibration."""
    gold: Gold
    """Whether it applied and was met."""
    fold: Array
    weight: Array
    """How much each conversation counts in the calibration (``training.prevalence``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A conversation with what the machine and people say of its criteria."""

    predicted: Predicted
    raw: Mapping[str, Raw]
    """What the machine says of each criterion before calibration."""
    gold: Mapping[str, Verdict]
    """What people's labels make of it; those that they decide."""


def judged(predicted: Sequence[Predicted], scorecard: Scorecard) -> list[Judged]:
    """Judge the labelled conversations in the scorecard's language."""
    return [
        Judged(
            predicted=one,
            raw=apply(scorecard, observe(one.conversation, one.labels)).raw,
            gold=_gold(one, scorecard),
        )
        for one in predicted
        if concerns(one, scorecard)
    ]


def collect(predicted: Sequence[Predicted], scorecard: Scorecard) -> dict[str, Cases]:
    """Give for every criterion the verdicts on the conversations in the scorecard's language."""
    return gather_all(scorecard, judged(predicted, scorecard))


def gather_all(scorecard: Scorecard, judged: Sequence[Judged]) -> dict[str, Cases]:
    """Give for every criterion the verdicts on the conversations on which it is ``decided``; none where there are none."""
    found = {c.id: gather(c, [one for one in judged if decided(one, c.id)]) for c in scorecard.criteria}
    return {criterion: cases for criterion, cases in found.items() if len(cases.fold)}


def decided(one: Judged, criterion: str) -> bool:
    """Tell whether both the machine and people judge a criterion of a conversation."""
    raw = one.raw.get(criterion)
    return raw is not None and raw.met is not None and criterion in one.gold


def gather(criterion: Criterion, judged: Sequence[Judged]) -> Cases:
    """Give the verdicts on one criterion of conversations on which it is ``decided``."""
    raw = [one.raw[criterion.id] for one in judged]
    gold = Gold.of([one.gold[criterion.id] for one in judged])
    own = np.array([kind(one.predicted.source) == "own" for one in judged], dtype=bool)
    return Cases(
        applies=np.array([one.applies for one in raw], dtype=float),
        met=np.array([one.met for one in raw], dtype=float),
        gold=gold,
        fold=np.array([one.predicted.fold for one in judged], dtype=int),
        weight=calibration_weights(criterion, gold.met, own),
    )


def concerns(one: Predicted, scorecard: Scorecard) -> bool:
    """Tell whether people labelled the conversation after the codebook, and the scorecard is for its language."""
    labelled = all(turn.levels or turn.flags for turn in one.gold.turns)
    return labelled and one.conversation.language == scorecard.language


def _gold(one: Predicted, scorecard: Scorecard) -> dict[str, Verdict]:
    labels = ConversationLabels(turns=_certain_turns(one), outcome=one.gold.outcome)
    unknown = _unknown_labels(one)
    found = {
        criterion: Verdict(applies=raw.applies >= LIKELY, met=(raw.met or 0.0) >= LIKELY)
        for criterion, raw in apply(scorecard, observe(one.conversation, labels)).raw.items()
        if not unknown & _labels_asked(scorecard, criterion)
    }
    # The rules that help the classifier to find violations must not judge themselves.
    if COMPLIANCE in found:
        clean = not any(turn.violations for turn in one.gold.turns)
        found[COMPLIANCE] = Verdict(applies=True, met=clean)
    if "script" in found and one.gold.script:
        found["script"] = Verdict(applies=True, met=one.gold.script["met"])
    return found


def _unknown_labels(one: Predicted) -> set[str]:
    """Give the labels that nobody gave: the agent's of some turn (courtesy, in translations), or whether there is a problem."""
    said = zip(one.conversation.turns, one.gold.turns, strict=True)
    agent = [gold.levels.keys() for turn, gold in said if turn.speaker == "agent"]
    unknown = {label for label in AGENT_LEVELS if any(label not in levels for levels in agent)}
    return unknown | ({PROBLEM} if one.gold.problem is None else set())


def _labels_asked(scorecard: Scorecard, criterion_id: str) -> set[str]:
    """Give the labels that decide whether a criterion applies and is met."""
    criterion = next(c for c in scorecard.criteria if c.id == criterion_id)
    asked = [criterion.question, *([criterion.applicable.root] if criterion.applicable else [])]
    used = reached((name for question in asked for name in names(question)), scorecard.conditions)
    conditions = [scorecard.conditions[name] for name in used]
    return {condition.label.name for condition in conditions if condition.label}


def _certain_turns(one: Predicted) -> tuple[TurnLabels, ...]:
    """Give people's labels as distributions; the problem is put on the customer's first turn."""
    turns = [_certain(gold) for gold in one.gold.turns]
    customers = (at for at, turn in enumerate(one.conversation.turns) if turn.speaker == "customer")
    first = next(customers, None)
    if first is not None:
        turns[first][PROBLEM] = float(bool(one.gold.problem))
    return tuple(turns)


def _certain(gold: TurnGold) -> TurnLabels:
    """Give people's labels as distributions."""
    labels: TurnLabels = {label: {level: 1.0} for label, level in gold.levels.items()}
    labels |= {label: float(flag) for label, flag in gold.flags.items()}
    if gold.violations is not None:
        labels["violation"] = dict.fromkeys(gold.violations, 1.0)
    if gold.nugget:
        labels["nugget"] = gold.nugget
    return labels
