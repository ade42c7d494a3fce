"""The first start: an administrator with a one-time password, for there is nobody yet who could make accounts."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from service import passwords, scorecards
from service.api.state import State
from service.database import Database, accounts, audit
from service.samples import load_samples

LOGIN: Final = "admin"


def greeting(address: str, state: State, samples: Sequence[Path]) -> Iterator[str]:
    """Make what the first start needs, and say line by line what an operator must know."""
    if password := first_administrator(state.database):
        yield f"First start: log in as {LOGIN} with the one-time password {password}"
    else:
        yield f"Log in as before. A new password for {LOGIN}: grader user password {LOGIN} --data {state.settings.data}"
    if samples and (count := load_samples(state, samples)):
        yield f"{count} sample conversations are being graded; the console's queue fills meanwhile."
    with state.database.read() as session:
        yield from [
            f"{row.name} version {newer.version} came with this program, and version {row.version} is active: the "
            f"calibration may not know it. To change: POST {address}/v1/scorecards/{newer.id}/activate"
            for row, newer in scorecards.outdated(session)
        ]
    yield f"The review console is at {address}/ (Ctrl-C ends it)."
    yield f"callgrader answers at {address}; its documentation is at {address}/docs."


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
