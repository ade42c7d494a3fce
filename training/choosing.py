"""``grader select``: from a file of grades to the conversations that a person should look at next."""

import json
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from grader.grade import Grade
from grader.problems import InputError, Problem
from grader.selection import Candidate, candidate

_REMEDY: Final = "Name a file of grades: what grader grade --out writes, or what the service exports."


def read_candidates(path: Path) -> list[Candidate]:
    """Read grades as ``grader grade`` writes them, or as the service exports them (with the queue beside each).

    Raises:
        InputError: the file cannot be read, or some line is no grade.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _unfit(
            path, None, f"The file cannot be read as UTF-8 text ({type(error).__name__})."
        ) from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            queue = row.get("queue") if isinstance(row, dict) else None
            found.append(
                candidate(Grade.model_validate(row), queue=queue if isinstance(queue, str) else None)
            )
        except json.JSONDecodeError as error:
            raise _unfit(path, number, f"The line is no JSON: {error.msg}.") from error
        except ValidationError as error:
            place = ".".join(map(str, error.errors()[0]["loc"]))
            raise _unfit(
                path, number, f"The line is no grade: {place}: {error.errors()[0]['msg']}."
            ) from error
    return found


def told(one: Candidate) -> str:
    """Tell in a line which conversation, how many wrong verdicts are expected, and which is likeliest wrong."""
    expected = sum(one.doubts.values())
    return f"{one.id}\t{expected:.2f}\t{one.most_doubtful or ''}\t{one.queue or ''}".rstrip("\t")


def _unfit(path: Path, number: int | None, problem: str) -> InputError:
    place = f"line {number}" if number else None
    return InputError(Problem(source=path.name, place=place, problem=problem, remedy=_REMEDY))
