"""Who did what through the API, for the audit log."""

from typing import Any

from fastapi import Request
from sqlalchemy.orm import Session

from service.api.principal import Principal
from service.database import audit


def note(
    session: Session,
    request: Request,
    principal: Principal,
    action: str,
    kind: str,
    *,
    about: str | None = None,
    **details: Any,
) -> None:
    """Write down what a principal did; call it last in the transaction (``service.database.audit``).

    Args:
        session: of the transaction in which it was done.
        request: in which it was done.
        principal: who did it.
        action: ``read``, ``export``, ``create``, ``change``, ``review``, ``appeal``, ``adjudicate``, ``delete`` …
        kind: of the object: ``conversation``, ``grade``, ``scorecard`` …
        about: the object's id; None for many.
        details: ids, numbers and names of fields; no personal data.
    """
    audit.append(
        session,
        actor=principal.actor,
        action=action,
        object_kind=kind,
        object_id=about,
        details=details,
        request_id=request.state.request_id,
    )
