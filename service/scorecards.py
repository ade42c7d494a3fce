"""Scorecards between the store and the grader: checked when they come in, read when they are applied."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from sqlalchemy.orm import Session

from grader.problems import Problem
from grader.scorecard import Scorecard, load, shipped
from grader.scorecard import check as check_file
from grader.scorecard.loading import SHIPPED
from service.database import scorecards
from service.database.tables import ScorecardRow
from service.database.types import now


def check(yaml: str) -> tuple[Problem, ...]:
    """Give everything that is wrong with a scorecard; nothing where it can be used."""
    with _as_file(yaml) as path:
        return check_file(path)


@lru_cache(maxsize=32)
def read(yaml: str) -> Scorecard:
    """Read a scorecard.

    Raises:
        grader.scorecard.ScorecardError: it has problems; all of them are told.
    """
    with _as_file(yaml) as path:
        return load(path)


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


def active(session: Session) -> Sequence[ScorecardRow]:
    """Give the versions that are applied now."""
    return scorecards.active(session)


@contextmanager
def _as_file(yaml: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scorecard.yaml"
        path.write_bytes(yaml.encode("utf-8", errors="replace"))
        yield path
