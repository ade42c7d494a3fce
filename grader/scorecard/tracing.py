"""Which conditions hit where, and what each expression comes to: for people who write scorecards."""

from dataclasses import dataclass

from grader.scorecard.applying import Verdicts, apply
from grader.scorecard.expression import Node, Parsed
from grader.scorecard.findings import Findings, known
from grader.scorecard.observation import Observation
from grader.scorecard.plan import resolve
from grader.scorecard.scorecard import Criterion, Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedHit:
    """Where a condition hit."""

    turn: int
    """Index into the conversation's turns."""
    start: int
    """Character offsets into the text of the turn; ``quote`` is what stands there."""
    end: int
    quote: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCondition:
    """What a condition came to."""

    name: str
    probability: float | None
    """None where nothing could be measured."""
    value: float | None
    """The number measured, where the condition is about one."""
    searched: tuple[int, ...]
    """Indexes of the turns looked at."""
    hits: tuple[TracedHit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedExpression:
    """What an expression of a criterion came to."""

    field: str
    """``applicable``, ``met``, ``failed``, ``fatal`` or ``deductions[0].when``."""
    source: str
    probability: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A scorecard at work on one conversation, without calibration."""

    conditions: tuple[TracedCondition, ...]
    """In the scorecard's order."""
    expressions: dict[str, tuple[TracedExpression, ...]]
    """By the criterion's id."""
    verdicts: Verdicts


def trace(scorecard: Scorecard, observation: Observation) -> Trace:
    """Apply a scorecard and show how every condition and expression came out."""
    tracer = _Tracer(scorecard, observation)
    return Trace(
        conditions=tuple(map(tracer.condition, scorecard.conditions)),
        expressions={criterion.id: tracer.expressions(criterion) for criterion in scorecard.criteria},
        verdicts=apply(scorecard, observation),
    )


class _Tracer:
    """Looks conditions and expressions up."""

    def __init__(self, scorecard: Scorecard, observation: Observation) -> None:
        self._conditions = scorecard.conditions
        self._turns = observation.conversation.turns
        self._findings = Findings(scorecard, [observation])

    def condition(self, name: str) -> TracedCondition:
        """Show a condition; one that joins others has a probability only."""
        if self._conditions[name].expression:
            probability = known(float(self._findings.known(name)[0]))
            return TracedCondition(name=name, probability=probability, value=None, searched=(), hits=())
        found = self._findings.of(name).at(0)
        return TracedCondition(
            name=name,
            probability=found.probability,
            value=found.value,
            searched=tuple(found.searched),
            hits=tuple(
                TracedHit(
                    turn=hit.turn,
                    start=hit.start,
                    end=hit.end,
                    quote=self._turns[hit.turn].text[hit.start : hit.end],
                    probability=hit.probability,
                )
                for hit in found.hits
            ),
        )

    def expressions(self, criterion: Criterion) -> tuple[TracedExpression, ...]:
        """Show the expressions of a criterion."""
        written = {field: getattr(criterion, field) for field in ("applicable", "met", "failed", "fatal")}
        written |= {
            f"deductions[{index}].when": deduction.when
            for index, deduction in enumerate(criterion.deductions)
        }
        return tuple(
            TracedExpression(field=field, source=given.source, probability=self._chance(given.root))
            for field, given in written.items()
            if isinstance(given, Parsed)
        )

    def _chance(self, node: Node) -> float | None:
        return self._findings.chance(resolve(node, self._conditions), 0)
