"""Finding what an address names, for somebody who may see it: what is hidden and what is not there look the same."""

from sqlalchemy.orm import Session

from service.api.principal import Principal
from service.database import conversations, selection
from service.database.errors import ConflictError, MissingError
from service.database.selection import Selection
from service.database.tables import BatchRow, ConversationRow, JobRow


def conversation(session: Session, name: str, principal: Principal) -> ConversationRow:
    """Find a conversation by the service's id (``uid``) or by the platform's own.

    Raises:
        MissingError: there is none, or none that may be seen.
        ConflictError: several platforms have sent one of that id.
    """
    if (row := conversations.get(session, name)) is not None and visible(row, principal):
        return row
    named = Selection(external_ids=(name,))
    found = selection.conversations(session, named, principal.scope, limit=2).items
    if len(found) > 1:
        raise ConflictError(
            "Several platforms have sent a conversation of that id. Ask for one by its `uid`."
        )
    if not found:
        raise MissingError("There is no such conversation. Look for it with GET /v1/conversations.")
    return found[0][0]


def visible(row: ConversationRow, principal: Principal) -> bool:
    """Tell whether somebody may see a conversation."""
    scope = principal.scope
    return (
        (scope.teams is None or row.team in scope.teams)
        and scope.agent_id in {None, row.agent_id}
        and scope.source in {None, row.source}
    )


def job_visible(session: Session, row: JobRow, principal: Principal) -> bool:
    """Tell whether somebody may see a job: one's own, or one about a conversation that may be seen."""
    if row.created_by == principal.actor or principal.role == "administrator":
        return True
    about = conversations.get(session, row.conversation_id) if row.conversation_id else None
    return about is not None and visible(about, principal)


def batch_visible(row: BatchRow, principal: Principal) -> bool:
    """Tell whether somebody may see a batch: one's own, or one of the platform that a key stands for."""
    own = row.created_by == principal.actor or row.source == principal.scope.source
    return own or principal.role == "administrator"
