"""What reviewers said of grades, as the service exports it: one more corpus, and the measure of every promise.

JSON Lines, one reviewed grade a line (``GET /v1/exports/corrections``; ``docs/learning.md`` describes the fields).
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias, get_args

from pydantic import AwareDatetime, NonNegativeInt, ValidationError

from grader.codebook import AGENT_LEVELS, CUSTOMER_FLAGS, EMOTIONS, NUGGETS, VIOLATIONS
from grader.conversation import Conversation, Record, Speaker
from grader.grade import Grade, ScorecardName, State
from grader.problems import InputError, Problem

RANDOM: Final = "random_sample"
"""The review reason of the random share (``grader.triage``)."""

MOST_TOLD: Final = 20
"""Problems of one file that are told; the rest are counted."""

_YES_NO: Final = ("yes", "no")
LABELS: Final[dict[Speaker, dict[str, tuple[str, ...]]]] = {
    "agent": {
        **AGENT_LEVELS,
        **{f"violation:{code}": _YES_NO for code in VIOLATIONS},
        "nugget": NUGGETS["agent"],
    },
    "customer": {
        "emotion": EMOTIONS,
        **dict.fromkeys(CUSTOMER_FLAGS, _YES_NO),
        "nugget": NUGGETS["customer"],
    },
}
"""The labels that a turn may carry, each with its values, by speaker."""

Kind: TypeAlias = Literal["triage", "appeal", "requested"]


class Verdict(Record):
    """What a person said of one criterion, or of one label of a turn."""

    subject: Literal["criterion", "label"]
    criterion: str | None = None
    turn: NonNegativeInt | None = None
    """Index of the turn, for a label."""
    label: str | None = None
    """``empathy``, ``emotion`` … or ``violation:CODE``."""
    machine: str | None = None
    """What the machine had said."""
    value: str
    """What the person says: a state, a level, ``yes`` or ``no``."""
    by: str
    """``user:ID`` or ``key:ID``."""
    at: AwareDatetime
    scorecard: ScorecardName


class Reviewed(Record):
    """A grade that a person looked at."""

    uid: str | None = None
    """The conversation's in the service, where two platforms may use one id; None where it was reviewed elsewhere."""
    conversation: Conversation
    """Redacted."""
    grade: Grade
    """The machine's."""
    verdicts: tuple[Verdict, ...] = ()
    """Empty where the grade was confirmed as it stood."""
    reasons: tuple[str, ...] = ()
    """Why it came to a person (``grader.grade.Triage``)."""
    kind: Kind = "triage"

    @property
    def key(self) -> str:
        """What tells the conversation from all others."""
        return self.uid or self.conversation.id

    @property
    def random_share(self) -> bool:
        """Whether it was drawn at random, among others perhaps, and so stands for all conversations."""
        return self.kind == "triage" and RANDOM in self.reasons

    @property
    def labels_corrected(self) -> bool:
        """Whether the reviewer corrected a label of some turn."""
        return any(verdict.subject == "label" for verdict in self.verdicts)

    def states(self) -> dict[str, State]:
        """Give every criterion's state as it stands after the review: the person's, else the machine's they let stand."""
        states: dict[str, State] = {c.id: c.state for c in self.grade.criteria}
        for verdict in self.verdicts:
            if verdict.criterion is not None:
                states[verdict.criterion] = verdict.value  # type: ignore[assignment] # checked by read_corrections
        return states


