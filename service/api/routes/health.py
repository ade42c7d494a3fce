"""Whether the service lives, and whether it can do its work."""

from fastapi import APIRouter
from pydantic import BaseModel

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """That the process answers."""

    status: str = "alive"


@router.get("/health", responses={})
def health() -> Health:
    """Tell that the process answers; nothing else is looked at."""
    return Health()
