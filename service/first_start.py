"""The first start: an administrator with a one-time password, for there is nobody yet who could make accounts."""

from typing import Final

from service import passwords
from service.database import Database, accounts, audit

LOGIN: Final = "admin"


def first_administrator(database: Database) -> str | None:
    """Make the first account, and give its one-time password; None where there are accounts already."""
    with database.read() as session:
        if accounts.any_user(session):
            return None
    password = passwords.one_time()
    password_hash = passwords.hashed(password)
    with database.alone() as session:
        if accounts.any_user(session):
            return None  # another process was faster
        row = accounts.add_user(
            session,
            login=LOGIN,
            name="Administrator",
            role="administrator",
            password_hash=password_hash,
            must_change_password=True,
        )
        audit.append(session, actor="system", action="create", object_kind="user", object_id=row.id)
    return password
