"""Scorecard versions: kept for ever, activated from a time on, never backwards."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Row, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.database.errors import ConflictError, MissingError
from service.database.paging import Page, page_of
from service.database.tables import ActivationRow, ScorecardRow
from service.database.types import new_id, now

ANY_LANGUAGE: Final = "any"


def add(
    session: Session, *, name: str, version: int, language: str | None, yaml: str, created_by: str | None
) -> ScorecardRow:
    """Keep a version of a scorecard that was checked; sending the same text again gives what stands.

    Raises:
        ConflictError: another text has that name and version.
    """
    digest = hashlib.sha256(yaml.encode()).hexdigest()
    if found := find(session, name, version):
        if found.sha256 == digest:
            return found
        raise ConflictError(
            f"{name} version {version} is there already with another text. Raise `version` in the file."
        )
    row = ScorecardRow(
        id=new_id(),
        name=name,
        version=version,
        language=language,
        yaml=yaml,
        sha256=digest,
        created_by=created_by,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # somebody was faster
        return add(session, name=name, version=version, language=language, yaml=yaml, created_by=created_by)
    return row


def find(session: Session, name: str, version: int) -> ScorecardRow | None:
    """Find a version by the scorecard's name."""
    named = (ScorecardRow.name == name) & (ScorecardRow.version == version)
    return session.scalar(select(ScorecardRow).where(named))


def get(session: Session, scorecard_id: str) -> ScorecardRow | None:
    """Find a version by its row's id."""
    return session.get(ScorecardRow, scorecard_id)


def listed(
    session: Session, *, name: str | None = None, cursor: str | None = None, limit: int = 50
) -> Page[ScorecardRow]:
    """List all versions, or those of one name, the latest added first."""
    statement = select(ScorecardRow)
    if name is not None:
        statement = statement.where(ScorecardRow.name == name)
    return page_of(session, statement, [ScorecardRow.id], cursor=cursor, limit=limit)


def activate(
    session: Session,
    scorecard_id: str,
    *,
    active_from: datetime,
    created_by: str | None,
    at: datetime | None = None,
) -> ActivationRow:
    """Apply a version from a time on to conversations of its language that are graded then.

    Raises:
        MissingError: there is no such scorecard.
        ConflictError: the time is past, or before that of another activation.
    """
    row = get(session, scorecard_id)
    if row is None:
        raise MissingError("There is no such scorecard.")
    if active_from < (at or now()):
        raise ConflictError("A scorecard cannot become active in the past. Give a time from now on.")
    language = row.language or ANY_LANGUAGE
    # Of two that come at once, the second sees the first.
    versions = select(ScorecardRow.id).where(ScorecardRow.language.is_not_distinct_from(row.language))
    session.execute(versions.order_by(ScorecardRow.id).with_for_update()).all()
    latest = session.scalar(
        select(func.max(ActivationRow.active_from)).where(ActivationRow.language == language)
    )
    if latest is not None and active_from <= latest:
        raise ConflictError(
            f"Another version becomes active at {latest.isoformat()}. Give a later time; activations are not changed."
        )
    activation = ActivationRow(
        id=new_id(),
        scorecard_id=row.id,
        language=language,
        active_from=active_from,
        created_by=created_by,
    )
    session.add(activation)
    session.flush()
    return activation


def active(session: Session, *, at: datetime | None = None) -> Sequence[ScorecardRow]:
    """Give the versions that are applied at a time: one a language, that for any language last."""
    began = ActivationRow.active_from <= (at or now())
    latest = (
        select(ActivationRow.language, func.max(ActivationRow.active_from).label("active_from"))
        .where(began)
        .group_by(ActivationRow.language)
        .subquery()
    )
    same = (ActivationRow.language == latest.c.language) & (ActivationRow.active_from == latest.c.active_from)
    rows = session.scalars(
        select(ScorecardRow)
        .join(ActivationRow, ActivationRow.scorecard_id == ScorecardRow.id)
        .join(latest, same)
    ).all()
    return sorted(rows, key=lambda row: (row.language is None, row.language or ""))


def activations(session: Session) -> Sequence[Row[ActivationRow, ScorecardRow]]:
    """Give every activation with its scorecard, the latest first."""
    both = select(ActivationRow, ScorecardRow).join(
        ScorecardRow, ScorecardRow.id == ActivationRow.scorecard_id
    )
    return session.execute(both.order_by(ActivationRow.active_from.desc())).all()
