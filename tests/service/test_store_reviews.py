"""The review queue, verdicts and appeals."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from store_stage import STANDING, chat, graded

from grader.problems import InputError
from service.database import Database, appeals, conversations, grades, migrate, results, reviews, verdicts
from service.database.errors import ConflictError, LostLeaseError, MissingError
from service.database.migration import downgrade
from service.database.reviews import CLAIM
from service.database.selection import EVERYTHING, Scope, Selection
from service.database.selection import conversations as selected
from service.database.tables import EventRow
from service.database.types import now
from service.database.verdicts import Judgement, Verdict

ANN = "user:0198-ann"
BOB = "key:0198-console"
"""A person, and a platform with a console of its own."""

KEPT = Judgement(verdicts=(), outcome="confirmed", final_score=None, final_passed=None)


@pytest.fixture
def queued(database: Database) -> Database:
    """Three chats to review; the last one, of another team, is urgent."""
    with database.write() as session:
        for number, said in enumerate(["您好。", "您好。", "您烦死了!"]):
            result = graded(chat(f"c-{number}", said=said, team="urgent" if number == 2 else "returns"))
            row = conversations.add(session, result.conversation, source="shop")
            results.store(session, row, result)
    return database


def _order(database: Database, scope: Scope = EVERYTHING) -> list[tuple[str, str]]:
    with database.read() as session:
        page = reviews.queue(session, Selection(), scope)
        return [(review.id, conversation.external_id) for review, conversation, _ in page.items]


def test_the_queue_gives_the_urgent_first_and_only_ones_own_teams(queued: Database) -> None:
    """A fatal hit comes before doubts; a reviewer sees the items of own teams only."""
    assert [name for _, name in _order(queued)] == ["c-2", "c-0", "c-1"]
    assert [name for _, name in _order(queued, Scope(teams=frozenset({"returns"})))] == ["c-0", "c-1"]


def test_two_people_never_hold_one_item(queued: Database) -> None:
    """Everybody who asks for the next item at the same time gets another one, or none."""

    def claim(actor: str) -> str | None:
        with queued.write() as session:
            row = reviews.claim_next(session, actor, EVERYTHING, judges=False)
            return row.id if row else None

    with ThreadPoolExecutor(4) as pool:
        taken = [item for item in pool.map(claim, [ANN, BOB] * 3) if item]
    assert len(taken) == len(set(taken)) == 3
    with queued.read() as session:
        claimed = reviews.queue(session, Selection(), EVERYTHING, state="claimed").items
        assert sorted(review.id for review, _, _ in claimed) == sorted(taken)


def test_a_claim_ends_by_itself(queued: Database) -> None:
    """Somebody else is refused while a claim lasts and served when it has ended; the first one's verdict comes too late."""
    (item, _), *_ = _order(queued)
    start = now()
    with queued.write() as session:
        reviews.claim(session, item, ANN, at=start)
    with queued.write() as session, pytest.raises(ConflictError, match="Somebody else holds"):
        reviews.claim(session, item, BOB, at=start + CLAIM / 2)
    with queued.write() as session:
        reviews.claim(session, item, BOB, at=start + CLAIM * 1.1)
    with queued.write() as session, pytest.raises(LostLeaseError, match="Claim it again"):
        _submit(session, item, ANN)


def test_renewing_and_releasing(queued: Database) -> None:
    """Claiming again holds an item for longer; releasing lets others have it."""
    (item, _), *_ = _order(queued)
    start = now()
    with queued.write() as session:
        reviews.claim(session, item, ANN, at=start)
        renewed = reviews.claim(session, item, ANN, at=start + CLAIM / 2)
        assert renewed.claimed_until == start + CLAIM * 1.5
        reviews.release(session, item, ANN, at=start + CLAIM)
        assert reviews.claim(session, item, BOB, at=start + CLAIM).claimed_by == BOB


