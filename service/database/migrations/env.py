"""How alembic runs the migrations: on the connection it is given (``service.database.migration``)."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

from service.database import tables  # noqa: F401  the tables must be known
from service.database.base import Base


def _render(kind: str, item: Any, autogenerate: Any) -> str | Literal[False]:
    """Write plain column types into migrations, so that they do not change when the program's types do."""
    if kind != "type":
        return False
    if isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    if JSONB in {type(variant) for variant in getattr(item, "_variant_mapping", {}).values()}:
        autogenerate.imports.add("from sqlalchemy.dialects.postgresql import JSONB")
        return "sa.JSON().with_variant(JSONB(), 'postgresql')"
    return False


def _is_compared(_item: Any, name: str | None, kind: str, _is_reflected: bool, _other: Any) -> bool:  # noqa: FBT001
    """Leave out the indexes of expressions: what databases tell of them does not compare."""
    return not (kind == "index" and (name or "").endswith("_folded"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=_render,
    render_as_batch=True,  # SQLite alters a table by making it anew
    compare_type=True,
    include_object=_is_compared,
)
with context.begin_transaction():
    context.run_migrations()
