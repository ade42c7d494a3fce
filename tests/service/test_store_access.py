"""Keys, accounts, logins, throttles, idempotency keys and scorecard versions."""

from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import select
from store_stage import NEXT, STANDING

from service import scorecards as reading
from service.database import Database, accounts, idempotency, keys, scorecards
from service.database.errors import ConflictError, MissingError
from service.database.idempotency import Answer, InProgressError, OtherRequestError
from service.database.selection import Scope
from service.database.tables import ApiKeyRow
from service.database.types import now
from service.roles import PersonRole


def test_a_key_is_known_by_its_hash_only(database: Database) -> None:
    """A new key is valid until it is revoked or expires, and cannot be read from the store."""
    with database.write() as session:
        key, row = keys.create(session, name="shop", scopes=["grade"])
        brief, _ = keys.create(session, name="brief", expires_at=now() + timedelta(hours=1))
        assert keys.valid(session, key) is row
        assert keys.valid(session, key + "x") is None
        assert keys.valid(session, brief) is not None
        assert keys.valid(session, brief, at=now() + timedelta(hours=2)) is None
        assert keys.use_is_due(row)
        keys.note_use(session, row.id)
        session.refresh(row)
        assert not keys.use_is_due(row)
        keys.revoke(session, row.id)
        assert keys.valid(session, key) is None
        stored = session.scalars(select(ApiKeyRow.key_hash)).all()
        assert not any(key in value for value in stored)


def test_what_a_role_may_see(database: Database) -> None:
    """Administrators see all, supervisors and reviewers their teams, agents themselves once they are known by id."""
    with database.write() as session:
        users = {
            role: accounts.add_user(session, login=role.upper(), name=role, role=role)
            for role in get_args(PersonRole)
        }
        accounts.set_teams(session, users["supervisor"].id, ["returns", "repairs", "returns"])
        scopes = {role: accounts.scope_of(session, user) for role, user in users.items()}
        users["agent"].agent_id = "a-1"
        assert accounts.scope_of(session, users["agent"]) == Scope(agent_id="a-1")
        with pytest.raises(ConflictError, match="Choose another login"):
            accounts.add_user(session, login="Agent", name="x", role="agent")
    nothing = Scope(teams=frozenset())
    assert scopes == {
        "administrator": Scope(),
        "supervisor": Scope(teams=frozenset({"returns", "repairs"})),
        "reviewer": nothing,
        "agent": nothing,
    }


def test_a_login_ends(database: Database) -> None:
    """A session is found until it expires, is closed, or its user is deactivated."""
    with database.write() as session:
        user = accounts.add_user(session, login="ann", name="Ann", role="reviewer")
        for token in ("one", "two"):
            accounts.open_session(session, user, token_hash=token, csrf_token="c", lasts=timedelta(hours=1))
        found = accounts.of_session(session, "one", idle=timedelta(hours=3))
        assert found is not None
        assert found[1] is user
        assert (
            accounts.of_session(session, "one", idle=timedelta(hours=3), at=now() + timedelta(hours=2))
            is None
        )
        accounts.close_session(session, "one")
        assert accounts.of_session(session, "one", idle=timedelta(hours=3)) is None
        user.active = False
        assert accounts.of_session(session, "two", idle=timedelta(hours=3)) is None


def test_guessing_passwords_gets_slower(database: Database) -> None:
    """After the free failures each doubles the wait; a login that succeeds, or time, forgives."""
    at, subjects = now(), ["login:ann", "address:192.0.2.1"]
    waits = []
    with database.write() as session:
        for _ in range(accounts.FREE_FAILURES + 3):
            accounts.note_failure(session, subjects, at=at)
            until = accounts.blocked_until(session, subjects, at=at)
            waits.append((until - at).total_seconds() if until else 0)
        assert waits == [0] * (accounts.FREE_FAILURES - 1) + [1, 2, 4, 8]
        assert accounts.blocked_until(session, ["login:bob"], at=at) is None
        accounts.forget_failures(session, subjects)
        assert accounts.blocked_until(session, subjects, at=at) is None


def test_nobody_waits_longer_than_a_quarter_of_an_hour(database: Database) -> None:
    """However often a login fails: whoever owns the account comes in again the same day."""
    at, subject = now(), ["login:ann"]
    with database.write() as session:
        for _ in range(accounts.FREE_FAILURES + 20):
            accounts.note_failure(session, subject, at=at)
        assert accounts.blocked_until(session, subject, at=at) == at + accounts.LONGEST_WAIT


def test_old_failures_are_forgotten(database: Database) -> None:
    """A slip of the hand now and then never makes anybody wait; failures close to each other do."""
    at, subjects = now(), {"rare": accounts.LONGEST_WAIT * 1.1, "close": accounts.LONGEST_WAIT * 0.9}
    with database.write() as session:
        for subject, apart in subjects.items():
            times = [at + apart * number for number in range(accounts.FREE_FAILURES)]
            for time in times:
                accounts.note_failure(session, [subject], at=time)
            assert (accounts.blocked_until(session, [subject], at=times[-1]) is None) is (subject == "rare")


