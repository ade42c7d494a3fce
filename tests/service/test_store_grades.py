"""Conversations and grades: what is kept, what is found by which filter, and how pages follow each other."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from store_stage import NEXT, STANDING, chat, graded

from grader.conversation import Party
from grader.problems import InputError
from service.database import Database, conversations, grades, results, reviews
from service.database.errors import ConflictError
from service.database.selection import EVERYTHING, Scope, Selection, joined, restrict
from service.database.selection import conversations as listed
from service.database.tables import GradeRow

MORNING = datetime(2026, 11, 20, 9, tzinfo=UTC)
RUDE = "您烦死了!"


@pytest.fixture
def filled(database: Database) -> Database:
    """Six graded chats of two teams and three agents, an hour apart; the third and the sixth are rude."""
    with database.write() as session:
        for number in range(6):
            conversation = chat(
                f"c-{number}",
                team=("returns", "repairs")[number % 2],
                agent=f"a-{number % 3}",
                **({"said": RUDE} if number % 3 == 2 else {}),
            ).model_copy(update={"started_at": MORNING + timedelta(hours=number)})
            result = graded(conversation)
            row = conversations.add(session, result.conversation, source="shop")
            results.store(session, row, result)
    return database


def _found(database: Database, selection: Selection, scope: Scope = EVERYTHING) -> str:
    with database.read() as session:
        page = listed(session, selection, scope)
        return " ".join(sorted(row.external_id for row, _ in page.items))


ALL = "c-0 c-1 c-2 c-3 c-4 c-5"


FILTERS = [
    (Selection(), ALL),
    (Selection(since=MORNING + timedelta(hours=4)), "c-4 c-5"),
    (Selection(until=MORNING + timedelta(hours=2)), "c-0 c-1"),
    (Selection(agents=("a-1",)), "c-1 c-4"),
    (Selection(agents=("a-1", "a-2")), "c-1 c-2 c-4 c-5"),
    (Selection(teams=("repairs",)), "c-1 c-3 c-5"),
    (Selection(teams=("repairs",), agents=("a-2",)), "c-5"),
    (Selection(queues=("after-sales",)), ALL),
    (Selection(external_id_prefix="C-"), ALL),
    (Selection(external_id_prefix="-3"), ""),
    (Selection(agent_prefix="A-1"), "c-1 c-4"),
    (Selection(team_prefix="re", agent_prefix="a-2"), "c-2 c-5"),
    (Selection(team_prefix="RETURNS"), "c-0 c-2 c-4"),
    (Selection(team_prefix="re%"), ""),
    (Selection(queue_prefix="after_"), ""),
    (Selection(queue_prefix="\x00"), ""),
    (Selection(queue_prefix="after"), ALL),
    (Selection(queues=("sales",)), ""),
    (Selection(channels=("call", "email")), ""),
    (Selection(channels=("chat",), languages=("zh",)), ALL),
    (Selection(sources=("shop",), external_ids=("c-3", "c-9")), "c-3"),
    (Selection(criterion="compliance", states=("not_met",)), "c-2 c-5"),
    (Selection(criterion="compliance", states=("met", "abstained")), "c-0 c-1 c-3 c-4"),
    (Selection(states=("not_met",), max_score=0), "c-2 c-5"),
    (Selection(min_score=1), "c-0 c-1 c-3 c-4"),
    (Selection(passed=False, agents=("a-2",)), "c-2 c-5"),
    (Selection(decision="review", agents=("a-2",)), "c-2 c-5"),
    (Selection(review="waiting", agents=("a-2",)), "c-2 c-5"),
    (Selection(review="done"), ""),
    (Selection(graded=True), ALL),
    (Selection(graded=False), ""),
    (Selection(scorecard="service-zh", scorecard_version=STANDING), ALL),
    (Selection(scorecard="service-zh", scorecard_version=NEXT), ""),
]


def test_filters(filled: Database, subtests: pytest.Subtests) -> None:
    """Each filter lets through what it names, and all of them together only what all let through."""
    for selection, expected in FILTERS:
        with subtests.test(selection=selection):
            assert _found(filled, selection) == expected


def test_a_beginning_is_looked_up_in_an_index(filled: Database) -> None:
    """Not by reading every conversation."""
    statement = restrict(joined(), Selection(agent_prefix="A"), EVERYTHING)
    dialect = filled.engine.dialect
    sql = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if filled.is_sqlite else "EXPLAIN"
    with filled.read() as session:
        if not filled.is_sqlite:
            # It would read so few rows whole, or in the order of any index.
            for way in ("seqscan", "indexscan", "indexonlyscan"):
                session.execute(text(f"SET LOCAL enable_{way} = off"))
        plan = session.connection().exec_driver_sql(f"{explain} {sql}".replace("%", "%%")).all()
    assert "ix_conversations_agent_id_folded" in str(plan)


SCOPES = [
    (Scope(teams=frozenset({"returns"})), "c-0 c-2 c-4"),
    (Scope(teams=frozenset()), ""),
    (Scope(agent_id="a-0"), "c-0 c-3"),
    (Scope(source="another"), ""),
]


def test_scopes_hide_what_is_not_ones_own(filled: Database, subtests: pytest.Subtests) -> None:
    """What is outside of somebody's scope is never listed, whatever is asked for."""
    for scope, expected in SCOPES:
        with subtests.test(scope=scope):
            assert _found(filled, Selection(), scope) == expected


