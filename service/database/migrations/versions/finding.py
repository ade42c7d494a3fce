"""Indexes to find conversations by the beginning of a name, and the reviews that were done last."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NAMES = ("external_id", "agent_id", "team", "queue")
_FOLDED = {"sqlite": "lower({})", "postgresql": '(lower({}) COLLATE "C")'}
_DONE = sa.text("state = 'done'")


def upgrade() -> None:
    """Go up."""
    folded = _FOLDED[op.get_bind().dialect.name]
    for name in _NAMES:
        op.execute(
            f"CREATE INDEX ix_conversations_{name}_folded ON conversations ({folded.format(name)}, id)"
        )
    op.drop_index("ix_reviews_done", "reviews")
    op.create_index(
        "ix_reviews_done", "reviews", ["done_at", "id"], sqlite_where=_DONE, postgresql_where=_DONE
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_reviews_done", "reviews")
    op.create_index("ix_reviews_done", "reviews", ["rank", "id"], sqlite_where=_DONE, postgresql_where=_DONE)
    for name in _NAMES:
        op.drop_index(f"ix_conversations_{name}_folded", "conversations")
