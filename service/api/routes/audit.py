"""The audit log."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from service.api.access import may
from service.api.errors import responses
from service.api.filters import Paging
from service.api.principal import Principal
from service.api.shapes import Moment
from service.api.state import Service
from service.api.views import Listed
from service.database import audit

router = APIRouter(prefix="/v1/audit", tags=["operations"])

Reader = Annotated[Principal, may("audit.read")]


class AuditView(BaseModel):
    """Who did what."""

    number: int
    at: datetime
    actor: str = Field(examples=["user:0198a3f0-6a52-7c1e-a8d4-5f1b8a2c9e10"])
    action: str = Field(examples=["read"])
    object_kind: str = Field(examples=["conversation"])
    object_id: str | None
    details: dict[str, Any]
    request_id: str | None
    hash: str
    previous_hash: str


class AuditListing(Paging):
    """Which rows."""

    actor: str | None = None
    action: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    since: Moment | None = None


class VerificationView(BaseModel):
    """What checking the chain found."""

    whole: bool
    rows: int
    """How many rows are whole, from the first on."""
    head: str
    """Hash of the last of them: kept elsewhere, it proves later that nothing before it was rewritten."""
    broken_at: int | None


@router.get("", responses=responses())
def list_audit(
    service: Service, _principal: Reader, listing: Annotated[AuditListing, Query()]
) -> Listed[AuditView]:
    """List rows of the audit log, the latest first."""
    with service.database.read() as session:
        page = audit.listed(session, **listing.model_dump())
    return Listed(
        items=[AuditView.model_validate(row, from_attributes=True) for row in page.items], next=page.next
    )


@router.get("/verification", responses=responses())
def verify_audit(service: Service, _principal: Reader) -> VerificationView:
    """Check every row against the one before, as `grader audit verify` does."""
    with service.database.read() as session:
        found = audit.verify(session)
    return VerificationView(
        whole=found.broken_at is None, rows=found.rows, head=found.head, broken_at=found.broken_at
    )