class CorrectionsError(InputError):
    """A file of corrections that cannot be used; carries every problem."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        told = [str(problem) for problem in problems[:MOST_TOLD]]
        if len(problems) > MOST_TOLD:
            told.append(f"There are {len(problems) - MOST_TOLD} further problems of the kind.")
        super().__init__(problems[0])
        self.problems = tuple(problems)
        self._told = "\n".join(told)

    def __str__(self) -> str:
        """Put each problem in a line."""
        return self._told


def read_corrections(path: Path) -> list[Reviewed]:
    """Read a file of corrections; of several reviews of one conversation the last one counts.

    Raises:
        CorrectionsError: the file cannot be read, or some line is not of the form.
    """
    problems: list[Problem] = []
    latest: dict[str, Reviewed] = {}
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        found = _reviewed(line, source=path.name, place=place)
        if isinstance(found, Reviewed):
            # Taken out first, so that the order is that of the last reviews.
            earlier = latest.pop(found.key, found)
            latest[found.key] = found
            problems += _namesakes(earlier, found, source=path.name, place=place)
        else:
            problems += found
    if problems:
        raise CorrectionsError(problems)
    if not latest:
        wrong = Problem(
            source=path.name,
            place=None,
            problem="The file holds no review.",
            remedy="Export the corrections again once grades were reviewed.",
        )
        raise CorrectionsError([wrong])
    return list(latest.values())


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        wrong = Problem(
            source=path.name,
            place=None,
            problem=f"The file cannot be read as UTF-8 text ({type(error).__name__}).",
            remedy="Name the file that the service exports under /v1/exports/corrections.",
        )
        raise CorrectionsError([wrong]) from error


def _reviewed(line: str, *, source: str, place: str) -> Reviewed | list[Problem]:
    try:
        reviewed = Reviewed.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        wrong = f"The line is no JSON: {error.msg} at character {error.colno}."
        return [Problem(source=source, place=place, problem=wrong, remedy="Export the corrections again.")]
    except ValidationError as error:
        return [
            Problem(
                source=source,
                place=f"{place}, {_field(one['loc'])}" if one["loc"] else place,
                problem=f"The value is not of the form: {one['msg']}.",
                remedy="Write it as the service exports it (docs/learning.md).",
            )
            for one in error.errors(include_url=False, include_input=False)
        ]
    if len(reviewed.grade.turns) != len(reviewed.conversation.turns):
        wrong = f"The grade is about {len(reviewed.grade.turns)} turns, the conversation has {len(reviewed.conversation.turns)}."
        remedy = "Give the grade of this conversation."
        return [Problem(source=source, place=f"{place}, grade.turns", problem=wrong, remedy=remedy)]
    problems = [
        Problem(source=source, place=f"{place}, verdicts[{at}]", problem=wrong, remedy=remedy)
        for at, verdict in enumerate(reviewed.verdicts)
        for wrong, remedy in _unfit(verdict, reviewed.conversation)
    ]
    return problems or reviewed


def _namesakes(earlier: Reviewed, found: Reviewed, *, source: str, place: str) -> Iterator[Problem]:
    """Find two conversations under one id; in the service's export the uid tells them apart."""
    if found.uid is None and earlier.conversation.turns != found.conversation.turns:
        yield Problem(
            source=source,
            place=f"{place}, conversation.id",
            problem=f"An earlier line has the id {found.conversation.id!r} with other turns.",
            remedy="Give each conversation a `uid` of its own, as the service exports it.",
        )


def _field(location: tuple[Any, ...]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return path.removeprefix(".")


def _unfit(verdict: Verdict, conversation: Conversation) -> Iterator[tuple[str, str]]:
    """Say what is wrong with a verdict, and what to do."""
    if verdict.subject == "criterion":
        if verdict.criterion is None:
            yield "The verdict on a criterion does not name it.", "Give `criterion`, the criterion's id."
        if verdict.value not in get_args(State):
            yield f"{verdict.value!r} is no state.", f"Give one of these: {', '.join(get_args(State))}."
        return
    if verdict.turn is None or verdict.label is None:
        yield "The verdict on a label does not say which.", "Give `turn` and `label`."
        return
    if verdict.turn >= len(conversation.turns):
        count = len(conversation.turns)
        yield f"The conversation has no turn {verdict.turn}.", f"It has {count} turns, counted from 0."
        return
    speaker = conversation.turns[verdict.turn].speaker
    values = LABELS.get(speaker, {})
    if verdict.label not in values:
        allowed = f"It may carry these: {', '.join(values)}." if values else "Leave the verdict out."
        yield f"A turn of the {speaker} carries no label {verdict.label!r}.", allowed
    elif verdict.value not in values[verdict.label]:
        allowed = ", ".join(values[verdict.label])
        yield f"{verdict.label} has no value {verdict.value!r}.", f"Give one of these: {allowed}."
