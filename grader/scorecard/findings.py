"""What each condition finds in a batch of conversations, and how probable expressions over conditions are."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np

from grader.scorecard.batch import Batch, Floats, Scope
from grader.scorecard.chance import LIKELY, Joint, chance
from grader.scorecard.condition import Condition
from grader.scorecard.expression import FALSE, TRUE, Name, Node, names, substitute
from grader.scorecard.joint import of_labels, of_outcomes
from grader.scorecard.label_operators import Label, Outcome
from grader.scorecard.observation import Hit, Observation
from grader.scorecard.operators import Overall, Placed, Searched
from grader.scorecard.plan import Resolved
from grader.scorecard.relations import by_anchor, none_of
from grader.scorecard.scorecard import Scorecard

_CERTAIN: Final[dict[float, Node]] = {1.0: TRUE, 0.0: FALSE}
UNMEASURED: Final = float("nan")
DOUBTFUL: Final = 3
"""So many turns that a label is unlikely in count for each that is asked for; all in which it is likely do.

Without this the small doubts about many turns would add up: of real conversations without a violation, put together to
120 turns of the agent's, 53 % (Mandarin) would fail. With three, written conversations are told apart as well as with all.
"""


class Finding(NamedTuple):
    """What a condition finds in one conversation."""

    probability: float | None
    """That the condition holds, 0 to 1; None where there is no measure to judge by."""
    hits: Sequence[Hit] = ()
    searched: Sequence[int] = ()
    """Indexes of the turns that were looked at; none for what concerns the whole conversation."""
    value: float | None = None
    """The number measured, where the condition is about one."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a condition finds in each conversation of a batch."""

    probabilities: Floats
    """That the condition holds; NaN where there is no measure to judge by."""
    hits: Callable[[int], Sequence[Hit]]
    """Gives them for a conversation."""
    scope: Scope | None = None
    """Where it was looked for; None for what concerns whole conversations."""
    values: Sequence[float | None] | None = None
    """The number measured in each conversation, where the condition is about one."""

    def at(self, conversation: int) -> Finding:
        """Give what is found in one conversation."""
        return Finding(
            known(self.probabilities[conversation]),
            self.hits(conversation),
            self.scope.turns[conversation] if self.scope else (),
            self.values[conversation] if self.values else None,
        )


def known(probability: float) -> float | None:
    """Give a probability, None where it was not measured."""
    return None if math.isnan(probability) else float(probability)


