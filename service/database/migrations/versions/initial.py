"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


_APPEND_ONLY = {
    "sqlite": (
        """
        CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END
        """,
        """
        CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
        BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the audit log is only ever added to'; END $$
        """,
        """
        CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
        FOR EACH ROW EXECUTE FUNCTION audit_log_refuse()
        """,
    ),
}


def upgrade() -> None:  # noqa: PLR0915  one statement a table
    """Go up."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("prefix", sa.String(length=512), nullable=False),
        sa.Column("key_hash", sa.String(length=512), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator", "supervisor", "reviewer", "agent", "platform", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("scopes", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=512), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=512), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_log",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=512), nullable=False),
        sa.Column("action", sa.String(length=512), nullable=False),
        sa.Column("object_kind", sa.String(length=512), nullable=False),
        sa.Column("object_id", sa.String(length=512), nullable=True),
        sa.Column("details", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("request_id", sa.String(length=512), nullable=True),
        sa.Column("previous_hash", sa.String(length=512), nullable=False),
        sa.Column("hash", sa.String(length=512), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_log")),
    )
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_log_actor_number"), ["actor", "number"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_audit_log_object_kind_object_id"), ["object_kind", "object_id"], unique=False
        )

    op.create_table(
        "batches",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_table(
        "login_throttles",
        sa.Column("subject", sa.String(length=512), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_login_throttles")),
    )
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("path", sa.String(length=512), nullable=True),
        sa.Column("sha256", sa.String(length=512), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=512), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("duration", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=512), nullable=True),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recordings_sha256"), ["sha256"], unique=False)

    op.create_table(
        "regrades",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("scorecard_ids", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("selection", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "state",
            sa.Enum("running", "ready", "adopted", "discarded", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("comparison", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=512), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regrades")),
    )
    op.create_table(
        "retention",
        sa.Column("channel", sa.Enum("call", "chat", "email", native_enum=False, length=32), nullable=False),
        sa.Column("recording_days", sa.BigInteger(), nullable=True),
        sa.Column("transcript_days", sa.BigInteger(), nullable=True),
        sa.Column("grade_days", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_retention")),
    )
    op.create_table(
        "scorecards",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=512), nullable=True),
        sa.Column("yaml", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=512), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecards")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_scorecards_name_version")),
    )
    op.create_table(
        "teams",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name", name=op.f("uq_teams_name")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("login", sa.String(length=512), nullable=False),
        sa.Column("name", sa.String(length=512), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrator", "supervisor", "reviewer", "agent", "platform", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("agent_id", sa.String(length=512), nullable=True),
        sa.Column("password_hash", sa.String(length=512), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("issuer", sa.String(length=512), nullable=True),
        sa.Column("subject", sa.String(length=512), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_users_issuer_subject")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_users_agent_id"), ["agent_id"], unique=False)

    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("description", sa.String(length=512), nullable=False),
        sa.Column("secrets", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("source", sa.String(length=512), nullable=True),
        sa.Column("team", sa.String(length=512), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.String(length=512), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("lane", sa.Enum("text", "speech", native_enum=False, length=32), nullable=False),
        sa.Column("host", sa.String(length=512), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    with op.batch_alter_table("workers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_workers_beat_at"), ["beat_at"], unique=False)

    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=512), nullable=False),
        sa.Column("external_id", sa.String(length=512), nullable=False),
        sa.Column("channel", sa.Enum("call", "chat", "email", native_enum=False, length=32), nullable=False),
        sa.Column("language", sa.String(length=512), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", sa.String(length=512), nullable=True),
        sa.Column("team", sa.String(length=512), nullable=True),
        sa.Column("queue", sa.String(length=512), nullable=True),
        sa.Column("direction", sa.String(length=512), nullable=True),
        sa.Column("customer_hash", sa.String(length=512), nullable=True),
        sa.Column("turn_count", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("recording_id", sa.String(length=36), nullable=True),
        sa.Column("created_by", sa.String(length=512), nullable=True),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name=op.f("fk_conversations_recording_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("source", "external_id", name=op.f("uq_conversations_source_external_id")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversations_agent_id_id"), ["agent_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_conversations_channel_received_at"), ["channel", "received_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_conversations_customer_hash"), ["customer_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_conversations_happened_at"), ["happened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_conversations_recording_id"), ["recording_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_conversations_team_id"), ["team", "id"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("team_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_memberships_team_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_memberships_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "team_id", name=op.f("pk_memberships")),
    )
    op.create_table(
        "scorecard_activations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("scorecard_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=512), nullable=False),
        sa.Column("active_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=512), nullable=True),
        sa.ForeignKeyConstraint(
            ["scorecard_id"], ["scorecards.id"], name=op.f("fk_scorecard_activations_scorecard_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecard_activations")),
    )
    with op.batch_alter_table("scorecard_activations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_scorecard_activations_language_active_from"),
            ["language", "active_from"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_scorecard_activations_scorecard_id"), ["scorecard_id"], unique=False
        )

    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=512), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("csrf_token", sa.String(length=512), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "idempotency_keys",
        sa.Column("owner", sa.String(length=512), nullable=False),
        sa.Column("key", sa.String(length=512), nullable=False),
        sa.Column("request_hash", sa.String(length=512), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("headers", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_idempotency_keys_conversation_id")
        ),
        sa.PrimaryKeyConstraint("owner", "key", name=op.f("pk_idempotency_keys")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_idempotency_keys_conversation_id"), ["conversation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_idempotency_keys_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("grade", "recording", "regrade", "purge", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("lane", sa.Enum("text", "speech", native_enum=False, length=32), nullable=False),
        sa.Column(
            "state",
            sa.Enum("queued", "running", "done", "failed", "cancelled", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("regrade_id", sa.String(length=36), nullable=True),
        sa.Column("batch_id", sa.String(length=36), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("max_attempts", sa.BigInteger(), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker_id", sa.String(length=512), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("progress_done", sa.BigInteger(), nullable=False),
        sa.Column("progress_total", sa.BigInteger(), nullable=False),
        sa.Column("progress_step", sa.String(length=512), nullable=True),
        sa.Column("error", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=512), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_jobs_batch_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_jobs_conversation_id")
        ),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrades.id"], name=op.f("fk_jobs_regrade_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_jobs_lane_state_priority_available_at_id"),
            ["lane", "state", "priority", "available_at", "id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_jobs_regrade_id"), ["regrade_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_state_id"), ["state", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_state_lease_until"), ["state", "lease_until"], unique=False)

    op.create_table(
        "grades",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("regrade_id", sa.String(length=36), nullable=True),
        sa.Column(
            "standing",
            sa.Enum("current", "superseded", "candidate", "discarded", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("scorecard_name", sa.String(length=512), nullable=False),
        sa.Column("scorecard_version", sa.BigInteger(), nullable=False),
        sa.Column("turn_model", sa.String(length=512), nullable=False),
        sa.Column("speech_model", sa.String(length=512), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("decision", sa.Enum("auto", "review", native_enum=False, length=32), nullable=False),
        sa.Column("reasons", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_grades_conversation_id")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_grades_job_id")),
        sa.ForeignKeyConstraint(["regrade_id"], ["regrades.id"], name=op.f("fk_grades_regrade_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grades")),
        sa.UniqueConstraint("job_id", "conversation_id", name=op.f("uq_grades_job_id_conversation_id")),
    )
    with op.batch_alter_table("grades", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_grades_conversation_id_id"), ["conversation_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_grades_graded_at"), ["graded_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_grades_regrade_id_id"), ["regrade_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_grades_standing_id"), ["standing", "id"], unique=False)
        batch_op.create_index(
            "uq_grades_current",
            ["conversation_id"],
            unique=True,
            sqlite_where=sa.text("standing = 'current'"),
            postgresql_where=sa.text("standing = 'current'"),
        )

    op.create_table(
        "job_attempts",
        sa.Column("job_id", sa.String(length=36), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("worker_id", sa.String(length=512), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("running", "done", "error", "lost", "returned", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("error", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_job_attempts_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "fence", name=op.f("pk_job_attempts")),
    )
    op.create_table(
        "outbox_events",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "conversation.graded",
                "conversation.reviewed",
                "review.needed",
                "appeal.raised",
                "appeal.decided",
                "alert.raised",
                "job.failed",
                "ping",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("team", sa.String(length=512), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_outbox_events_conversation_id")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_outbox_events_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_events")),
    )
    with op.batch_alter_table("outbox_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_events_conversation_id"), ["conversation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_outbox_events_job_id"), ["job_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_events_type_id"), ["type", "id"], unique=False)

    op.create_table(
        "criterion_results",
        sa.Column("grade_id", sa.String(length=36), nullable=False),
        sa.Column("criterion", sa.String(length=512), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "met", "not_met", "not_applicable", "abstained", "not_evaluated", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("max_points", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["grade_id"], ["grades.id"], name=op.f("fk_criterion_results_grade_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("grade_id", "criterion", name=op.f("pk_criterion_results")),
    )
    with op.batch_alter_table("criterion_results", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_criterion_results_criterion_state_grade_id"),
            ["criterion", "state", "grade_id"],
            unique=False,
        )

    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("webhook_id", sa.String(length=36), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "sending", "delivered", "failed", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox_events.id"], name=op.f("fk_deliveries_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name=op.f("fk_deliveries_webhook_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("event_id", "webhook_id", name=op.f("uq_deliveries_event_id_webhook_id")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deliveries_webhook_id_state_available_at"),
            ["webhook_id", "state", "available_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_deliveries_webhook_id_id"), ["webhook_id", "id"], unique=False)

    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("grade_id", sa.String(length=36), nullable=False),
        sa.Column(
            "kind", sa.Enum("triage", "appeal", "requested", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum("waiting", "claimed", "done", "obsolete", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("reasons", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("requested_by", sa.String(length=512), nullable=True),
        sa.Column("request", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(length=512), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.BigInteger(), nullable=False),
        sa.Column("done_by", sa.String(length=512), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Enum("confirmed", "corrected", native_enum=False, length=32), nullable=True),
        sa.Column("final_score", sa.Double(), nullable=True),
        sa.Column("final_passed", sa.Boolean(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_reviews_conversation_id")
        ),
        sa.ForeignKeyConstraint(["grade_id"], ["grades.id"], name=op.f("fk_reviews_grade_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reviews_claimed_by"), ["claimed_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_reviews_conversation_id_id"), ["conversation_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_reviews_done_by"), ["done_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_reviews_grade_id"), ["grade_id"], unique=False)
        batch_op.create_index(
            "ix_reviews_done",
            ["rank", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'done'"),
            postgresql_where=sa.text("state = 'done'"),
        )
        batch_op.create_index(
            "uq_reviews_open",
            ["grade_id", "kind"],
            unique=True,
            sqlite_where=sa.text("state IN ('waiting', 'claimed')"),
            postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
        )
        batch_op.create_index(
            "ix_reviews_queue",
            ["rank", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'claimed')"),
            postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
        )

    op.create_table(
        "appeals",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("grade_id", sa.String(length=36), nullable=False),
        sa.Column("review_id", sa.String(length=36), nullable=True),
        sa.Column("raised_by", sa.String(length=512), nullable=False),
        sa.Column("agent_id", sa.String(length=512), nullable=True),
        sa.Column("criteria", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "upheld", "partly_upheld", "rejected", "withdrawn", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_appeals_conversation_id")
        ),
        sa.ForeignKeyConstraint(["grade_id"], ["grades.id"], name=op.f("fk_appeals_grade_id")),
        sa.ForeignKeyConstraint(["review_id"], ["reviews.id"], name=op.f("fk_appeals_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
    )
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appeals_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_appeals_grade_id"), ["grade_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_appeals_review_id"), ["review_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_appeals_state_id"), ["state", "id"], unique=False)

    op.create_table(
        "delivery_attempts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("delivery_id", sa.String(length=36), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("duration", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_delivery_attempts_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_attempts")),
    )
    with op.batch_alter_table("delivery_attempts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_attempts_delivery_id"), ["delivery_id"], unique=False)

    op.create_table(
        "verdicts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("review_id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("grade_id", sa.String(length=36), nullable=False),
        sa.Column("actor", sa.String(length=512), nullable=False),
        sa.Column("subject", sa.Enum("criterion", "label", native_enum=False, length=32), nullable=False),
        sa.Column("criterion", sa.String(length=512), nullable=True),
        sa.Column("turn", sa.BigInteger(), nullable=True),
        sa.Column("label", sa.String(length=512), nullable=True),
        sa.Column("machine", sa.String(length=512), nullable=True),
        sa.Column("value", sa.String(length=512), nullable=False),
        sa.Column("fatal", sa.Boolean(), nullable=True),
        sa.Column("points", sa.Double(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("evidence", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("scorecard_name", sa.String(length=512), nullable=False),
        sa.Column("scorecard_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_verdicts_conversation_id")
        ),
        sa.ForeignKeyConstraint(["grade_id"], ["grades.id"], name=op.f("fk_verdicts_grade_id")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["reviews.id"], name=op.f("fk_verdicts_review_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
    )
    with op.batch_alter_table("verdicts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verdicts_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_verdicts_criterion_id"), ["criterion", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_verdicts_grade_id"), ["grade_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_verdicts_label_id"), ["label", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_verdicts_review_id"), ["review_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_verdicts_actor"), ["actor"], unique=False)

    op.create_table(
        "adjudications",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("appeal_id", sa.String(length=36), nullable=False),
        sa.Column("judge", sa.String(length=512), nullable=False),
        sa.Column(
            "decision",
            sa.Enum("open", "upheld", "partly_upheld", "rejected", "withdrawn", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appeal_id"], ["appeals.id"], name=op.f("fk_adjudications_appeal_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjudications")),
    )
    with op.batch_alter_table("adjudications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_adjudications_appeal_id"), ["appeal_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_adjudications_judge"), ["judge"], unique=False)

    op.execute("INSERT INTO audit_head (id, number, hash) VALUES (1, 0, '')")
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:  # noqa: PLR0915
    """Go back."""
    with op.batch_alter_table("adjudications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_adjudications_judge"))
        batch_op.drop_index(batch_op.f("ix_adjudications_appeal_id"))

    op.drop_table("adjudications")
    with op.batch_alter_table("verdicts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verdicts_actor"))
        batch_op.drop_index(batch_op.f("ix_verdicts_review_id"))
        batch_op.drop_index(batch_op.f("ix_verdicts_label_id"))
        batch_op.drop_index(batch_op.f("ix_verdicts_grade_id"))
        batch_op.drop_index(batch_op.f("ix_verdicts_criterion_id"))
        batch_op.drop_index(batch_op.f("ix_verdicts_conversation_id"))

    op.drop_table("verdicts")
    with op.batch_alter_table("delivery_attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_attempts_delivery_id"))

    op.drop_table("delivery_attempts")
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_appeals_state_id"))
        batch_op.drop_index(batch_op.f("ix_appeals_review_id"))
        batch_op.drop_index(batch_op.f("ix_appeals_grade_id"))
        batch_op.drop_index(batch_op.f("ix_appeals_conversation_id"))

    op.drop_table("appeals")
    with op.batch_alter_table("reviews", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_reviews_queue",
            sqlite_where=sa.text("state IN ('waiting', 'claimed')"),
            postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
        )
        batch_op.drop_index(
            "uq_reviews_open",
            sqlite_where=sa.text("state IN ('waiting', 'claimed')"),
            postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
        )
        batch_op.drop_index(
            "ix_reviews_done",
            sqlite_where=sa.text("state = 'done'"),
            postgresql_where=sa.text("state = 'done'"),
        )
        batch_op.drop_index(batch_op.f("ix_reviews_grade_id"))
        batch_op.drop_index(batch_op.f("ix_reviews_done_by"))
        batch_op.drop_index(batch_op.f("ix_reviews_conversation_id_id"))
        batch_op.drop_index(batch_op.f("ix_reviews_claimed_by"))

    op.drop_table("reviews")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_webhook_id_id"))
        batch_op.drop_index(batch_op.f("ix_deliveries_webhook_id_state_available_at"))

    op.drop_table("deliveries")
    with op.batch_alter_table("criterion_results", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_criterion_results_criterion_state_grade_id"))

    op.drop_table("criterion_results")
    with op.batch_alter_table("outbox_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_events_type_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_events_job_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_events_conversation_id"))

    op.drop_table("outbox_events")
    op.drop_table("job_attempts")
    with op.batch_alter_table("grades", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_grades_current",
            sqlite_where=sa.text("standing = 'current'"),
            postgresql_where=sa.text("standing = 'current'"),
        )
        batch_op.drop_index(batch_op.f("ix_grades_standing_id"))
        batch_op.drop_index(batch_op.f("ix_grades_regrade_id_id"))
        batch_op.drop_index(batch_op.f("ix_grades_graded_at"))
        batch_op.drop_index(batch_op.f("ix_grades_conversation_id_id"))

    op.drop_table("grades")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_jobs_state_lease_until"))
        batch_op.drop_index(batch_op.f("ix_jobs_state_id"))
        batch_op.drop_index(batch_op.f("ix_jobs_regrade_id"))
        batch_op.drop_index(batch_op.f("ix_jobs_lane_state_priority_available_at_id"))
        batch_op.drop_index(batch_op.f("ix_jobs_conversation_id"))
        batch_op.drop_index(batch_op.f("ix_jobs_batch_id"))

    op.drop_table("jobs")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_keys_expires_at"))
        batch_op.drop_index(batch_op.f("ix_idempotency_keys_conversation_id"))

    op.drop_table("idempotency_keys")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_user_id"))
        batch_op.drop_index(batch_op.f("ix_sessions_expires_at"))

    op.drop_table("sessions")
    with op.batch_alter_table("scorecard_activations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scorecard_activations_scorecard_id"))
        batch_op.drop_index(batch_op.f("ix_scorecard_activations_language_active_from"))

    op.drop_table("scorecard_activations")
    op.drop_table("memberships")
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversations_team_id"))
        batch_op.drop_index(batch_op.f("ix_conversations_recording_id"))
        batch_op.drop_index(batch_op.f("ix_conversations_happened_at"))
        batch_op.drop_index(batch_op.f("ix_conversations_customer_hash"))
        batch_op.drop_index(batch_op.f("ix_conversations_channel_received_at"))
        batch_op.drop_index(batch_op.f("ix_conversations_agent_id_id"))

    op.drop_table("conversations")
    with op.batch_alter_table("workers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_workers_beat_at"))

    op.drop_table("workers")
    op.drop_table("webhooks")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_users_agent_id"))

    op.drop_table("users")
    op.drop_table("teams")
    op.drop_table("scorecards")
    op.drop_table("retention")
    op.drop_table("regrades")
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recordings_sha256"))

    op.drop_table("recordings")
    op.drop_table("login_throttles")
    op.drop_table("batches")
    with op.batch_alter_table("audit_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_log_object_kind_object_id"))
        batch_op.drop_index(batch_op.f("ix_audit_log_actor_number"))

    op.drop_table("audit_log")
    op.drop_table("audit_head")
    op.drop_table("api_keys")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_refuse()")
