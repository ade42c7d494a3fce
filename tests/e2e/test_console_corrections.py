"""What reviewers say of single turns in the console, the words their verdicts rest on, and asking them to, in a real browser."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import api_stage
import pytest
from console_stage import Visit, visitor
from loop_stage import RUDE, WELL, fill
from playwright.sync_api import Locator, Page, expect

from service.api.state import State
from service.database import Database, accounts, migrate

pytestmark = pytest.mark.browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[State, str]]:
    """A service without conversations."""
    database = Database(f"sqlite:///{tmp_path / 'callgrader.db'}")
    migrate(database)
    state = api_stage.state_of(database, tmp_path)
    with api_stage.serving(state) as address:
        yield state, address
    database.close()


@pytest.fixture
def visit(served: tuple[State, str], open_page: Callable[..., Page]) -> Visit:
    """Log somebody in who has a new account."""
    return visitor(*served, open_page)


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


MARK = """words => {
    const [from, to] = [words.textContent.indexOf("烦死"), words.textContent.indexOf("烦死") + 2];
    const pieces = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let at = 0; pieces.nextNode(); at += pieces.currentNode.length) {
        const within = (offset) => at <= offset && offset <= at + pieces.currentNode.length;
        if (within(from)) range.setStart(pieces.currentNode, from - at);
        if (within(to) && at < to) range.setEnd(pieces.currentNode, to - at);
    }
    getSelection().removeAllRanges();
    getSelection().addRange(range);
}"""
"""Marks two characters of what an agent says, as somebody does who draws the mouse over them."""


def test_marked_words_become_evidence(served: tuple[State, str], visit: Visit) -> None:
    """In characters of what was said, whatever stands before them and however it is shown; each can be taken off."""
    (uid,) = fill(*served, f"嗯\u061c😀 {RUDE}", name="proof")
    page = visit("pia")
    page.get_by_role("option").filter(has_text="proof-0").click()
    page.get_by_role("button", name="Take it").click()
    compliance = page.locator(".criterion").filter(has_text="合规")
    use = compliance.get_by_role("button", name="Use the marked words as evidence")
    use.click()
    expect(page.locator(".said.wrong")).to_have_text("Mark words in the transcript first.")
    words = turn(page, 1).locator(".words")
    words.click(click_count=3)
    use.click()
    evidence = compliance.get_by_role("list", name="Your evidence").locator("q")
    expect(evidence).to_have_text([f"嗯⟨U+061C⟩😀 {RUDE}"])
    words.evaluate(MARK)
    use.click()
    use.click()
    expect(evidence).to_have_text([f"嗯⟨U+061C⟩😀 {RUDE}", "烦死"])
    compliance.get_by_role("button", name="Take it off").first.click()
    expect(evidence).to_have_text(["烦死"])
    page.get_by_role("button", name="Submit 1 correction").click()
    expect(page.locator(".said")).to_contain_text("Nothing waits")
    with api_stage.client(*served, role="reviewer") as client:
        (review,) = client.get(f"/v1/conversations/{uid}/reviews").json()["items"]
    assert [one["evidence"] for one in review["verdicts"]] == [
        [{"turn": 1, "start": 5, "end": 7, "quote": "烦死"}]
    ]
    page.get_by_role("link", name="Conversations").click()
    page.get_by_role("option").filter(has_text="proof-0").click()
    expect(compliance.locator(".human-word q")).to_have_text("烦死")