class Findings:
    """The conditions of a scorecard in the light of a batch of conversations; each is looked up when first asked for."""

    def __init__(self, scorecard: Scorecard, observations: Sequence[Observation]) -> None:
        self._conditions = scorecard.conditions
        self._joining = scorecard.joining
        self._batch = Batch(observations)
        self._columns: dict[str, Column] = {}
        self._joints: dict[frozenset[str], Joint] = {}
        self._known: dict[str, Floats] = {}
        self._chances: dict[int, tuple[Resolved, list[float | None]]] = {}

    def of(self, name: str) -> Column:
        """Give what a condition with an operator finds."""
        if name not in self._columns:
            self._columns[name] = self._look(self._conditions[name])
        return self._columns[name]

    def chance(self, expression: Resolved, conversation: int) -> float | None:
        """Give the probability that an expression holds in a conversation; None where it rests on what is not measured."""
        if id(expression) not in self._chances:
            # The expression is kept with its chances, so that its identity stays its own.
            chances = [known(p) for p in self._chance(expression).tolist()]
            self._chances[id(expression)] = expression, chances
        return self._chances[id(expression)][1][conversation]

    def _chance(self, expression: Resolved) -> Floats:
        """Give by conversation the probability that an expression holds; NaN for None."""
        measured = {name: self.of(name).probabilities for name in expression.names}
        uncertain = [f for f in expression.entangled if any(_is_uncertain(measured[name]) for name in f)]
        return chance(expression.root, measured, [self._joint(family) for family in uncertain])

    def unmeasured(self, expression: Resolved, conversation: int) -> list[str]:
        """Name the conditions that nothing could be measured for in a conversation and that decide the expression."""

        def value(name: str) -> Node:
            return _CERTAIN.get(self.of(name).probabilities[conversation], Name(name))

        undecided = dict.fromkeys(names(substitute(expression.root, value)))
        return [name for name in undecided if np.isnan(self.of(name).probabilities[conversation])]

    def known(self, name: str) -> Floats:
        """Give the probability of any condition, also of one that joins others; NaN where it was not measured."""
        if name not in self._known:
            joined = self._joining.get(name)
            self._known[name] = self._chance(joined) if joined else self.of(name).probabilities
        return self._known[name]

    def _look(self, condition: Condition) -> Column:
        match condition.operator:
            case Placed() as operator:
                return self._places(condition, operator)
            case Overall() as operator:
                views = self._batch.views
                found = [operator.probability(view) for view in views]
                values = [operator.measured(view) for view in views]
                return Column(_probabilities(found), _no_hits, values=values)
            case _:
                raise AssertionError("an expression has no finding of its own")

    def _places(self, condition: Condition, operator: Placed) -> Column:
        scope = self._batch.scope(condition.searched_speaker, condition.turns)
        match operator:
            case Label():
                probabilities, hits = self._labelled(condition, operator, scope)
                if condition.relation or condition.nth or condition.count:
                    probabilities, hits = self._counted(
                        condition, [hits(at) for at in range(len(self._batch))]
                    )
            case Searched(absence=True):
                found = self._search(operator, scope)
                probabilities = _probabilities([None if hit is None else float(not hit) for hit in found])
                hits = _no_hits
            case Searched():
                probabilities, hits = self._counted(condition, self._search(operator, scope))
            case _:
                raise AssertionError("places are those of labels or are searched for")
        if condition.searched_speaker in (None, "agent"):
            probabilities[[not turns for turns in scope.turns]] = UNMEASURED
        return Column(probabilities, hits, scope)

    def _labelled(
        self, condition: Condition, label: Label, scope: Scope
    ) -> tuple[Floats, Callable[[int], Sequence[Hit]]]:
        """Give the probability that some turn carries a label, and which may; hits are made where somebody asks."""
        batch = self._batch
        carried = self._carried(condition, label)

        @cache
        def hits(at: int) -> Sequence[Hit]:
            first, end = batch.first[at : at + 2]
            own = carried[first:end].tolist()
            return label.hits(batch.views[at], scope.turns[at], [own[turn] for turn in scope.turns[at]])

        return np.clip(1 - batch.in_all(1 - carried), 0.0, 1.0), hits

    def _carried(self, condition: Condition, label: Label) -> Floats:
        """Give the probability that each row carries a label where it counts: likely ones, and the strongest of the others."""
        scope = self._batch.scope(condition.searched_speaker, condition.turns)
        carried = np.where(scope.rows, label.probabilities(self._batch), 0.0)
        likely = carried >= LIKELY
        doubtful = np.where(likely, 0.0, carried)
        strongest = self._batch.among_strongest(doubtful, DOUBTFUL * condition.needed)
        return np.where(likely | strongest, carried, 0.0)

    def _search(self, operator: Searched, scope: Scope) -> list[Sequence[Hit] | None]:
        """Give the hits in each conversation; None where there is no measure to judge by."""
        batch = self._batch
        if operator.guard is None:
            return [operator.find(view, turns) for view, turns in zip(batch.views, scope.turns, strict=True)]
        found: list[Sequence[Hit] | None] = [()] * len(batch)
        rows = batch.rows_with(operator.guard)
        rows = rows[scope.rows[rows]]
        owners = batch.owners[rows]
        places = zip(owners.tolist(), (rows - batch.first[owners]).tolist(), strict=True)
        for at, turns in groupby(places, itemgetter(0)):
            found[at] = operator.find(batch.views[at], [turn for _, turn in turns])
        return found

    def _counted(
        self, condition: Condition, found: Sequence[Sequence[Hit] | None]
    ) -> tuple[Floats, Callable[[int], Sequence[Hit]]]:
        """Give the probability that hits lie where they must and are enough, and which may count."""
        counted = [self._count(condition, hits, at) for at, hits in enumerate(found)]
        return _probabilities([some for some, _ in counted]), [hits for _, hits in counted].__getitem__

    def _count(
        self, condition: Condition, hits: Sequence[Hit] | None, at: int
    ) -> tuple[float | None, Sequence[Hit]]:
        if not hits:
            return None if hits is None else 0.0, ()
        some = 1 - none_of(hits)
        if condition.relation:
            relation, anchor = condition.relation
            hits, some = by_anchor(hits, self.of(anchor.condition).hits(at), relation, anchor.within)
        if condition.nth:
            hits = _only_nth(hits, condition.nth)
            some = sum(hit.probability for hit in hits)
        elif condition.count:
            some = _at_least(hits, condition.count)
        return min(max(some, 0.0), 1.0), hits

    def _joint(self, family: frozenset[str]) -> Joint:
        """Give the joint distribution of conditions that read the same labels, or the same outcome."""
        if family not in self._joints:
            members = tuple(sorted(family))
            weights = self._states(members)
            bits = np.arange(len(members))[:, None]
            truths = (np.arange(weights.shape[1]) >> bits & 1).astype(float)[:, None]
            unmeasured = np.isnan([self.of(name).probabilities for name in members])
            if unmeasured.any():
                truths = np.where(unmeasured[:, :, None], UNMEASURED, truths)
            self._joints[family] = Joint(members, truths, weights)
        return self._joints[family]

    def _states(self, family: tuple[str, ...]) -> Floats:
        """Give by conversation the probability of each set of conditions that may hold, as bits."""
        if len(family) == 1:
            probabilities = np.nan_to_num(self.of(family[0]).probabilities)
            return np.stack([1 - probabilities, probabilities], axis=1)
        conditions = [self._conditions[name] for name in family]
        if outcomes := [c.operator for c in conditions if isinstance(c.operator, Outcome)]:
            return of_outcomes(outcomes, self._batch)
        labelled = [(c, c.operator) for c in conditions if isinstance(c.operator, Label)]
        counting = [self._carried(condition, label) > 0 for condition, label in labelled]
        return of_labels([label for _, label in labelled], counting, self._batch)