def test_who_is_switched_off_administers_nothing(database: Database) -> None:
    """The last administrator who is active is the last."""
    with database.write() as session:
        ann, bob = (
            accounts.add_user(session, login=login, name=login, role="administrator")
            for login in ("ann", "bob")
        )
        assert accounts.other_administrator(session, ann.id)
        bob.active = False
        session.flush()
        assert not accounts.other_administrator(session, ann.id)


def test_a_repetition_gets_the_first_answer(database: Database) -> None:
    """The same request is answered from memory, another one is refused, one under way is told so; a day later all is new."""
    who = {"owner": "key:1", "key": "k"}
    at = now()
    with database.write() as session:
        assert idempotency.begin(session, **who, request_hash="a", at=at) is None
    with database.write() as session, pytest.raises(InProgressError):
        idempotency.begin(session, **who, request_hash="a", at=at)
    answer = Answer(status=200, headers={"Location": "/v1/jobs/1"}, body='{"x":1}')
    with database.write() as session:
        idempotency.finish(session, **who, answer=answer)
    with database.write() as session:
        assert idempotency.begin(session, **who, request_hash="a", at=at) == answer
        with pytest.raises(OtherRequestError, match="Use a new one"):
            idempotency.begin(session, **who, request_hash="b", at=at)
        assert idempotency.begin(session, owner="key:2", key="k", request_hash="b", at=at) is None
        assert idempotency.begin(session, **who, request_hash="b", at=at + idempotency.KEPT) is None


def test_a_request_that_was_lost_is_done_again(database: Database) -> None:
    """A request whose server died without an answer does not block its repetition for long."""
    at = now()
    with database.write() as session:
        idempotency.begin(session, owner="o", key="k", request_hash="a", at=at)
    with database.write() as session:
        later = at + idempotency.ABANDONED
        assert idempotency.begin(session, owner="o", key="k", request_hash="a", at=later) is None
        idempotency.abandon(session, owner="o", key="k")
        assert idempotency.begin(session, owner="o", key="k", request_hash="b", at=later) is None


def test_scorecards_become_active_forwards_only(database: Database) -> None:
    """Shipped versions are active from the start; others from a time that is still to come, and in order."""
    at = now()
    with database.write() as session:
        reading.install_shipped(session)
        reading.install_shipped(session)
        assert [row.name for row in scorecards.active(session)] == ["service-en", "service-zh"]
        old = scorecards.find(session, "service-zh", STANDING)
        assert old is not None
        assert reading.check(old.yaml) == ()
        new = reading.keep(
            session, old.yaml.replace(f"version: {STANDING}", f"version: {NEXT}", 1), created_by="user:u"
        )
        with pytest.raises(ConflictError, match="in the past"):
            scorecards.activate(session, new.id, active_from=at - timedelta(days=1), created_by=None)
        later = at + timedelta(days=1)
        scorecards.activate(session, new.id, active_from=later, created_by=None)
        with pytest.raises(ConflictError, match="Give a later time"):
            scorecards.activate(session, old.id, active_from=at + timedelta(hours=1), created_by=None)
        with pytest.raises(MissingError):
            scorecards.activate(session, "nothing", active_from=later, created_by=None)
        assert [row.version for row in scorecards.active(session)] == [STANDING, STANDING]
        assert [row.version for row in scorecards.active(session, at=later)] == [STANDING, NEXT]


def test_an_earlier_version_that_is_still_active_is_told(database: Database) -> None:
    """Where a later version of a shipped scorecard came with the program; an own version in its place is nobody's business."""
    at = now()
    with database.write() as session:
        reading.install_shipped(session)
        shipped = scorecards.find(session, "service-zh", STANDING)
        assert shipped is not None
        assert reading.outdated(session) == []
        earlier, own = (
            reading.keep(
                session,
                shipped.yaml.replace(f"version: {STANDING}", f"version: {number}", 1),
                created_by=None,
            )
            for number in (STANDING - 1, NEXT)
        )
        soon = at + timedelta(seconds=1)
        scorecards.activate(session, earlier.id, active_from=soon, created_by=None, at=at)
    with database.write() as session:
        found = [
            (row.name, row.version, newer.version)
            for row, newer in reading.outdated(session, at=soon + timedelta(seconds=1))
        ]
        assert found == [("service-zh", STANDING - 1, STANDING)]
        scorecards.activate(session, own.id, active_from=soon + timedelta(seconds=2), created_by=None, at=at)
        assert reading.outdated(session, at=soon + timedelta(seconds=3)) == []


def test_a_version_never_changes(database: Database) -> None:
    """The same text again is the same version; another text under its name and version is refused."""
    with database.write() as session:
        reading.install_shipped(session)
        old = scorecards.find(session, "service-zh", STANDING)
        assert old is not None
        assert reading.keep(session, old.yaml, created_by=None).id == old.id
        with pytest.raises(ConflictError, match="Raise `version`"):
            reading.keep(session, old.yaml + "\n# changed\n", created_by=None)
    assert reading.check("name: x")
