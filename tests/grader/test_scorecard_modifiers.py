"""Where and how often: speaker, turns, near, before, after, nth, count."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scorecard_making import agent, customer, find, observed, other, places

from grader.scorecard.observation import Hit
from grader.scorecard.relations import Relation, by_anchor

CHAT = observed(
    other("排队中，请稍候"),
    agent("您好，请稍候"),
    customer("请快一点，投诉"),
    agent("抱歉，请稍候，抱歉"),
    customer("好"),
    agent("请查收"),
)
PLEASE = {"keywords": {"any": ["请"]}}


@pytest.mark.parametrize(
    ("modifiers", "turns", "searched"),
    [
        ({}, [0, 1, 2, 3, 5], (0, 1, 2, 3, 4, 5)),
        ({"speaker": "agent"}, [1, 3, 5], (1, 3, 5)),
        ({"speaker": "customer"}, [2], (2, 4)),
        ({"speaker": "bot"}, [0], (0,)),
        ({"speaker": "system"}, [], ()),
        ({"turns": {"first": 2}}, [0, 1], (0, 1)),
        ({"turns": {"last": 2}}, [5], (4, 5)),
        ({"turns": {"first": 100}}, [0, 1, 2, 3, 5], (0, 1, 2, 3, 4, 5)),
        ({"speaker": "agent", "turns": {"first": 2}}, [1, 3], (1, 3)),
        ({"speaker": "agent", "turns": {"last": 1}}, [5], (5,)),
        ({"speaker": "agent", "turns": {"last": 9}}, [1, 3, 5], (1, 3, 5)),
    ],
)
def test_turns_are_counted_among_those_of_the_speaker(
    modifiers: dict[str, Any], turns: list[int], searched: tuple[int, ...]
) -> None:
    """The first and last turns are the speaker's own where there is one, else everybody's."""
    finding = find(CHAT, {**PLEASE, **modifiers})
    assert [hit.turn for hit in finding.hits] == turns
    assert finding.searched == searched
    assert finding.probability == bool(turns)


@pytest.mark.parametrize(
    ("modifiers", "probability", "hits"),
    [
        ({"count": 2}, 1, [(3, 0, 2), (3, 7, 9)]),
        ({"count": 3}, 0, [(3, 0, 2), (3, 7, 9)]),
        ({"nth": 1}, 1, [(3, 0, 2)]),
        ({"nth": 2}, 1, [(3, 7, 9)]),
        ({"nth": 3}, 0, []),
    ],
)
def test_sure_hits_are_counted(
    modifiers: dict[str, Any], probability: float, hits: list[tuple[int, int, int]]
) -> None:
    """``count`` asks for so many hits, ``nth`` picks one of them."""
    finding = find(CHAT, {"keywords": {"any": ["抱歉"]}, **modifiers})
    assert (finding.probability, places(finding)) == (probability, hits)


ANCHORS: dict[str, dict[str, Any]] = {
    "complains": {"keywords": {"any": ["投诉"]}},
    "second_sorry": {"keywords": {"any": ["抱歉"]}, "nth": 2},
    "never_said": {"keywords": {"any": ["再见"]}},
}
CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=6)


@settings(deadline=None)
@given(CHANCES, st.integers(1, 4))
def test_unsure_hits_are_counted_exactly(chances: list[float], n: int) -> None:
    """The probability of n hits agrees with going through all cases; the nth hit's place is spread over the turns.

    Of the turns in which a hit is unlikely, three for each that is asked for count.
    """
    observation = observed(*(customer(escalation=p) for p in chances))
    unlikely = sorted((turn for turn, p in enumerate(chances) if p < 0.5), key=lambda turn: -chances[turn])
    chances = [0.0 if turn in unlikely[3 * n :] else p for turn, p in enumerate(chances)]
    expected = 0.0
    nth = [0.0] * len(chances)
    for world in product([False, True], repeat=len(chances)):
        weight = 1.0
        for p, hit in zip(chances, world, strict=True):
            weight *= p if hit else 1 - p
        there = [turn for turn, hit in enumerate(world) if hit]
        expected += weight * (len(there) >= n)
        if len(there) >= n:
            nth[there[n - 1]] += weight
    label = {"label": {"name": "escalation"}}
    counted = find(observation, {**label, "count": n})
    picked = find(observation, {**label, "nth": n})
    assert counted.probability == pytest.approx(expected, abs=1e-9)
    assert picked.probability == pytest.approx(expected, abs=1e-9)
    for hit in picked.hits:
        assert hit.probability == pytest.approx(nth[hit.turn], abs=1e-9)


@pytest.mark.parametrize(
    ("relation", "turns"),
    [
        ({"near": {"condition": "complains", "within": 0}}, [2]),
        ({"near": {"condition": "complains", "within": 1}}, [1, 2, 3]),
        ({"near": {"condition": "complains", "within": 3}}, [0, 1, 2, 3, 5]),
        ({"after": {"condition": "complains"}}, [3, 5]),
        ({"after": {"condition": "complains", "within": 1}}, [3]),
        ({"after": {"condition": "complains", "within": 0}}, []),
        ({"before": {"condition": "complains"}}, [0, 1, 2]),
        ({"before": {"condition": "complains", "within": 1}}, [1, 2]),
        ({"before": {"condition": "complains", "within": 0}}, [2]),
        ({"before": {"condition": "second_sorry"}}, [0, 1, 2, 3]),
        ({"after": {"condition": "second_sorry"}}, [5]),
        ({"near": {"condition": "never_said", "within": 5}}, []),
    ],
)
def test_hits_lie_by_hits_of_another_condition(relation: dict[str, Any], turns: list[int]) -> None:
    """Distance is counted in turns of anybody; in one turn, the place in the text decides."""
    finding = find(
        CHAT,
        {**PLEASE, **relation},
        **{name: anchor for name, anchor in ANCHORS.items() if name in str(relation)},
    )
    assert [hit.turn for hit in finding.hits] == turns
    assert finding.probability == bool(turns)


def test_related_hits_can_be_counted() -> None:
    """A count applies to the hits that lie right."""
    by = {"after": {"condition": "complains"}}
    complains = {"keywords": {"any": ["投诉"]}}
    assert find(CHAT, {**PLEASE, **by, "count": 2}, complains=complains).probability == 1
    assert find(CHAT, {**PLEASE, **by, "count": 3}, complains=complains).probability == 0
    assert places(find(CHAT, {**PLEASE, **by, "nth": 2}, complains=complains)) == [(5, 0, 1)]


def test_a_silence_can_be_an_anchor() -> None:
    """What is said after a long silence can be asked for."""
    call = observed(
        agent("请稍等", start=0, end=1),
        agent("让您久等了", start=20, end=22),
        customer("好", start=22, end=23),
        channel="call",
    )
    thanks = {"keywords": {"any": ["久等"]}, "after": {"condition": "silent", "within": 1}}
    assert find(call, thanks, silent={"silence": {"longer_than": 10}}).probability == 1
    assert find(call, thanks, silent={"silence": {"longer_than": 30}}).probability == 0


PLACED = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0])), min_size=1, max_size=4, unique_by=lambda h: h[0]
)  # fmt: skip


def _lies_right(hit: Hit, anchor: Hit, relation: Relation, within: int | None) -> bool:
    apart = hit.turn - anchor.turn
    if within is not None and abs(apart) > within:
        return False
    if relation == "near":
        return True
    if apart:
        return (apart > 0) == (relation == "after")
    return anchor.end <= hit.start if relation == "after" else hit.end <= anchor.start


@settings(deadline=None)
@given(
    PLACED,
    PLACED,
    st.sampled_from(["near", "before", "after"]),
    st.integers(0, 3) | st.none(),
    st.sampled_from([(0, 9, 0, 9), (0, 2, 5, 7), (5, 7, 0, 2)]),
)
def test_unsure_anchors_are_evaluated_exactly(
    hits: list[tuple[int, float]],
    anchors: list[tuple[int, float]],
    relation: Relation,
    within: int | None,
    spans: tuple[int, int, int, int],
) -> None:
    """Two hits may owe it to the same anchor; the probability of any agrees with going through all cases."""
    within = 3 if relation == "near" and within is None else within
    mine = [Hit(turn, spans[0], spans[1], p) for turn, p in sorted(hits)]
    others = [Hit(turn, spans[2], spans[3], p) for turn, p in sorted(anchors)]
    expected = 0.0
    marginal = [0.0] * len(mine)
    for world in product([False, True], repeat=len(mine) + len(others)):
        weight = 1.0
        for item, there in zip([*mine, *others], world, strict=True):
            weight *= item.probability if there else 1 - item.probability
        present = [o for o, there in zip(others, world[len(mine) :], strict=True) if there]
        right = [there and any(_lies_right(h, o, relation, within) for o in present)
                 for h, there in zip(mine, world[: len(mine)], strict=True)]  # fmt: skip
        expected += weight * any(right)
        marginal = [m + weight * r for m, r in zip(marginal, right, strict=True)]
    kept, some = by_anchor(mine, others, relation, within)
    assert some == pytest.approx(expected, abs=1e-9)
    by_turn = {hit.turn: hit.probability for hit in kept}
    for hit, p in zip(mine, marginal, strict=True):
        assert by_turn.get(hit.turn, 0.0) == pytest.approx(p, abs=1e-9)
