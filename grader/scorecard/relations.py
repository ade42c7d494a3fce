"""Hits that count only near, before or after hits of another condition.

Distance is counted in turns of anybody. In one turn, before and after go by the place in the text; a hit on a whole
turn is neither before nor after another hit in it.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, Literal, NamedTuple, TypeAlias

from grader.scorecard.observation import Hit

Relation: TypeAlias = Literal["near", "before", "after"]

_NEGLIGIBLE: Final = 1e-12


def by_anchor(
    hits: Sequence[Hit], anchors: Sequence[Hit], relation: Relation, within: int | None
) -> tuple[list[Hit], float]:
    """Keep what lies by an anchor.

    Args:
        hits: in order of place; their probabilities are independent.
        anchors: the other condition's hits, likewise.
        relation: how a hit must lie to an anchor.
        within: turns of distance at most; None for any.

    Returns:
        The hits that may count, each with the probability that it does, and the probability that any does. Two hits may
        owe it to the same anchor, so that the second is not what independence of the first would give.
    """
    if within is not None:
        reached = {hit.turn + distance for hit in hits for distance in range(-within, within + 1)}
        anchors = [anchor for anchor in anchors if anchor.turn in reached]
    near = _Anchors(anchors, relation, within)
    kept = [hit._replace(probability=hit.probability * p) for hit in hits if (p := near.some(hit)) > 0]
    if all(anchor.probability in (0, 1) for anchor in anchors):
        return kept, 1 - none_of(kept)
    return kept, _some_pair(hits, anchors, relation, within)


def none_of(hits: Sequence[Hit]) -> float:
    """Give the probability that none of independent hits is there."""
    missing = 1.0
    for hit in hits:
        missing *= 1 - hit.probability
    return missing


class _Anchors:
    """Finds the anchors that a hit lies by."""

    def __init__(self, anchors: Sequence[Hit], relation: Relation, within: int | None) -> None:
        self._anchors = sorted(anchors, key=lambda hit: (hit.turn, hit.start))
        self._turns = [hit.turn for hit in self._anchors]
        self._relation = relation
        self._within = within
        missing = [1 - hit.probability for hit in self._anchors]
        self._none_before = list(accumulate(missing, lambda a, b: a * b, initial=1.0))
        self._none_from = list(accumulate(reversed(missing), lambda a, b: a * b, initial=1.0))[::-1]

    def some(self, hit: Hit) -> float:
        """Give the probability that one of the anchors that ``hit`` lies by is there."""
        first, end = bisect_left(self._turns, hit.turn), bisect_right(self._turns, hit.turn)
        same = self._anchors[first:end]
        match self._relation:
            case "near":
                missing = none_of(same) * self._none_earlier(hit, first) * self._none_later(hit, end)
            case "after":
                missing = none_of([a for a in same if a.end <= hit.start]) * self._none_earlier(hit, first)
            case "before":
                missing = none_of([a for a in same if hit.end <= a.start]) * self._none_later(hit, end)
        return 1 - missing

    def _none_earlier(self, hit: Hit, end: int) -> float:
        if self._within is None:
            return self._none_before[end]
        return none_of(self._anchors[bisect_left(self._turns, hit.turn - self._within) : end])

    def _none_later(self, hit: Hit, first: int) -> float:
        if self._within is None:
            return self._none_from[first]
        return none_of(self._anchors[first : bisect_right(self._turns, hit.turn + self._within)])


def _some_pair(hits: Sequence[Hit], anchors: Sequence[Hit], relation: Relation, within: int | None) -> float:
    """Give the probability that some hit lies by some anchor, exactly.

    Goes through all places in order and keeps how probable it is that no pair was found so far, by where the last anchor
    and the last hit were: whatever comes next pairs with the last of the others or with none.
    """
    events = [(hit, True) for hit in hits] + [(anchor, False) for anchor in anchors]
    events.sort(key=lambda event: event[0][:3])
    keeps = {True: relation != "after", False: relation != "before"}
    states: _States = {(_NOWHERE, _NOWHERE): 1.0}
    now = -1
    for event, is_hit in events:
        if event.turn != now:
            states = _moved(states, now, event.turn, within)
            now = event.turn
        following: _States = defaultdict(float)
        for (anchor, hit), q in states.items():
            following[anchor, hit] += q * (1 - event.probability)
            other = anchor if is_hit else hit
            if other.earlier is None and not other.precedes(event, anywhere=relation == "near"):
                after = (anchor, hit)
                if keeps[is_hit]:
                    after = (anchor, hit.joined(event)) if is_hit else (anchor.joined(event), hit)
                following[after] += q * event.probability
        states = {state: q for state, q in following.items() if q > _NEGLIGIBLE}
    return 1 - sum(states.values())


class _Last(NamedTuple):
    """Where something was last."""

    earlier: int | None
    """The last turn before this one, where it is still near enough; None for none."""
    end: int | None
    """The first end in this turn; None for none."""

    def precedes(self, event: Hit, *, anywhere: bool) -> bool:
        """Tell whether it is in this turn and stands before ``event``, or anywhere in it."""
        return self.end is not None and (anywhere or self.end <= event.start)

    def joined(self, event: Hit) -> "_Last":
        """Add ``event``, which is in this turn."""
        return _Last(self.earlier, event.end if self.end is None else min(self.end, event.end))

    def moved(self, last: int, now: int, within: int | None) -> "_Last":
        """Go on from turn ``last`` to turn ``now``."""
        earlier = self.earlier if self.end is None else last
        if earlier is None or (within is not None and now - earlier > within):
            return _NOWHERE
        return _Last(_ANY if within is None else earlier, None)


_NOWHERE: Final = _Last(None, None)
_ANY: Final = -1
"""Any earlier turn, where distance does not matter."""

_States: TypeAlias = dict[tuple[_Last, _Last], float]
"""Probability by the last anchor and the last hit."""


def _moved(states: _States, last: int, now: int, within: int | None) -> _States:
    moved: _States = defaultdict(float)
    for (anchor, hit), q in states.items():
        moved[anchor.moved(last, now, within), hit.moved(last, now, within)] += q
    return moved
