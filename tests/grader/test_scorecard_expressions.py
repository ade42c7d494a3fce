"""Expressions are read with exact messages and evaluated exactly."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.scorecard.chance import Joint, chance
from grader.scorecard.expression import (
    FALSE,
    MAX_DEPTH,
    TRUE,
    And,
    ExpressionError,
    Name,
    Node,
    Not,
    Or,
    flat,
    names,
    parse,
    substitute,
)

A, B, C = Name("a"), Name("b"), Name("c")


@pytest.mark.parametrize(
    ("source", "root"),
    [
        ("a", A),
        ("a and b", And((A, B))),
        ("a or b and c", Or((A, And((B, C))))),
        ("(a or b) and c", And((Or((A, B)), C))),
        ("not a and b", And((Not(A), B))),
        ("not (a or b)", Not(Or((A, B)))),
        ("not not a", Not(Not(A))),
        ("a && !b || c", Or((And((A, Not(B))), C))),
        ("a AND NOT b", And((A, Not(B)))),
        ("客户不满 and b", And((Name("客户不满"), B))),
        ("  a\n or b ", Or((A, B))),
    ],
)
def test_expressions_follow_the_usual_precedence(source: str, root: Node) -> None:
    """``not`` binds before ``and``, ``and`` before ``or``; both spellings mean the same."""
    assert parse(source).root == root


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "at the end: expected a condition's name, 'not' or '('"),
        ("a and", "at the end: expected a condition's name, 'not' or '('"),
        ("a b", "at character 3, 'b': expected 'and', 'or' or the end"),
        ("(a or b", "at the end: expected ')'"),
        ("a or )", "at character 6, ')': expected a condition's name, 'not' or '('"),
        ("a + b", "at character 3, '+': expected a name, 'and', 'or', 'not' or parentheses"),
        ("1&&2", "at character 1, '1': expected a name, 'and', 'or', 'not' or parentheses"),
        ("a" * 2001, "it has 2001 characters, more than the 2000 allowed"),
        ("(" * 60 + "a" + ")" * 60, f"it nests deeper than {MAX_DEPTH} levels"),
        ("not " * 60 + "a", f"it nests deeper than {MAX_DEPTH} levels"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(source: str, message: str) -> None:
    """The message names the character and what was expected there."""
    with pytest.raises(ExpressionError) as raised:
        parse(source)
    assert str(raised.value) == message


def _truth(node: Node, world: Mapping[str, bool]) -> bool:
    match node:
        case Name(name):
            return world[name]
        case Not(of):
            return not _truth(of, world)
        case And(parts):
            return all(_truth(part, world) for part in parts)
        case Or(parts):
            return any(_truth(part, world) for part in parts)


NAMES = "abcdef"
TREES = st.recursive(
    st.sampled_from([Name(name) for name in NAMES]),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=14,
)
CHANCES = st.fixed_dictionaries(dict.fromkeys(NAMES, st.floats(0, 1)))


def _alone(chances: Mapping[str, float]) -> dict[str, np.ndarray]:
    return {name: np.array([p]) for name, p in chances.items()}


def _single(name: str, p: float) -> Joint:
    return Joint((name,), np.array([[[1.0, 0.0]]]), np.array([[p, 1 - p]]))


@settings(deadline=None)
@given(TREES, CHANCES)
def test_probabilities_agree_with_going_through_all_worlds(node: Node, chances: dict[str, float]) -> None:
    """However often a condition stands in an expression, it is one event."""
    expected = 0.0
    for values in product([False, True], repeat=len(NAMES)):
        world = dict(zip(NAMES, values, strict=True))
        if _truth(node, world):
            expected += float(np.prod([chances[n] if world[n] else 1 - chances[n] for n in NAMES]))
    used = list(names(node))
    repeated = [_single(name, chances[name]) for name in NAMES if used.count(name) > 1]
    assert float(chance(node, _alone(chances), repeated)[0]) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(TREES, CHANCES, st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
def test_dependent_conditions_are_evaluated_by_their_joint_distribution(
    node: Node, chances: dict[str, float], weights: list[float]
) -> None:
    """Where ``b`` implies ``a``, worlds in which it does not have no part in the probability."""
    pairs = [(False, False), (True, False), (True, True)]
    shares = np.array(weights[:3]) / sum(weights[:3])
    rest = [name for name in NAMES if name not in "ab"]
    expected = 0.0
    for (a, b), share in zip(pairs, shares, strict=True):
        for values in product([False, True], repeat=len(rest)):
            world = dict(zip(rest, values, strict=True)) | {"a": a, "b": b}
            if _truth(node, world):
                expected += share * float(np.prod([chances[n] if world[n] else 1 - chances[n] for n in rest]))
    used = list(names(node))
    family = Joint(("a", "b"), np.array(pairs, dtype=float).T[:, None], shares[None])
    repeated = [_single(name, chances[name]) for name in rest if used.count(name) > 1]
    marginals = chances | {"a": float(shares[1] + shares[2]), "b": float(shares[2])}
    assert float(chance(node, _alone(marginals), [family, *repeated])[0]) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(TREES, st.fixed_dictionaries(dict.fromkeys(NAMES, st.booleans())))
def test_simplifying_keeps_the_meaning(node: Node, world: dict[str, bool]) -> None:
    """Flattening and settling names changes how an expression is written, never what it says."""
    assert _truth(flat(node), world) == _truth(node, world)
    settled = substitute(node, lambda name: TRUE if world[name] else FALSE)
    assert settled is (TRUE if _truth(node, world) else FALSE)


@settings(deadline=None)
@given(TREES)
def test_flat_expressions_negate_names_only(node: Node) -> None:
    """After flattening ``not`` stands before names, and neither level nor part is repeated."""

    def check(part: Node) -> None:
        if isinstance(part, Not):
            assert isinstance(part.of, Name)
        elif isinstance(part, And | Or):
            assert len(part.of) > 1
            assert len(set(part.of)) == len(part.of)
            for inner in part.of:
                assert type(inner) is not type(part)
                check(inner)

    check(flat(node))