def _no_hits(_conversation: int) -> Sequence[Hit]:
    return ()


def _probabilities(found: Sequence[float | None]) -> Floats:
    return np.array([UNMEASURED if p is None else p for p in found], dtype=np.float64)


def _is_uncertain(probabilities: Floats) -> bool:
    return bool(((probabilities > 0) & (probabilities < 1)).any())


def _counts(hits: Sequence[Hit], most: int) -> Iterator[list[float]]:
    """Give before each hit, and after the last, how probable 0, 1, … hits are; the last entry is ``most`` or more."""
    counts = [1.0, *[0.0] * most]
    yield counts
    for hit in hits:
        p = hit.probability
        grown = [0.0, *(q * p for q in counts[:-1])]
        stayed = [*(q * (1 - p) for q in counts[:-1]), counts[-1]]
        counts = [a + b for a, b in zip(grown, stayed, strict=True)]
        yield counts


def _at_least(hits: Sequence[Hit], n: int) -> float:
    *_, counts = _counts(hits, n)
    return counts[n]


def _only_nth(hits: Sequence[Hit], n: int) -> list[Hit]:
    """Give each hit with the probability that it is the nth one."""
    chances = [hit.probability * counts[n - 1] for hit, counts in zip(hits, _counts(hits, n), strict=False)]
    return [hit._replace(probability=p) for hit, p in zip(hits, chances, strict=True) if p > 0]
