"""Scorecards from files: everything that is wrong with one is told at once, with line, reason and remedy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from grader.problems import InputError, Problem
from grader.scorecard.condition import Condition
from grader.scorecard.consistency import inconsistencies
from grader.scorecard.messages import explain
from grader.scorecard.schema import Part
from grader.scorecard.scorecard import Criterion, Scorecard, Section
from grader.scorecard.text_operators import Keywords
from grader.scorecard.yaml_document import Document, read_document

SHIPPED: Final = Path(__file__).parent.parent / "scorecards"
MAX_BYTES: Final = 1_000_000

_UNREADABLE: Final = Condition(keywords=Keywords(any=("?",)))
"""Stands for a condition that has problems of its own, so that its name is known."""

_P = TypeVar("_P", bound=Part)


class ScorecardError(InputError):
    """A scorecard that cannot be used; carries everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0])
        self.problems = problems

    def __str__(self) -> str:
        """Put each problem in a line."""
        return "\n".join(map(str, self.problems))


def shipped() -> tuple[str, ...]:
    """Give the names of the scorecards that come with the program."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def load(name_or_path: str | Path) -> Scorecard:
    """Read a shipped scorecard by name, or a file.

    Raises:
        ScorecardError: there is no such scorecard, or it has problems; all of them are told.
    """
    path = _find(name_or_path)
    return parse(_text(path), source=str(path))


def check(name_or_path: str | Path) -> tuple[Problem, ...]:
    """Give everything that is wrong with a scorecard; nothing where it can be used."""
    try:
        load(name_or_path)
    except ScorecardError as error:
        return error.problems
    return ()


def parse(text: str, *, source: str) -> Scorecard:
    """Read a scorecard from YAML; ``source`` names it in messages.

    Raises:
        ScorecardError: it has problems; all of them are told.
    """
    document = read_document(source, text)
    if document.data is None:
        raise ScorecardError(document.problems)
    if not isinstance(document.data, dict):
        no_scorecard = document.problem(
            (), "This is no scorecard.", "Begin with `name:`, as in the shipped ones."
        )
        raise ScorecardError((*document.problems, no_scorecard))
    problems = [*document.problems]
    try:
        scorecard = Scorecard.model_validate(document.data)
    except ValidationError as error:
        problems += explain(error, document, Scorecard)
        problems += _unfitting(document)
    if problems:
        raise ScorecardError(tuple(sorted(dict.fromkeys(problems), key=_line)))
    return scorecard


def _find(name_or_path: str | Path) -> Path:
    if str(name_or_path) in shipped():
        return SHIPPED / f"{name_or_path}.yaml"
    if Path(name_or_path).is_file():
        return Path(name_or_path)
    names = ", ".join(shipped())
    raise _unreadable(
        str(name_or_path),
        "There is no such file, and no scorecard of that name comes with the program.",
        f"Give the path of a YAML file, or one of these names: {names}.",
    )


def _text(path: Path) -> str:
    source = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _unreadable(source, f"The file is larger than {MAX_BYTES:,} bytes.", "Split the scorecard.")
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise _unreadable(
            source, f"The file cannot be read: {error.strerror}.", "Check its permissions."
        ) from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _unreadable(
            source, f"The file is not in UTF-8 (line {line}).", "Save it again with the encoding UTF-8."
        ) from None


def _unreadable(source: str, problem: str, remedy: str) -> ScorecardError:
    return ScorecardError((Problem(source=source, place=None, problem=problem, remedy=remedy),))


def _line(problem: Problem) -> int:
    """Order problems by line."""
    digits = (problem.place or "").removeprefix("line ").partition(",")[0]
    return int(digits) if digits.isdigit() else 0


def _unfitting(document: Document) -> Iterator[Problem]:
    """Check how those parts fit together that are right by themselves."""
    data = document.data
    sections, criteria = _valid(Section, data.get("sections")), _valid(Criterion, data.get("criteria"))
    given = data.get("conditions")
    conditions = {
        name: _one(Condition, raw) or _UNREADABLE
        for name, raw in (given.items() if isinstance(given, dict) else ())
    }
    complete = _UNREADABLE not in conditions.values() and all(
        isinstance(data.get(field), list) and len(parts) == len(data[field])
        for field, parts in (("sections", sections), ("criteria", criteria))
    )
    for found in inconsistencies(
        sections, conditions, criteria, abstain_within=_abstain_within(data), complete=complete
    ):
        yield document.problem(found.path, found.problem, found.remedy)


def _abstain_within(data: dict[str, Any]) -> float:
    """Give the scorecard's; none where it has problems of its own."""
    given = data.get("abstain_within", Scorecard.model_fields["abstain_within"].default)
    return given if isinstance(given, float) and 0 <= given < 0.5 else 0.0


def _valid(kind: type[_P], given: Any) -> dict[int, _P]:
    """Give the parts of a list that are right by themselves, by index."""
    parts = ((index, _one(kind, raw)) for index, raw in enumerate(given if isinstance(given, list) else ()))
    return {index: part for index, part in parts if part is not None}


def _one(kind: type[_P], raw: Any) -> _P | None:
    try:
        return kind.model_validate(raw)
    except ValidationError:
        return None