def _submit(session: Session, item: str, user: str) -> None:
    said = [
        Verdict(
            subject="criterion", criterion="compliance", value="met", machine="not_met", comment="A quote."
        ),
        Verdict(subject="label", turn=1, label="violation:rude", value="no"),
    ]
    judgement = Judgement(
        verdicts=said, outcome="corrected", final_score=80.0, final_passed=True, comment="Mind it."
    )
    verdicts.close(session, reviews.held(session, item, user), user, judgement, at=now())


def test_verdicts_stand_beside_the_machines(queued: Database) -> None:
    """A person's verdicts name who, when and which scorecard version; the grade itself does not change."""
    (item, _), *_ = _order(queued)
    with queued.write() as session:
        reviews.claim(session, item, ANN)
        before = grades.get(session, reviews.locked(session, item).grade_id)
        assert before is not None
        document = before.document
        _submit(session, item, ANN)
    with queued.read() as session:
        row = reviews.get(session, item)
        assert row is not None
        assert (row.state, row.done_by, row.outcome, row.final_score) == ("done", ANN, "corrected", 80.0)
        given = verdicts.of_reviews(session, [item])[item]
        assert [(v.criterion, v.label, v.value, v.actor) for v in given] == [
            ("compliance", None, "met", ANN),
            (None, "violation:rude", "no", ANN),
        ]
        assert {(v.scorecard_name, v.scorecard_version) for v in given} == {("service-zh", STANDING)}
        grade = grades.get(session, row.grade_id)
        assert grade is not None
        assert grade.document == document
        assert [v.id for v in verdicts.listed(session).items] == [v.id for v in given]
        told = select(EventRow.body).where(EventRow.type == "conversation.reviewed")
        assert '"score":80.0' in session.scalars(told).one()
        assert reviews.counts(session) == {"waiting": 2, "done": 1}
    with queued.write() as session, pytest.raises(ConflictError, match="reviewed already"):
        reviews.claim(session, item, ANN)


def _found(database: Database, **filters: Any) -> list[str]:
    with database.read() as session:
        page = selected(session, Selection(**filters), EVERYTHING)
        return sorted(conversation.external_id for conversation, _ in page.items)


def _stands(database: Database, item: str) -> tuple[Any, ...]:
    """Give the machine's score and state of compliance, and what stands of both and of the result."""
    with database.read() as session:
        row = reviews.get(session, item)
        assert row is not None
        grade = grades.get(session, row.grade_id)
        assert grade is not None
        compliance = next(one for one in grades.criteria(session, grade.id) if one.criterion == "compliance")
        final = (grade.final_score, grade.final_passed, grade.review_outcome, compliance.final_state)
        return grade.score, compliance.state, final


def test_what_a_reviewer_says_stands_in_lists_and_filters(queued: Database) -> None:
    """The machine's word stands until a review is done, then the reviewer's; filters ask for what stands."""
    (item, _), *_ = _order(queued)
    assert _stands(queued, item) == (0.0, "not_met", (0.0, False, None, "not_met"))
    failed: dict[str, Any] = {"criterion": "compliance", "states": ("not_met",)}
    assert _found(queued, **failed) == ["c-2"]
    with queued.write() as session:
        reviews.claim(session, item, ANN)
        _submit(session, item, ANN)
    assert _stands(queued, item) == (0.0, "not_met", (80.0, True, "corrected", "met"))
    assert _found(queued, **failed) == []
    assert "c-2" in _found(queued, criterion="compliance", states=("met",))
    assert "c-2" in _found(queued, passed=True)
    assert "c-2" not in _found(queued, passed=False)
    assert "c-2" in _found(queued, min_score=79.0, max_score=80.0)
    assert "c-2" not in _found(queued, max_score=0.0)


