"""What each role may do."""

from typing import Final, Literal, TypeAlias, get_args

from service.roles import Role

Permission: TypeAlias = Literal[
    "conversations.submit",
    "conversations.read",
    "conversations.erase",
    "audio.read",
    "exports.read",
    "reports.read",
    "jobs.read",
    "jobs.manage",
    "reviews.read",
    "reviews.work",
    "appeals.raise",
    "appeals.adjudicate",
    "scorecards.read",
    "scorecards.manage",
    "regrades.manage",
    "webhooks.manage",
    "accounts.manage",
    "keys.manage",
    "retention.manage",
    "audit.read",
    "metrics.read",
]

_EVERYTHING: Final[frozenset[Permission]] = frozenset(get_args(Permission))
_AGENT: Final[frozenset[Permission]] = frozenset({"conversations.read", "appeals.raise", "scorecards.read"})
_REVIEWER: Final[frozenset[Permission]] = frozenset(
    {"conversations.read", "audio.read", "reviews.read", "reviews.work", "scorecards.read"}
)
_SUPERVISOR: Final[frozenset[Permission]] = _REVIEWER | {
    "exports.read",
    "reports.read",
    "jobs.read",
    "appeals.raise",
    "appeals.adjudicate",
    "regrades.manage",
}
_PLATFORM: Final[frozenset[Permission]] = frozenset(
    {
        "conversations.submit",
        "conversations.read",
        "conversations.erase",
        "audio.read",
        "exports.read",
        "reports.read",
        "jobs.read",
        "jobs.manage",
        "reviews.read",
        "reviews.work",
        "appeals.raise",
        "scorecards.read",
        "webhooks.manage",
        "metrics.read",
    }
)

PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    "administrator": _EVERYTHING,
    "supervisor": _SUPERVISOR,
    "reviewer": _REVIEWER,
    "agent": _AGENT,
    "platform": _PLATFORM,
}
"""A key's scopes narrow these down further. A platform brings its own people's verdicts, for its own conversations."""
