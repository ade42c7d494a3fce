"""Pages of a list by keyset: a page starts after the last row of the one before, however many came or went meanwhile."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar, TypeVarTuple

from sqlalchemy import Row, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from grader.problems import InputError, Problem

MAX_LIMIT: Final = 500

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[_T]):
    """Some rows of a list."""

    items: Sequence[_T]
    next: str | None
    """Cursor of the page that follows; None where there is none."""


def page(
    session: Session,
    statement: Select[*_Ts],
    keys: Sequence[InstrumentedAttribute[Any]],
    *,
    cursor: str | None,
    limit: int,
    descending: bool = True,
) -> Page[Row[*_Ts]]:
    """Give one page of ``statement``, ordered by ``keys``, the last of which is unique.

    Raises:
        InputError: the cursor is none that this list gave, or the limit is out of bounds.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise InputError(_problem("limit", f"The limit {limit} is not between 1 and {MAX_LIMIT}."))
    order = tuple_(*keys)
    if cursor is not None:
        after = tuple_(*_values(cursor, keys))
        statement = statement.where(order < after if descending else order > after)
    statement = statement.order_by(*(key.desc() if descending else key.asc() for key in keys))
    found = session.execute(statement.limit(limit + 1)).all()
    rows = found[:limit]
    following = _cursor(_key_values(rows[-1], keys)) if len(found) > limit else None
    return Page(items=rows, next=following)


def page_of(
    session: Session,
    statement: Select[_T],
    keys: Sequence[InstrumentedAttribute[Any]],
    *,
    cursor: str | None,
    limit: int,
    descending: bool = True,
) -> Page[_T]:
    """Give one page of a list of a single kind of rows; see ``page``."""
    rows = page(session, statement, keys, cursor=cursor, limit=limit, descending=descending)
    return Page(items=[row[0] for row in rows.items], next=rows.next)


def _key_values(row: Row[*_Ts], keys: Sequence[InstrumentedAttribute[Any]]) -> list[Any]:
    entities: dict[Any, Any] = {type(entity): entity for entity in row}
    values = [getattr(entities[key.class_], key.key) for key in keys]
    return [value.isoformat() if isinstance(value, datetime) else value for value in values]


def _cursor(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def _values(cursor: str, keys: Sequence[InstrumentedAttribute[Any]]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(values, list):
            return [_value(value, key) for value, key in zip(values, keys, strict=True)]
    except (binascii.Error, ValueError, TypeError, OverflowError):
        pass
    raise InputError(_problem("cursor", "The cursor is none that this list gave."))


def _value(value: Any, key: InstrumentedAttribute[Any]) -> Any:
    """Give a value of a cursor, checked.

    Raises:
        TypeError, ValueError, OverflowError: it is none of the key's.
    """
    kind = key.type.python_type
    if kind is datetime:
        value = datetime.fromisoformat(value).astimezone(UTC)
    if type(value) is not kind:
        raise TypeError
    if kind is int and not -(2**63) <= value < 2**63:
        raise OverflowError  # no column holds it
    return literal(value, key.type)


def _problem(source: str, problem: str) -> Problem:
    remedy = (
        "Take the cursor from the answer before, or leave it out." if source == "cursor" else "Give another."
    )
    return Problem(source=source, place=None, problem=problem, remedy=remedy)