def test_the_last_review_stands_and_what_it_leaves_out_stays(queued: Database) -> None:
    """A second reviewer's score replaces the first one's; a criterion of which only the first spoke stays as it was."""
    (first, _), *_ = _order(queued)
    with queued.write() as session:
        reviews.claim(session, first, ANN)
        _submit(session, first, ANN)
        grade = grades.get(session, reviews.locked(session, first).grade_id)
        assert grade is not None
        second = reviews.ask(session, grade, actor=BOB, request="Look again.")[0].id
        reviews.claim(session, second, BOB)
        judgement = Judgement(verdicts=(), outcome="corrected", final_score=79.0, final_passed=False)
        verdicts.close(session, reviews.held(session, second, BOB), BOB, judgement, at=now())
    assert _stands(queued, first) == (0.0, "not_met", (79.0, False, "corrected", "met"))


def test_what_was_done_last_comes_first(queued: Database) -> None:
    """However urgent it was; page by page, and by one reviewer alone."""
    names = dict(_order(queued))
    for number, (item, _) in enumerate(_order(queued)):
        who = (ANN, BOB)[number % 2]
        with queued.write() as session:
            reviews.claim(session, item, who)
            _submit(session, item, who)

    def done(**asked: Any) -> list[str]:
        with queued.read() as session:
            page = reviews.queue(session, Selection(), EVERYTHING, state="done", **asked)
            rest = done(**asked | {"cursor": page.next}) if page.next else []
            return [names[review.id] for review, _, _ in page.items] + rest

    assert done() == done(limit=1) == ["c-1", "c-0", "c-2"]
    assert done(done_by=ANN) == ["c-1", "c-2"]
    for cursor in ("WyIyMDI2LTEzIiwgIngiXQ", "WzEsICJ4Il0", "WyIwMDAxLTAxLTAxVDAwOjAwKzE0OjAwIiwgIngiXQ"):
        with pytest.raises(InputError, match="none that this list gave"):
            done(cursor=cursor)


def test_a_migration_tells_what_stands_of_the_reviews_before_it(queued: Database) -> None:
    """Grades that were reviewed before the column came get the last reviewer's word, the others the machine's."""
    items = [item for item, _ in _order(queued)]
    with queued.write() as session:
        reviews.claim(session, items[0], ANN)
        _submit(session, items[0], ANN)
    before = [_stands(queued, item) for item in items]
    try:
        downgrade(queued, to="0001")
    finally:
        migrate(queued)
    assert [_stands(queued, item) for item in items] == before


def test_an_appeal_goes_into_the_queue_and_is_decided_once(queued: Database) -> None:
    """An appeal comes before doubts; while it is open no second is taken, and a decision is final."""
    with queued.write() as session:
        row = conversations.find(session, "shop", "c-1")
        assert row is not None
        grade = grades.current(session, row.id)
        assert grade is not None
        appeal = appeals.raise_appeal(
            session, grade, raised_by="user:u", grounds="I did.", criteria=["empathy"]
        )
        with pytest.raises(ConflictError, match="open already"):
            appeals.raise_appeal(session, grade, raised_by="user:u", grounds="Again.")
        appeal_id = appeal.id
    assert [name for _, name in _order(queued)][:2] == ["c-2", "c-1"]
    with queued.write() as session:
        appeals.adjudicate(
            session, appeal_id, judge=BOB, decision="upheld", reason="It was there.", judgement=KEPT
        )
        with pytest.raises(ConflictError, match="final"):
            appeals.adjudicate(
                session, appeal_id, judge=BOB, decision="rejected", reason="No.", judgement=KEPT
            )
        with pytest.raises(ConflictError, match="final"):
            appeals.withdraw(session, appeal_id)
    with queued.read() as session:
        assert [a.state for a, _, _ in appeals.listed(session, Selection(), EVERYTHING).items] == ["upheld"]
        kinds = session.scalars(
            select(EventRow.type).where(EventRow.type.in_(["appeal.raised", "appeal.decided"]))
        ).all()
        assert sorted(kinds) == ["appeal.decided", "appeal.raised"]


def test_items_that_do_not_exist(queued: Database) -> None:
    """Asking for an unknown item says so."""
    with queued.write() as session, pytest.raises(MissingError, match="no such review"):
        reviews.claim(session, "nothing", ANN)
