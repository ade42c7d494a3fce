"""The base of all tables."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, MetaData
from sqlalchemy.orm import DeclarativeBase

from service.database.types import JSON_VALUE, NAME_LENGTH, SafeString, UtcDateTime

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name on both databases, so that a later migration can change it."""


class Base(DeclarativeBase):
    """Base of the rows."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        int: BigInteger(),
        str: SafeString(NAME_LENGTH),
        datetime: UtcDateTime(),
        dict[str, Any]: JSON_VALUE,
        list[str]: JSON_VALUE,
        list[dict[str, Any]]: JSON_VALUE,
    }
