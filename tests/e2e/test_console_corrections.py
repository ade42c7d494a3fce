"""What reviewers say of single turns in the console, and asking them to, in a real browser."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import api_stage
import people_stage
import pytest
from loop_stage import RUDE, WELL, fill
from people_stage import PASSWORD
from playwright.sync_api import Locator, Page, expect

from service.api.state import State
from service.database import Database, accounts, migrate
from service.roles import Role

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[State, str]]:
    """A service without conversations."""
    folder = tmp_path_factory.mktemp("corrections")
    database = Database(f"sqlite:///{folder / 'callgrader.db'}")
    migrate(database)
    state = api_stage.state_of(database, folder)
    with api_stage.serving(state) as address:
        yield state, address
    database.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(served: tuple[State, str], open_page: Callable[..., Page]) -> Visit:
    """Log somebody in who has a new account."""
    state, address = served

    def log_in(login: str, role: Role = "reviewer", *, agent: str | None = None, **options: object) -> Page:
        people_stage.account(state, login, role=role, agent_id=agent)
        page = open_page(address, **options)
        page.locator("[name=login_name]").fill(login)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("form.gate [type=submit]").click()
        expect(page.locator("nav.tabs")).to_be_visible()
        return page

    return log_in


def turn(page: Page, index: int) -> Locator:
    """Give a turn of the transcript."""
    return page.locator(f"[data-turn='{index}']")


def corrections(served: tuple[State, str], name: str) -> list[dict[str, Any]]:
    """Give the verdicts on a conversation as training gets them."""
    with api_stage.client(*served, role="administrator") as client:
        lines = client.get("/v1/exports/corrections").text.splitlines()
    exported = next(line for line in map(json.loads, lines) if line["conversation"]["id"] == name)
    return [{key: one[key] for key in ("turn", "label", "machine", "value")} for one in exported["verdicts"]]


def put_into(served: tuple[State, str], login: str, *, team: str) -> None:
    """Let somebody see the conversations of another team."""
    with served[0].database.write() as session:
        user = accounts.find_user(session, login)
        assert user
        accounts.set_teams(session, user.id, (team,))


def test_labels_of_turns_are_corrected(served: tuple[State, str], visit: Visit) -> None:
    """With mouse or keys; they are kept until they are sent, exported for training, and shown to later readers."""
    fill(*served, RUDE, name="label")
    page = visit("mei")
    page.get_by_role("option").filter(has_text="label-0").click()
    expect(page.get_by_text("Nobody works on this item.")).to_be_visible()
    expect(page.locator(".labels")).to_have_count(2)
    expect(turn(page, 1).locator("summary")).to_be_hidden()
    page.get_by_role("button", name="Take it").click()
    turn(page, 1).locator("summary").click()
    empathy = turn(page, 1).get_by_label("Empathy")
    expect(empathy).to_have_value("0")
    empathy.select_option("1 formulaic")
    expect(page.get_by_role("button", name="Submit 1 correction")).to_be_visible()
    empathy.select_option("0 none")
    expect(page.get_by_role("button", name="Agree")).to_be_visible()
    empathy.select_option("2 specific")
    page.get_by_role("button", name="Undo").click()
    expect(empathy).to_have_value("0")
    turn(page, 1).get_by_label("Violation: rude").select_option("no")
    turn(page, 1).get_by_label("Nugget").select_option("HNUG")

    page.get_by_role("button", name="中文").click()
    page.locator("html[lang=zh-Hans] [data-turn='1'] summary").click()
    expect(turn(page, 1).get_by_label("违规：态度恶劣")).to_have_value("no")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Submit 2 corrections")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("l")
    emotion = turn(page, 0).get_by_label("Emotion")
    expect(emotion).to_be_focused()
    expect(emotion).to_have_value("0")
    emotion.select_option("displeased")
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    expect(emotion).to_be_hidden()
    page.get_by_role("button", name="Submit 3 corrections").click()
    expect(page.locator(".said")).to_contain_text("Nothing waits")
    assert sorted(corrections(served, "label-0"), key=lambda one: one["label"]) == [
        {"turn": 0, "label": "emotion", "machine": "0", "value": "-1"},
        {"turn": 1, "label": "nugget", "machine": None, "value": "HNUG"},
        {"turn": 1, "label": "violation:rude", "machine": "yes", "value": "no"},
    ]

    page.get_by_role("link", name="Conversations").click()
    page.get_by_role("option").filter(has_text="label-0").click()
    expect(turn(page, 0).locator(".human-word")).to_have_text("Reviewer: Emotion: displeased")
    expect(turn(page, 1).locator(".human-word")).to_have_text("Reviewer: Violation: rude: no · Nugget: HNUG")
    expect(page.locator(".labels")).to_have_count(0)


def test_a_person_asks_for_a_review(served: tuple[State, str], visit: Visit) -> None:
    """Whoever may review says why, and finds it in the queue; what is refused is told, and stays entered."""
    fill(*served, WELL, name="asked")
    page = visit("nia")
    page.get_by_role("link", name="Conversations").click()
    page.get_by_role("option").filter(has_text="asked-0").click()
    page.get_by_text("Ask for a review").click()
    page.get_by_label("Reason").fill("The customer wrote to the board.")
    put_into(served, "nia", team="elsewhere")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("alert").filter(has_text="There is no such conversation")).to_be_visible()
    put_into(served, "nia", team="returns")
    page.get_by_role("button", name="Send the request").click()
    expect(page.locator(".said")).to_have_text("The review is asked for.")
    expect(page.get_by_text("The customer wrote to the board.")).to_be_visible()
    expect(page.get_by_text("Ask for a review")).to_have_count(0)
    page.get_by_role("button", name="Show it in the queue").click()
    expect(page.get_by_text("Nobody works on this item.")).to_be_visible()
    expect(page.get_by_text("The customer wrote to the board.")).to_be_visible()

    page = visit("kai", "agent", agent="a-1")
    page.get_by_role("option").filter(has_text="asked-0").click()
    expect(page.get_by_text("Appeal against this grade")).to_be_visible()
    expect(page.get_by_text("Ask for a review")).to_have_count(0)
