"""What each role may, word for word: nobody is let into anything by a slip."""

from typing import get_args

from service.api.permissions import PERMISSIONS, Permission

REVIEWER = "conversations.read audio.read reviews.read reviews.work scorecards.read"
ROLES = {
    "administrator": " ".join(get_args(Permission)),
    "supervisor": f"{REVIEWER} exports.read reports.read jobs.read appeals.raise appeals.adjudicate "
    "regrades.manage",
    "reviewer": REVIEWER,
    "agent": "conversations.read appeals.raise scorecards.read",
    "platform": f"{REVIEWER} conversations.submit conversations.erase exports.read reports.read jobs.read "
    "jobs.manage appeals.raise webhooks.manage metrics.read",
}


def test_what_each_role_may() -> None:
    """The roles and their permissions are these and no others."""
    assert {role: set(allowed.split()) for role, allowed in ROLES.items()} == PERMISSIONS
