"""What stands after review, beside what the machine said."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FILL = (
    "UPDATE grades SET final_score = score, final_passed = passed",
    """
    UPDATE grades SET (final_score, final_passed, review_outcome) = (
        SELECT final_score, final_passed, outcome FROM reviews
        WHERE reviews.grade_id = grades.id AND reviews.state = 'done' ORDER BY done_at DESC, reviews.id DESC LIMIT 1)
    WHERE id IN (SELECT grade_id FROM reviews WHERE state = 'done')
    """,
    "UPDATE criterion_results SET final_state = state",
    """
    UPDATE criterion_results SET final_state = (
        SELECT value FROM verdicts
        WHERE verdicts.grade_id = criterion_results.grade_id AND verdicts.criterion = criterion_results.criterion
        ORDER BY verdicts.id DESC LIMIT 1)
    WHERE (grade_id, criterion) IN (SELECT grade_id, criterion FROM verdicts WHERE subject = 'criterion')
    """,
)


def upgrade() -> None:
    """Go up."""
    outcome = sa.Enum("confirmed", "corrected", native_enum=False, length=32)
    states = ("met", "not_met", "not_applicable", "abstained", "not_evaluated")
    state = sa.Enum(*states, native_enum=False, length=32)
    op.add_column("grades", sa.Column("final_score", sa.Double(), nullable=True))
    op.add_column("grades", sa.Column("final_passed", sa.Boolean(), nullable=True))
    op.add_column("grades", sa.Column("review_outcome", outcome, nullable=True))
    op.add_column("criterion_results", sa.Column("final_state", state, nullable=True))
    for statement in _FILL:
        op.execute(statement)
    with op.batch_alter_table("criterion_results", schema=None) as batch_op:
        batch_op.alter_column("final_state", existing_type=state, nullable=False)
        batch_op.drop_index(batch_op.f("ix_criterion_results_criterion_state_grade_id"))
        batch_op.create_index(
            batch_op.f("ix_criterion_results_criterion_final_state_grade_id"),
            ["criterion", "final_state", "grade_id"],
            unique=False,
        )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("criterion_results", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_criterion_results_criterion_final_state_grade_id"))
        batch_op.create_index(
            batch_op.f("ix_criterion_results_criterion_state_grade_id"),
            ["criterion", "state", "grade_id"],
            unique=False,
        )
        batch_op.drop_column("final_state")
    # Not as a batch: SQLite would make the table anew, and what refers to its rows would go with the old one.
    for name in ("review_outcome", "final_passed", "final_score"):
        op.drop_column("grades", name)
