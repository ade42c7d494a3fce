"""What a person sends about a grade, checked against the scorecard, the codebook and the words that were said."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from pydantic import Field, NonNegativeInt

from grader.codebook import AGENT_LEVELS, CUSTOMER_FLAGS, EMOTIONS, NUGGETS, VIOLATIONS
from grader.conversation import Conversation, Turn
from grader.grade import Grade, State
from grader.problems import Problem
from grader.scorecard import Scorecard
from service.api.shapes import Sent
from service.database.tables import VerdictRow

Comment: TypeAlias = Annotated[str, Field(min_length=1, max_length=10_000)]
"""Free text; personal data in it is redacted before it is kept."""

_FLAG: Final = ("yes", "no")

LABELS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "agent": {
        **AGENT_LEVELS,
        **{f"violation:{code}": _FLAG for code in VIOLATIONS},
        "nugget": NUGGETS["agent"],
    },
    "customer": {
        "emotion": EMOTIONS,
        **dict.fromkeys(CUSTOMER_FLAGS, _FLAG),
        "nugget": NUGGETS["customer"],
    },
}
"""The labels that a turn may carry, each with its values, by who speaks. Turns of others carry none."""


class Span(Sent):
    """Words of a turn that a verdict rests on."""

    turn: NonNegativeInt
    """Index into the conversation's turns."""
    start: NonNegativeInt
    """In characters (Unicode code points) of the redacted text."""
    end: NonNegativeInt
    quote: str | None = Field(default=None, max_length=100_000)
    """What stands there; where it is given, it is checked."""


class CriterionVerdict(Sent):
    """What a person says of a criterion."""

    id: str = Field(max_length=200, examples=["empathy"])
    state: State
    """`abstained` where a person cannot tell either."""
    fatal: bool | None = None
    """For a criterion that is `not_met` and of which the scorecard makes some failures fatal: whether this is one. Without
    it, it is where the machine found it so."""
    comment: Comment | None = None
    evidence: list[Span] = Field(default=[], max_length=100)


class LabelVerdict(Sent):
    """What a person says of a label of one turn (the codebook names labels and values)."""

    turn: NonNegativeInt
    label: str = Field(max_length=100, examples=["empathy", "violation:rude", "emotion"])
    value: str = Field(max_length=100, examples=["2", "yes"])
    """A level; `yes` or `no` for violations, `escalation` and `resolved`."""


class Corrections(Sent):
    """What a person says of a grade; what is left out stays as it stands."""

    criteria: list[CriterionVerdict] = Field(default=[], max_length=1000)
    labels: list[LabelVerdict] = Field(default=[], max_length=10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A grade that a person looks at."""

    scorecard: Scorecard
    grade: Grade
    conversation: Conversation | None
    """None where its words are removed."""
    earlier: Sequence[VerdictRow]
    """What was said of the grade before, the oldest first."""

    @property
    def turns(self) -> Sequence[Turn]:
        """What was said."""
        return self.conversation.turns if self.conversation else ()

    @property
    def fatal(self) -> set[str]:
        """Names of the fatal conditions that the machine found."""
        prefix = "fatal:"
        return {r.removeprefix(prefix) for r in self.grade.triage.reasons if r.startswith(prefix)}


def unfit(judged: Judged, said: Corrections) -> list[Problem]:
    """Give each place of what was sent that does not fit the grade."""
    return [*_duplicates(said), *_unfit(judged, said)]


def problem(place: str, said: str, remedy: str) -> Problem:
    """Say what is wrong in a place of the body."""
    return Problem(source="body", place=place, problem=said, remedy=remedy)


def _duplicates(said: Corrections) -> Iterator[Problem]:
    criteria = Counter(verdict.id for verdict in said.criteria)
    for name in (name for name, count in criteria.items() if count > 1):
        yield problem("criteria", f"There are several verdicts on {name}.", "Send one on each criterion.")
    labels = Counter((verdict.turn, verdict.label) for verdict in said.labels)
    for turn, label in (key for key, count in labels.items() if count > 1):
        wrong = f"There are several verdicts on {label} of turn {turn}."
        yield problem("labels", wrong, "Send one on each label.")


def _unfit(judged: Judged, said: Corrections) -> Iterator[Problem]:
    for index, verdict in enumerate(said.criteria):
        place = f"criteria[{index}]"
        yield from _unfit_criterion(judged, verdict, place)
        for number, span in enumerate(verdict.evidence):
            yield from _unfit_span(judged, span, f"{place}.evidence[{number}]")
    for index, label in enumerate(said.labels):
        yield from _unfit_label(judged, label, f"labels[{index}]")


def _unfit_criterion(judged: Judged, verdict: CriterionVerdict, place: str) -> Iterator[Problem]:
    criterion = next((one for one in judged.scorecard.criteria if one.id == verdict.id), None)
    if criterion is None:
        known = ", ".join(one.id for one in judged.scorecard.criteria)
        wrong = f"The scorecard has no criterion {verdict.id}."
        yield problem(f"{place}.id", wrong, f"It has these: {known}.")
    elif verdict.fatal and (verdict.state != "not_met" or criterion.fatal is None):
        wrong = f"{verdict.id} cannot be failed fatally so."
        remedy = "Leave `fatal` out, unless the state is not_met and the scorecard makes failures fatal."
        yield problem(f"{place}.fatal", wrong, remedy)
    elif verdict.fatal is False and verdict.state == "not_met" and criterion.fatal is True:
        wrong = f"The scorecard makes every failure of {verdict.id} fatal."
        yield problem(f"{place}.fatal", wrong, "Leave `fatal` out.")


def _unfit_span(judged: Judged, span: Span, place: str) -> Iterator[Problem]:
    if span.turn >= len(judged.turns):
        yield _no_turn(judged, f"{place}.turn", span.turn)
        return
    text = judged.turns[span.turn].text
    if not span.start < span.end <= len(text):
        wrong = (
            f"{span.start} to {span.end} is no stretch of turn {span.turn}, which has {len(text)} characters."
        )
        yield problem(place, wrong, "Count the characters of the redacted text from 0, the end exclusive.")
    elif span.quote not in {None, text[span.start : span.end]}:
        wrong = "The quote is not what stands there."
        remedy = "Count Unicode code points of the redacted text (not UTF-16 units), or leave the quote out."
        yield problem(f"{place}.quote", wrong, remedy)


def _unfit_label(judged: Judged, verdict: LabelVerdict, place: str) -> Iterator[Problem]:
    if verdict.turn >= len(judged.turns):
        yield _no_turn(judged, f"{place}.turn", verdict.turn)
        return
    speaker = judged.turns[verdict.turn].speaker
    known = LABELS.get(speaker, {})
    if verdict.label not in known:
        wrong = f"A turn of the {speaker} carries no label {verdict.label}."
        remedy = f"It may carry these: {', '.join(known)}." if known else "Leave it out."
        yield problem(f"{place}.label", wrong, remedy)
    elif verdict.value not in known[verdict.label]:
        wrong = f"The label {verdict.label} has no value {verdict.value}."
        yield problem(f"{place}.value", wrong, f"It has these: {', '.join(known[verdict.label])}.")


def _no_turn(judged: Judged, place: str, turn: int) -> Problem:
    if judged.conversation is None:
        wrong, remedy = "The words of the conversation are removed.", "Judge the criteria without evidence."
        return problem(place, wrong, remedy)
    wrong = f"The conversation has no turn {turn}."
    return problem(place, wrong, f"Its turns are 0 to {len(judged.turns) - 1}.")
