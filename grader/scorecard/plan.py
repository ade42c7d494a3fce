"""How the expressions of a criterion are evaluated: names of expressions replaced, dependent conditions found."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.scorecard.condition import Condition
from grader.scorecard.expression import Name, Node, Parsed, flat, names, substitute
from grader.scorecard.label_operators import Label, Outcome

if TYPE_CHECKING:
    from grader.scorecard.scorecard import Criterion


@dataclass(frozen=True, slots=True)
class Resolved:
    """An expression over conditions with operators only."""

    root: Node
    names: tuple[str, ...]
    """Its conditions, each once."""
    entangled: tuple[frozenset[str], ...]
    """Uncertain conditions that stand more than once or depend on each other, by family."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The expressions of a criterion, resolved."""

    applicable: Resolved | None
    goal: Resolved
    """True where the criterion is met, as far as ``fatal`` is left out."""
    met: Resolved
    """True where the criterion is met."""
    fatal: Resolved | None
    deductions: tuple[Resolved, ...]


def plan(criterion: "Criterion", conditions: Mapping[str, Condition]) -> Plan:
    """Resolve the expressions of a criterion; all names are known and no condition refers to itself."""
    fatal = criterion.fatal.root if isinstance(criterion.fatal, Parsed) else None
    return Plan(
        applicable=resolve(criterion.applicable.root, conditions) if criterion.applicable else None,
        goal=resolve(criterion.goal, conditions),
        met=resolve(criterion.question, conditions),
        fatal=resolve(fatal, conditions) if fatal else None,
        deductions=tuple(resolve(deduction.when.root, conditions) for deduction in criterion.deductions),
    )


def resolve(node: Node, conditions: Mapping[str, Condition]) -> Resolved:
    """Put the expressions of conditions in the place of their names, and sort out what depends on what."""
    root = flat(_expand(node, conditions))
    uses = Counter(names(root))
    families = _families([name for name in uses if is_soft(name, conditions)], conditions)
    entangled = (family for family in families if sum(uses[name] for name in family) > 1)
    return Resolved(root, tuple(uses), tuple(entangled))


def _expand(node: Node, conditions: Mapping[str, Condition]) -> Node:
    def value(name: str) -> Node:
        inner = conditions[name].expression
        return _expand(inner.root, conditions) if inner else Name(name)

    return substitute(node, value)


def _families(used: Iterable[str], conditions: Mapping[str, Condition]) -> list[frozenset[str]]:
    """Join conditions that read the same variable, directly or through others."""
    families: list[tuple[set[str], frozenset[str]]] = []
    for name in used:
        variables, members = set(_variables(name, conditions[name])), frozenset({name})
        apart = []
        for other_variables, others in families:
            if variables.isdisjoint(other_variables):
                apart.append((other_variables, others))
            else:
                variables |= other_variables
                members |= others
        families = [*apart, (variables, members)]
    return [members for _, members in families]


def is_soft(name: str, conditions: Mapping[str, Condition]) -> bool:
    """Tell whether a condition may have a probability between 0 and 1, by itself or by what it must lie by."""
    seen: set[str] = set()
    while name in conditions and name not in seen:
        seen.add(name)
        condition = conditions[name]
        if condition.operator is not None and condition.operator.soft:
            return True
        if condition.relation is None:
            return False
        name = condition.relation[1].condition
    return False


def _variables(name: str, condition: Condition) -> tuple[str, ...]:
    """Give what the truth of a condition depends on.

    Labels asked for in plain form share theirs. What must be counted or lie by something else stands for itself.
    """
    match condition.operator:
        case Label() as label if condition.relation is None and condition.needed == 1:
            return label.variables
        case Outcome(measure=measure):
            return (f"outcome:{measure}",)
        case _:
            return (name,)
