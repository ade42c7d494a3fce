"""Which platform sent a batch."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FILL = """
    UPDATE batches SET source = (SELECT name FROM api_keys WHERE 'key:' || api_keys.id = batches.created_by)
    WHERE created_by IN (SELECT 'key:' || id FROM api_keys)
    """


def upgrade() -> None:
    """Go up."""
    # What no key sent came from the console. The default lets SQLite add the column without making the table anew.
    source = sa.Column("source", sa.String(length=512), server_default="console", nullable=False)
    op.add_column("batches", source)
    op.execute(_FILL)


def downgrade() -> None:
    """Go back."""
    op.drop_column("batches", "source")
