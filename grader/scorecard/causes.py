"""Why an expression holds or does not: the conditions that decide it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from grader.scorecard.chance import chance
from grader.scorecard.expression import And, Name, Node, Not, Or, names
from grader.scorecard.findings import Finding, Findings
from grader.scorecard.observation import Hit
from grader.scorecard.operators import Placed
from grader.scorecard.scorecard import Scorecard


class Cause(NamedTuple):
    """A condition that decides an expression by holding or not."""

    shown: str
    """What people call it."""
    holds: bool
    placed: bool
    """Whether it is about what is found in turns; otherwise about the conversation as a whole."""
    finding: Finding


class Causes:
    """Finds what decides expressions over the conditions of a scorecard in one conversation."""

    def __init__(self, scorecard: Scorecard, findings: Findings) -> None:
        self._conditions = scorecard.conditions
        self._findings = findings

    def of(self, node: Node, *, holds: bool) -> list[Cause]:
        """Give the conditions to which it is owed that ``node`` holds, or that it does not."""
        return list(self._of(node, holds))

    def _of(self, node: Node, holds: bool) -> Iterator[Cause]:  # noqa: FBT001
        match node:
            case Name(name):
                yield from self._of_name(name, holds)
            case Not(of):
                yield from self._of(of, not holds)
            case And(parts) | Or(parts):
                every = isinstance(node, And) == holds
                for part in parts if every else self._likeliest(parts, holds):
                    yield from self._of(part, holds)

    def _likeliest(self, parts: Sequence[Node], holds: bool) -> list[Node]:  # noqa: FBT001
        """Give the parts that more likely than not do what one of them must do; at least the likeliest one."""
        chances = [self._chance(part) if holds else 1 - self._chance(part) for part in parts]
        enough = min(0.5, max(chances))
        return [part for part, p in zip(parts, chances, strict=True) if p >= enough]

    def _chance(self, node: Node) -> float:
        """Give about how probable it is that ``node`` holds: parts are taken as independent, the unmeasured as even."""
        known = {name: self._findings.known(name) for name in names(node)}
        return chance(node, {name: 0.5 if p is None else p for name, p in known.items()})

    def _of_name(self, name: str, holds: bool) -> Iterator[Cause]:  # noqa: FBT001
        """Tell of a condition; of one that joins others as one where it has a name for people, else of the others.

        What kind of conversation it is, and what was not measured, explains nothing.
        """
        condition = self._conditions[name]
        if condition.expression:
            inner = self._of(condition.expression.root, holds)
            yield from [_together(condition.name, holds, list(inner))] if condition.name else inner
        elif condition.operator and not condition.operator.frame:
            finding = self._findings.of(name)
            if finding.probability is not None:
                placed = isinstance(condition.operator, Placed) and not condition.operator.absence
                yield Cause(condition.name or name, holds, placed, finding)


def _together(shown: str, holds: bool, causes: Sequence[Cause]) -> Cause:  # noqa: FBT001
    """Make one cause of those that decide a condition which joins others."""
    hits = {hit for cause in causes if cause.holds for hit in cause.finding.hits} if holds else ()
    searched = {turn for cause in causes for turn in cause.finding.searched}
    found = Finding(float(holds), tuple(sorted(hits, key=lambda hit: hit[:3])), tuple(sorted(searched)))
    return Cause(shown, holds, any(cause.placed for cause in causes), found)


def strongest(cause: Cause) -> list[Hit]:
    """Give a condition's hits that are at least half as probable as the most probable one."""
    best = max((hit.probability for hit in cause.finding.hits), default=0.0)
    return [hit for hit in cause.finding.hits if hit.probability >= best / 2]
