"""Inserting past the unit of work, where it is done for every conversation."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from service.database.base import Base


def insert_rows(session: Session, rows: Sequence[Base]) -> None:
    """Insert rows of one table that nobody changes any more in this session, at a fifth of the cost of adding them.

    The rows stay outside the session: what is set on them afterwards is not written, and a default that the database
    or the column gives is not seen on them.
    """
    if not rows:
        return
    table = cast("Table", type(rows[0]).__table__)
    names = [column.key for column in table.columns]
    values = [{name: row.__dict__[name] for name in names if name in row.__dict__} for row in rows]
    session.connection().execute(insert(table), values)
