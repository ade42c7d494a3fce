"""Texts that begin with something, in small or capital letters, found by an index on either database."""

from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from service.database.types import SafeString

_LAST: Final = "\U0010ffff"
"""No text that begins as another one comes after that one with this character behind it."""


class Folded(FunctionElement[str]):
    """A text in small letters, ordered by its characters."""

    name = "folded"
    type = String()
    inherit_cache = True


@compiles(Folded, "sqlite")
def _on_sqlite(element: Folded, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(Folded, "postgresql")
def _on_postgresql(element: Folded, compiler: SQLCompiler, **options: Any) -> str:
    # A language's own order may have what begins with a text before the text.
    return f'(lower({compiler.process(element.clauses, **options)}) COLLATE "C")'


def begins(column: InstrumentedAttribute[Any], prefix: str) -> ColumnElement[bool]:
    """Tell whether a column, of which ``Folded`` is indexed, begins with a text."""
    first = Folded(literal(prefix, SafeString()))
    return and_(Folded(column) >= first, Folded(column) < first.concat(_LAST))
