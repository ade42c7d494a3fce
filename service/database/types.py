"""Column types that mean the same on SQLite and PostgreSQL, and the identifiers of rows."""

import json
import re
import secrets
import time
import uuid
from datetime import UTC, datetime
from typing import Any, Final, get_args

from sqlalchemy import JSON, DateTime, Dialect, Enum, String, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import MappedColumn, mapped_column

ID_LENGTH: Final = 36
NAME_LENGTH: Final = 512

_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_NUL_ESCAPE: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def now() -> datetime:
    """Give the present time, aware, in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Give a new identifier that sorts by the time it was made, to a quarter of a microsecond (UUID version 7, RFC 9562)."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))


def storable(text: str) -> str:
    """Give text that every database holds: NUL and lone surrogates become the replacement character."""
    return text.replace("\x00", "\ufffd").translate(_SURROGATES)


def to_json(value: Any) -> str:
    """Write JSON that every database holds, with keys in order: PostgreSQL does not keep theirs."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)
    return _NUL_ESCAPE.sub("\\1\ufffd", written).translate(_SURROGATES)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware times in UTC; SQLite has no time zones, so what it gives back is told to be UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What it is in a cursor of pages."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: nobody could say which moment is meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"The time {value.isoformat()} has no time zone; give it one.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give aware times in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SafeString(TypeDecorator[str]):
    """Text without what PostgreSQL refuses (NUL) or UTF-8 cannot hold; asking for such a text finds nothing."""

    impl = String
    cache_ok = True

    @property
    def python_type(self) -> type[str]:
        """What a cursor of pages must hold for such a column."""
        return str

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Make the text storable."""
        return None if value is None else storable(value)


class LongText(SafeString):
    """Text without a limit."""

    impl = Text
    cache_ok = True


JSON_VALUE: Final[JSON] = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A small structured value; documents are kept as text, in the very bytes that are given out again."""


def id_column() -> MappedColumn[str]:
    """Give the primary key of a row that names itself."""
    return mapped_column(SafeString(ID_LENGTH), primary_key=True, default=new_id)


def one_of(literal: Any) -> Enum:
    """Give the type of a column that holds one of a ``Literal``'s words."""
    return Enum(*get_args(literal), native_enum=False, length=32, validate_strings=True)
