"""Whether the parts of a scorecard, each right by itself, fit together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from grader.calibration import CLIP
from grader.scorecard.condition import Condition
from grader.scorecard.expression import RESERVED, Parsed, names
from grader.scorecard.operators import Placed
from grader.scorecard.plan import is_soft, resolve
from grader.scorecard.schema import did_you_mean, enumeration

if TYPE_CHECKING:
    from grader.scorecard.scorecard import Criterion, Section

MAX_NAMES: Final = 300
"""Conditions that one expression may come down to, repeated ones counted repeatedly."""

MAX_ENTANGLED: Final = 12
"""Conditions on labels that one expression may repeat or that depend on each other; the work may double with each."""

Path: TypeAlias = tuple[str | int, ...]
"""Where in the document: keys and indexes."""


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """Something that a person has to mend."""

    path: Path
    problem: str
    remedy: str


def inconsistencies(
    sections: Mapping[int, "Section"],
    conditions: Mapping[str, Condition],
    criteria: Mapping[int, "Criterion"],
    *,
    abstain_within: float,
    complete: bool,
) -> Iterator[Inconsistency]:
    """Find all that does not fit together.

    Args:
        sections: by their index in the document.
        conditions: by name.
        criteria: by their index in the document.
        abstain_within: the scorecard's.
        complete: whether all parts of the document are here; otherwise nothing is said of what seems to be missing.
    """
    expressions = dict(_expressions(conditions, criteria))
    yield from _repeated("sections", {index: section.id for index, section in sections.items()})
    yield from _repeated("criteria", {index: criterion.id for index, criterion in criteria.items()})
    yield from _condition_names(conditions)
    yield from _anchors(conditions)
    yield from _deductions(criteria)
    yield from _undecidable(criteria, abstain_within)
    if complete:
        yield from _unknown_sections(sections, criteria)
        yield from _unused_sections(sections, criteria)
        yield from _unused(expressions, conditions)
    unknown = list(_unknown(expressions, conditions))
    cycles = list(_cycles(conditions))
    yield from (*unknown, *cycles)
    if not unknown and not cycles:
        yield from _too_large(expressions, conditions)


def _repeated(place: str, ids: Mapping[int, str]) -> Iterator[Inconsistency]:
    seen: set[str] = set()
    for index, given in ids.items():
        if given in seen:
            yield Inconsistency(
                (place, index, "id"), f"The id `{given}` is used twice in {place}.", "Give each its own."
            )
        seen.add(given)


def _unknown_sections(
    sections: Mapping[int, "Section"], criteria: Mapping[int, "Criterion"]
) -> Iterator[Inconsistency]:
    ids = [section.id for section in sections.values()]
    for index, criterion in criteria.items():
        if criterion.section not in ids:
            yield Inconsistency(
                ("criteria", index, "section"),
                f"There is no section `{criterion.section}`.",
                did_you_mean(criterion.section, ids, f"Use one of {enumeration(ids)}."),
            )


def _unused_sections(
    sections: Mapping[int, "Section"], criteria: Mapping[int, "Criterion"]
) -> Iterator[Inconsistency]:
    used = {criterion.section for criterion in criteria.values()}
    for index, section in sections.items():
        if section.id not in used:
            yield Inconsistency(
                ("sections", index), f"The section `{section.id}` has no criteria.", "Remove it, or use it."
            )


def _expressions(
    conditions: Mapping[str, Condition], criteria: Mapping[int, "Criterion"]
) -> Iterator[tuple[Path, Parsed]]:
    for name, condition in conditions.items():
        if condition.expression:
            yield ("conditions", name, "expression"), condition.expression
    for index, criterion in criteria.items():
        for field in ("applicable", "met", "failed", "fatal"):
            if isinstance(given := getattr(criterion, field), Parsed):
                yield ("criteria", index, field), given
        for number, deduction in enumerate(criterion.deductions):
            yield ("criteria", index, "deductions", number, "when"), deduction.when


def _condition_names(conditions: Mapping[str, Condition]) -> Iterator[Inconsistency]:
    for name in conditions:
        if not name.isidentifier() or name.lower() in RESERVED:
            yield Inconsistency(
                ("conditions", name),
                f"{name!r} cannot name a condition.",
                "Use letters, digits and underscores, no digit first, and not `and`, `or` or `not`.",
            )


def _unknown(
    expressions: Mapping[Path, Parsed], conditions: Mapping[str, Condition]
) -> Iterator[Inconsistency]:
    used = [
        (path, name) for path, parsed in expressions.items() for name in dict.fromkeys(names(parsed.root))
    ]
    used += [
        (("conditions", name, relation, "condition"), anchor.condition)
        for name, condition in conditions.items()
        if condition.relation
        for relation, anchor in [condition.relation]
    ]
    for path, name in used:
        if name not in conditions:
            yield Inconsistency(
                path,
                f"There is no condition `{name}`.",
                did_you_mean(name, list(conditions), "Define it under `conditions`."),
            )


def _anchors(conditions: Mapping[str, Condition]) -> Iterator[Inconsistency]:
    for name, condition in conditions.items():
        if condition.relation is None:
            continue
        relation, anchor = condition.relation
        other = conditions.get(anchor.condition)
        path = ("conditions", name, relation, "condition")
        if other is not None and (not isinstance(other.operator, Placed) or other.operator.absence):
            yield Inconsistency(
                path,
                f"The condition `{anchor.condition}` has no place in the conversation to be {relation}.",
                "Name a condition that finds words, labels, silences or interruptions.",
            )
        elif condition.needed > 1 and is_soft(anchor.condition, conditions):
            yield Inconsistency(
                path,
                f"Hits {relation} those of `{anchor.condition}` cannot be counted: where they are is uncertain.",
                "Remove `nth` and `count`, or name a condition that finds words.",
            )


def _uses(name: str, conditions: Mapping[str, Condition]) -> list[str]:
    """Give the known conditions that one refers to directly."""
    condition = conditions[name]
    used = list(names(condition.expression.root)) if condition.expression else []
    if condition.relation:
        used.append(condition.relation[1].condition)
    return [other for other in used if other in conditions]


def _cycles(conditions: Mapping[str, Condition]) -> Iterator[Inconsistency]:
    """Find conditions that lead back to themselves; each cycle is told once."""
    done: set[str] = set()
    for start in conditions:
        trail: dict[str, Iterator[str]] = {start: iter(_uses(start, conditions))} if start not in done else {}
        while trail:
            current, rest = next(reversed(trail.items()))
            following = next(rest, None)
            if following is None:
                done.add(current)
                del trail[current]
            elif following in trail:
                cycle = [*list(trail)[list(trail).index(following) :], following]
                yield Inconsistency(
                    ("conditions", following),
                    f"The condition refers to itself: {' → '.join(f'`{name}`' for name in cycle)}.",
                    "Break the circle.",
                )
            elif following not in done:
                trail[following] = iter(_uses(following, conditions))


def _unused(
    expressions: Mapping[Path, Parsed], conditions: Mapping[str, Condition]
) -> Iterator[Inconsistency]:
    asked = (
        name for path, parsed in expressions.items() if path[0] == "criteria" for name in names(parsed.root)
    )
    used = reached(asked, conditions)
    for name in conditions:
        if name not in used:
            yield Inconsistency(
                ("conditions", name),
                f"The condition `{name}` decides nothing: no criterion uses it.",
                "Use it in an expression, or remove it.",
            )


def reached(asked: Iterable[str], conditions: Mapping[str, Condition]) -> set[str]:
    """Give the known conditions that some names stand for, directly or through others."""
    found: set[str] = set()
    frontier = list(asked)
    while frontier:
        name = frontier.pop()
        if name in conditions and name not in found:
            found.add(name)
            frontier += _uses(name, conditions)
    return found


def _deductions(criteria: Mapping[int, "Criterion"]) -> Iterator[Inconsistency]:
    for index, criterion in criteria.items():
        for number, deduction in enumerate(criterion.deductions):
            if deduction.points > criterion.points:
                yield Inconsistency(
                    ("criteria", index, "deductions", number, "points"),
                    f"{deduction.points:g} points are deducted from a criterion of {criterion.points:g}.",
                    "Deduct at most what can be earned.",
                )


def _undecidable(criteria: Mapping[int, "Criterion"], abstain_within: float) -> Iterator[Inconsistency]:
    """Find criteria whose ``decide_at`` leaves a verdict no probability: calibrated ones never reach 0 or 1."""
    for index, criterion in criteria.items():
        line = criterion.decide_at
        for verdict, beyond, room in (("met", "above", 1 - line), ("not met", "below", line)):
            if room < abstain_within + CLIP:
                yield Inconsistency(
                    ("criteria", index, "decide_at"),
                    f"The criterion can never be {verdict}: all {beyond} {line:g} is within {abstain_within:g} of it, "
                    "too close to call.",
                    "Lower `abstain_within`, or move `decide_at`.",
                )


def _too_large(
    expressions: Mapping[Path, Parsed], conditions: Mapping[str, Condition]
) -> Iterator[Inconsistency]:
    sizes: dict[str, int] = {}

    def size(name: str) -> int:
        if name not in sizes:
            inner = conditions[name].expression
            sizes[name] = sum(map(size, names(inner.root))) if inner else 1
        return sizes[name]

    for path, parsed in expressions.items():
        total = sum(map(size, names(parsed.root)))
        if total > MAX_NAMES:
            yield Inconsistency(
                path,
                f"The expression comes down to {total} conditions, more than the {MAX_NAMES} allowed.",
                "Split the criterion.",
            )
        elif sum(map(len, resolve(parsed.root, conditions).entangled)) > MAX_ENTANGLED:
            yield Inconsistency(
                path,
                f"More than {MAX_ENTANGLED} labels in the expression stand twice or depend on each other.",
                "Split the criterion.",
            )
