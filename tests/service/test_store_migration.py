"""The tables: the same migration makes them on both databases, and the program's tables are what it makes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import StatementError
from store_stage import chat

from grader.problems import InputError
from service.database import Database, conversations, jobs, keys, migrate, migration
from service.database.types import new_id, storable, to_json


def test_migrations_run_up_check_and_down(empty_database_url: str) -> None:
    """An empty database gets exactly the program's tables, and going back leaves none."""
    database = Database(empty_database_url)
    migrate(database)
    migration.check(database)
    migration.downgrade(database)
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    migrate(database)
    migration.check(database)
    database.close()


def test_batches_sent_before_get_the_name_of_their_platform(empty_database_url: str) -> None:
    """That of the key that sent them; what a person sent is the console's. Their jobs stay."""
    database = Database(empty_database_url)
    migrate(database)
    with database.write() as session:
        _, key = keys.create(session, name="shop")
        for sender in (f"key:{key.id}", "user:mei"):
            batch = jobs.add_batch(session, total=1, source="?", created_by=sender)
            row = conversations.add(session, chat(sender), source="?")
            jobs.submit_batch(session, [row.id], batch_id=batch.id)
    migration.downgrade(database, to="0001")
    migrate(database)
    with database.read() as session:
        sent = session.execute(
            text("SELECT source, count(*) FROM batches JOIN jobs ON batch_id = batches.id GROUP BY 1")
        )
        assert sorted(map(tuple, sent)) == [("console", 1), ("shop", 1)]
    database.close()


def test_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    """Several that open a new database at the same time all find the tables."""

    def start(_: int) -> int:
        database = Database(empty_database_url)
        migrate(database)
        names = inspect(database.engine).get_table_names()
        database.close()
        return len(names)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(start, range(4)))) == 1


@pytest.mark.parametrize("url", ["mysql://here/db", "callgrader.db", "postgresql://here/db", ""])
def test_other_databases_are_refused(url: str) -> None:
    """A URL of another kind is refused with what to write instead."""
    with pytest.raises(InputError, match=r"sqlite:///PATH/callgrader\.db or postgresql\+psycopg"):
        Database(url)


def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    """Whatever zone a time is given in, the same moment is read, in UTC."""
    given = datetime(2026, 11, 20, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    conversation = chat("c-1").model_copy(update={"started_at": given})
    with database.write() as session:
        row_id = conversations.add(session, conversation, source="shop").id
    with database.read() as session:
        row = conversations.get(session, row_id)
        assert row is not None
        assert row.happened_at == given
        assert row.happened_at.tzinfo is UTC


def test_naive_times_are_refused(database: Database) -> None:
    """A time without a zone never reaches the database."""
    with pytest.raises(StatementError, match="has no time zone"), database.write() as session:  # noqa: PT012  it commits
        row = conversations.add(session, chat("c-1"), source="shop")
        row.received_at = datetime(2026, 11, 20)  # noqa: DTZ001


def test_characters_that_databases_refuse_are_replaced(database: Database) -> None:
    """NUL and lone surrogates are stored as the replacement character, and asking for them finds nothing."""
    with database.write() as session:
        row = conversations.add(session, chat("c-1", agent="a\x00b"), source="shop")
        row_id = row.id
    with database.read() as session:
        stored = conversations.get(session, row_id)
        assert stored is not None
        assert stored.agent_id == "a\ufffdb"
        assert conversations.get(session, "\x00") is None
        assert conversations.find(session, "shop", "\ud800") is None


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": "x\x00"}, '{"a":"x\ufffd","b":1}'),
        ("\\u0000", '"\\\\u0000"'),
        ("\ud83d", '"\ufffd"'),
        (["汉", 1.5, None], '["汉",1.5,null]'),
    ],
)
def test_json_is_storable(value: object, written: str) -> None:
    """JSON holds no NUL and no lone surrogate, and keeps all else."""
    assert to_json(value) == written


def test_storable_keeps_ordinary_text() -> None:
    """Text without such characters stays as it is."""
    assert storable("您好 😀\n") == "您好 😀\n"


def test_ids_sort_by_time() -> None:
    """Ids made later sort after those made before."""
    made = [new_id() for _ in range(2000)]
    assert len(set(made)) == 2000
    assert made == sorted(made)


def test_a_writer_waits_for_another(database: Database) -> None:
    """Transactions that read and then write the same row never fail for being at once, and none is lost."""
    with database.write() as session:
        row_id = conversations.add(session, chat("c-1"), source="shop").id

    def add(_: int) -> None:
        with database.write() as session:
            row = conversations.get(session, row_id, lock=True)
            assert row is not None
            row.turn_count += 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(40)))
    with database.read() as session:
        row = conversations.get(session, row_id)
        assert row is not None
        assert row.turn_count == 42


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    """An exception takes back all that its transaction wrote."""
    with pytest.raises(ZeroDivisionError), database.write() as session:  # noqa: PT012  it rolls back
        conversations.add(session, chat("c-1"), source="shop")
        raise ZeroDivisionError
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM conversations")).scalar() == 0
