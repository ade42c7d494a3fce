"""The audit log can only be added to, and shows every other change."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from service.database import Database, audit


def _append(database: Database, count: int) -> None:
    for number in range(count):
        with database.write() as session:
            audit.append(
                session,
                actor="user:u",
                action="read",
                object_kind="conversation",
                object_id=f"c-{number}",
                details={"zulu": number, "alpha": {"y": "\x00", "b": [1.5, None]}},
            )


def test_a_chain_that_nobody_touched_is_whole(database: Database) -> None:
    """Rows written one after the other and at once make one chain without gaps."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: _append(database, 5), range(4)))
    with database.read() as session:
        found = audit.verify(session)
        assert (found.rows, found.broken_at) == (20, None)
        latest = audit.listed(session, object_id="c-4").items[0]
        assert latest.details == {"zulu": 4, "alpha": {"y": "\ufffd", "b": [1.5, None]}}


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"])
def test_the_database_refuses_changes(database: Database, statement: str) -> None:
    """Neither a change nor a deletion goes through the program's own connection."""
    _append(database, 2)
    with pytest.raises(DatabaseError, match="only ever added to"), database.write() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE audit_log SET actor = 'user:other' WHERE number = 3", 3),
        ("DELETE FROM audit_log WHERE number = 2", 2),
        ("DELETE FROM audit_log WHERE number = 5", 5),
        ("UPDATE audit_log SET previous_hash = '' WHERE number = 4", 4),
    ],
)
def test_tampering_is_found(database: Database, tampering: str, broken_at: int) -> None:
    """Whoever gets round the triggers is found out at the first row that was touched, also at the end."""
    _append(database, 5)
    with database.write() as session:
        if database.is_sqlite:
            session.execute(text("DROP TRIGGER audit_log_no_update"))
            session.execute(text("DROP TRIGGER audit_log_no_delete"))
        else:
            session.execute(text("ALTER TABLE audit_log DISABLE TRIGGER ALL"))
        session.execute(text(tampering))
    with database.read() as session:
        assert audit.verify(session).broken_at == broken_at
    if not database.is_sqlite:
        with database.write() as session:
            session.execute(text("ALTER TABLE audit_log ENABLE TRIGGER ALL"))
