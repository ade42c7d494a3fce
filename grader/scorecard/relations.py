"""Hits that count only near, before or after hits of another condition.

Distance is counted in turns of anybody. In one turn, before and after go by the place in the text; a hit on a whole
turn is neither before nor after another hit in it.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from typing import Literal, TypeAlias

from grader.scorecard.observation import Hit

Relation: TypeAlias = Literal["near", "before", "after"]

_Place: TypeAlias = tuple[int, int]
"""Turn and end of a hit; turn -1 stands for any earlier one where distance does not matter."""

_NEGLIGIBLE = 1e-12


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
    and the last hit were; whatever comes next pairs with the last of the others or with none.
    """
    events = sorted([(h.turn, h.start, h.end, h.probability, True) for h in hits]
                    + [(a.turn, a.start, a.end, a.probability, False) for a in anchors])  # fmt: skip
    keeps_anchor, keeps_hit = relation != "before", relation != "after"
    states: dict[tuple[_Place | None, _Place | None], float] = {(None, None): 1.0}
    for turn, start, end, probability, is_hit in events:
        following: dict[tuple[_Place | None, _Place | None], float] = defaultdict(float)
        for (last_anchor, last_hit), q in states.items():
            anchor, hit = _still(last_anchor, turn, within), _still(last_hit, turn, within)
            following[anchor, hit] += q * (1 - probability)
            earlier = anchor if is_hit else hit
            if earlier and (relation == "near" or earlier[0] < turn or earlier[1] <= start):
                continue
            if is_hit and keeps_hit:
                hit = _nearer(hit, turn, end)
            elif not is_hit and keeps_anchor:
                anchor = _nearer(anchor, turn, end)
            following[anchor, hit] += q * probability
        states = {state: q for state, q in following.items() if q > _NEGLIGIBLE}
    return 1 - sum(states.values())


def _still(place: _Place | None, turn: int, within: int | None) -> _Place | None:
    """Give what an earlier place is worth in ``turn``."""
    if place is None or place[0] == turn:
        return place
    if within is None:
        return (-1, 0)
    return place if turn - place[0] <= within else None


def _nearer(place: _Place | None, turn: int, end: int) -> _Place:
    """Give the better of an earlier place and this one for what comes later."""
    return (turn, min(end, place[1])) if place and place[0] == turn else (turn, end)
