"""The scorecard: sections, criteria and the conditions they share. ``docs/scorecards.md`` explains every field."""

from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, InstanceOf, PlainSerializer, Strict, model_validator

from grader.scorecard.condition import Condition
from grader.scorecard.consistency import inconsistencies
from grader.scorecard.expression import TRUE, And, Expression, Node, Not, Parsed, read
from grader.scorecard.identity import definition_hash
from grader.scorecard.plan import Plan, Resolved, plan, resolve
from grader.scorecard.schema import Count, Id, Part, Positive, Text, refusal


class Section(Part):
    """A group of criteria with a share of the score."""

    id: Id
    name: Text
    weight: Positive
    """Share of the score, relative to the other sections'."""


class Deduction(Part):
    """Points that a fault costs."""

    when: Expression
    points: Positive
    reason: Text
    """What was done wrong, for people."""


def _true_or_expression(given: Any) -> Any:
    return True if given is True else read(given)


Fatal: TypeAlias = Annotated[
    InstanceOf[Parsed] | Literal[True],
    BeforeValidator(_true_or_expression),
    PlainSerializer(lambda given: True if given is True else given.source),
]


class Criterion(Part):
    """What is judged. Exactly one of ``met`` and ``failed`` is given."""

    id: Id
    section: Id
    name: Text
    description: Text
    """What the criterion asks for, for people."""
    points: Positive
    """Most that can be earned."""
    applicable: Expression | None = None
    """Where it does not hold, the criterion leaves the score; without it the criterion always applies."""
    met: Expression | None = None
    """The criterion is met where this holds."""
    failed: Expression | None = None
    """The criterion is met where this does not hold."""
    fatal: Fatal | None = None
    """Where it holds, the criterion is not met, the score is 0 and the conversation fails; ``true``: any failure is fatal."""
    deductions: tuple[Deduction, ...] = ()
    """What faults cost, where the criterion is judged by degree."""
    decide_at: Annotated[float, Strict(), Field(gt=0, lt=1)] = 0.5
    """Probability of being met from which on the criterion counts as met."""
    coaching: Text | None = None
    """What the agent can do better, shown where the criterion is not met."""

    @model_validator(mode="after")
    def _one_question(self) -> "Criterion":
        if (self.met is None) == (self.failed is None):
            given = "both `met` and `failed`" if self.met else "neither `met` nor `failed`"
            raise refusal(
                f"The criterion has {given}.",
                "Give `met` for something to be done, or `failed` for something to be avoided.",
            )
        return self

    @property
    def goal(self) -> Node:
        """What is to be achieved."""
        return Not(self.failed.root) if self.failed else self.met.root if self.met else TRUE

    @cached_property
    def question(self) -> Node:
        """What holds where the criterion is met: the goal, without a fatal fault."""
        return And((self.goal, Not(self.fatal.root))) if isinstance(self.fatal, Parsed) else self.goal


class Scorecard(Part):
    """What conversations are judged by."""

    name: Text
    version: Count
    language: Annotated[str, Strict(), Field(pattern=r"^[a-z]{2}$")] | None = None
    """ISO 639-1 code of the conversations it is for; without it, for any. Reasons are given in Chinese for ``zh``, else in
    English."""
    description: Text
    pass_score: Annotated[float, Strict(), Field(ge=0, le=100)]
    """Score from which on a conversation passes."""
    abstain_within: Annotated[float, Strict(), Field(ge=0, lt=0.5)] = 0.05
    """A probability nearer than this to ``decide_at`` is too close to call."""
    sections: tuple[Section, ...] = Field(min_length=1)
    conditions: dict[str, Condition] = Field(min_length=1)
    """By name; expressions use the names."""
    criteria: tuple[Criterion, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits_together(self) -> "Scorecard":
        sections, criteria = dict(enumerate(self.sections)), dict(enumerate(self.criteria))
        for found in inconsistencies(
            sections, self.conditions, criteria, abstain_within=self.abstain_within, complete=True
        ):
            raise refusal(found.problem, found.remedy)
        return self

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """What identifies the definition of each criterion, by its id."""
        return {criterion.id: definition_hash(criterion, self.conditions) for criterion in self.criteria}

    @cached_property
    def plans(self) -> dict[str, Plan]:
        """How each criterion is evaluated, by its id."""
        return {criterion.id: plan(criterion, self.conditions) for criterion in self.criteria}

    @cached_property
    def joining(self) -> dict[str, Resolved]:
        """The conditions that join others by an expression, by name."""
        return {
            name: resolve(condition.expression.root, self.conditions)
            for name, condition in self.conditions.items()
            if condition.expression
        }
