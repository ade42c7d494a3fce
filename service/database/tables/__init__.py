"""The tables, by subject. Times are aware and in UTC; nothing here holds unredacted text."""

from service.database.tables.access import (
    ApiKeyRow,
    IdempotencyRow,
    MembershipRow,
    SessionRow,
    TeamRow,
    ThrottleRow,
    UserRow,
)
from service.database.tables.audit import AuditHeadRow, AuditRow
from service.database.tables.conversations import ConversationRow, RecordingRow
from service.database.tables.grades import (
    CriterionResultRow,
    GradeRow,
    RegradeRow,
    RegradeState,
    ReviewOutcome,
    Standing,
)
from service.database.tables.jobs import (
    AttemptOutcome,
    BatchRow,
    JobAttemptRow,
    JobKind,
    JobRow,
    JobState,
    Lane,
    WorkerRow,
)
from service.database.tables.retention import RetentionRow
from service.database.tables.reviews import (
    AdjudicationRow,
    AppealRow,
    AppealState,
    ReviewKind,
    ReviewRow,
    ReviewState,
    VerdictRow,
    VerdictSubject,
)
from service.database.tables.scorecards import ActivationRow, ScorecardRow
from service.database.tables.webhooks import (
    DeliveryAttemptRow,
    DeliveryRow,
    DeliveryState,
    EventRow,
    EventType,
    WebhookRow,
)

__all__ = [
    "ActivationRow",
    "AdjudicationRow",
    "ApiKeyRow",
    "AppealRow",
    "AppealState",
    "AttemptOutcome",
    "AuditHeadRow",
    "AuditRow",
    "BatchRow",
    "ConversationRow",
    "CriterionResultRow",
    "DeliveryAttemptRow",
    "DeliveryRow",
    "DeliveryState",
    "EventRow",
    "EventType",
    "GradeRow",
    "IdempotencyRow",
    "JobAttemptRow",
    "JobKind",
    "JobRow",
    "JobState",
    "Lane",
    "MembershipRow",
    "RecordingRow",
    "RegradeRow",
    "RegradeState",
    "RetentionRow",
    "ReviewKind",
    "ReviewOutcome",
    "ReviewRow",
    "ReviewState",
    "ScorecardRow",
    "SessionRow",
    "Standing",
    "TeamRow",
    "ThrottleRow",
    "UserRow",
    "VerdictRow",
    "VerdictSubject",
    "WebhookRow",
    "WorkerRow",
]