def test_pages_follow_each_other_though_rows_come_in_between(filled: Database) -> None:
    """Going through pages gives every row once, in order; rows that are added meanwhile shift nothing."""
    seen, cursor = [], None
    with filled.write() as session:
        while True:
            page = listed(session, Selection(), EVERYTHING, cursor=cursor, limit=2)
            seen += [row.external_id for row, _ in page.items]
            conversations.add(session, chat(f"late-{len(seen)}"), source="shop")
            cursor = page.next
            if cursor is None:
                break
    assert seen == ["c-5", "c-4", "c-3", "c-2", "c-1", "c-0"]


@pytest.mark.parametrize("cursor", ["", "x", "bnVsbA", "WzFd", "WyJhIiwiYiJd", "\u4e2d", "=" * 9])
def test_foreign_cursors_are_refused(database: Database, cursor: str) -> None:
    """A cursor that this list never gave is refused with what to do."""
    with database.read() as session, pytest.raises(InputError, match="none that this list gave"):
        listed(session, Selection(), EVERYTHING, cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 501])
def test_limits_are_bounded(database: Database, limit: int) -> None:
    """A page has between 1 and 500 rows."""
    with database.read() as session, pytest.raises(InputError, match="between 1 and 500"):
        listed(session, Selection(), EVERYTHING, limit=limit)


def test_personal_data_does_not_reach_the_store(filled: Database) -> None:
    """What is kept is redacted: the customer's number stands in no column."""
    with filled.read() as session:
        row = conversations.find(session, "shop", "c-0")
        assert row is not None
        assert row.document is not None
        assert "13912345678" not in row.document
        assert "[PHONE]" in row.document


def test_a_document_comes_back_as_it_went_in(database: Database) -> None:
    """The stored conversation and grade are the very ones that were given, but for the customer's id, which is not kept."""
    result = graded(chat("c-1", customer="u-1"))
    with database.write() as session:
        row = conversations.add(session, result.conversation, source="shop")
        grade_id = results.store(session, row, result).id
        row_id = row.id
    with database.read() as session:
        row_again, grade_again = conversations.get(session, row_id), grades.get(session, grade_id)
        assert row_again is not None
        assert grade_again is not None
        assert conversations.read(row_again) == result.conversation.model_copy(update={"customer": Party()})
        assert grade_again.document == result.grade.model_dump_json()
        states = [(c.criterion, c.state) for c in grades.criteria(session, grade_id)]
        assert states == [(c.id, c.state) for c in result.grade.criteria]


def test_the_same_id_twice_is_refused_but_not_from_another_platform(database: Database) -> None:
    """A platform's ids are its own; sending one twice is a conflict, and the transaction goes on."""
    with database.write() as session:
        conversations.add(session, chat("c-1"), source="shop")
        with pytest.raises(ConflictError, match="Give each its own id"):
            conversations.add(session, chat("c-1"), source="shop")
        conversations.add(session, chat("c-1"), source="bank")
    assert _found(database, Selection()) == "c-1 c-1"


def test_a_new_grade_keeps_the_old_ones(database: Database) -> None:
    """Grading again makes another current grade; the earlier ones stay, and their unbegun reviews end."""
    first, second = graded(chat("c-1", said=RUDE)), graded(chat("c-1", said=RUDE))
    with database.write() as session:
        row = conversations.add(session, first.conversation, source="shop")
        old = results.store(session, row, first).id
        new = results.store(session, row, second).id
        row_id = row.id
    with database.read() as session:
        current = grades.current(session, row_id)
        assert current is not None
        assert current.id == new
        standings = [(grade.id, grade.standing) for grade in grades.history(session, row_id)]
        assert standings == [(new, "current"), (old, "superseded")]
        states = {review.grade_id: review.state for review in reviews.of_conversation(session, row_id)}
        assert states == {old: "obsolete", new: "waiting"}


def test_the_database_itself_refuses_two_current_grades(database: Database) -> None:
    """Even a bug could not make two grades current."""
    result = graded(chat("c-1"))
    with database.write() as session:
        row = conversations.add(session, result.conversation, source="shop")
        first = results.store(session, row, result)
        values = {c.key: getattr(first, c.key) for c in GradeRow.__table__.columns}
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(GradeRow(**values | {"id": "another"}))
