"""Scorecards between the store and the grader: checked when they come in, read when they are applied."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy.orm import Session

from grader.problems import Problem
from grader.scorecard import Scorecard, ScorecardError, load, parse, shipped
from grader.scorecard.loading import MAX_BYTES, SHIPPED
from service.database import scorecards
from service.database.tables import ScorecardRow
from service.database.types import now

_SOURCE: Final = "scorecard"
"""What messages call it."""


def check(yaml: str) -> tuple[Problem, ...]:
    """Give everything that is wrong with a scorecard; nothing where it can be used."""
    try:
        read(yaml)
    except ScorecardError as error:
        return error.problems
    return ()


@lru_cache(maxsize=32)
def read(yaml: str) -> Scorecard:
    """Read a scorecard.

    Raises:
        grader.scorecard.ScorecardError: it has problems; all of them are told.
    """
    content = yaml.encode(errors="replace")
    if len(content) > MAX_BYTES:
        large = f"The scorecard is larger than {MAX_BYTES:,} bytes."
        problem = Problem(source=_SOURCE, place=None, problem=large, remedy="Split the scorecard.")
        raise ScorecardError((problem,))
    return parse(content.decode(), source=_SOURCE)


def keep(session: Session, yaml: str, *, created_by: str | None) -> ScorecardRow:
    """Read a scorecard and keep it.

    Raises:
        grader.scorecard.ScorecardError: it has problems; all of them are told.
        service.database.errors.ConflictError: another text has that name and version.
    """
    card = read(yaml)
    return scorecards.add(
        session,
        name=card.name,
        version=card.version,
        language=card.language,
        yaml=yaml,
        created_by=created_by,
    )


def install_shipped(session: Session) -> None:
    """Keep the scorecards that come with the program; each is active where none is for its language yet."""
    at = now()
    taken = {activation.language for activation, _ in scorecards.activations(session)}
    for name in shipped():
        row = keep(session, (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"), created_by="system")
        if (row.language or scorecards.ANY_LANGUAGE) not in taken:
            scorecards.activate(session, row.id, active_from=at, created_by="system", at=at)


def outdated(session: Session, *, at: datetime | None = None) -> list[tuple[ScorecardRow, ScorecardRow]]:
    """Give the active versions of shipped scorecards that a later one came for, each with the later one; ``at``: then."""
    later = {name: scorecards.find(session, name, load(name).version) for name in shipped()}
    return [
        (row, newer)
        for row in scorecards.active(session, at=at)
        if (newer := later.get(row.name)) is not None and newer.version > row.version
    ]


def active(session: Session) -> Sequence[ScorecardRow]:
    """Give the versions that are applied now."""
    return scorecards.active(session)
