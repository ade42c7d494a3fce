"""The review console in a real browser, before a real service with real weights."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from console_stage import log_in
from playwright.sync_api import Browser, Locator, Page, Route, ViewportSize, expect
from sqlalchemy import text

from service import passwords
from service.database import Database, accounts, keys
from service.roles import Role

pytestmark = pytest.mark.browser

GRADER = Path(sys.executable).with_name("grader")
SAMPLES = Path(__file__).parents[2] / "grader" / "samples"
CHATS = ("chat-en-10-boiler-blame.txt", "chat-zh-06-parcel-medicine.txt", "chat-en-04-parcel-photo.vtt")
CALL = "call-08-aircon-angry"
PASSWORD = "four invented words here"
HASH = passwords.hashed(PASSWORD)
NOTED = ("the server responded with a status of 4", "net::ERR_FAILED")
"""Browsers note each refusal on the console, also one that the console expects and shows, and each lost answer."""
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
COVERED = """() => {
    if (!document.activeElement.matches("input, textarea, button, summary")) return null;
    const { left, top, width, height } = document.activeElement.getBoundingClientRect();
    const there = document.elementFromPoint(left + width / 2, top + height / 2);
    const isSeen = there && (document.activeElement.contains(there) || there.contains(document.activeElement));
    return isSeen ? null : document.activeElement.outerHTML;
}"""
"""Gives the control that has the focus where something else lies over its middle."""
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service that runs."""

    address: str
    said: str
    database: Database

    def person(self, login: str, role: Role, *, teams: tuple[str, ...] = (), agent: str | None = None) -> str:
        """Make an account; gives its login."""
        with self.database.write() as session:
            row = accounts.add_user(
                session, login=login, name=login.title(), role=role, password_hash=HASH, agent_id=agent
            )
            accounts.set_teams(session, row.id, teams)
        return login

    def send(self, conversation: dict[str, Any]) -> None:
        """Send a conversation as a platform does; it is graded within the request."""
        with self.database.write() as session:
            key, _ = keys.create(session, name="shop", role="platform")
        header = {"Authorization": f"Bearer {key}"}
        answer = httpx.post(f"{self.address}/v1/conversations", json=conversation, headers=header, timeout=30)
        assert answer.status_code == 200, answer.text

    def ask_for_review(self, conversation: str, *, reason: str) -> None:
        """Ask a person to look at a grade, as another system may."""
        ((uid,),) = self.rows("SELECT id FROM conversations WHERE external_id = :id", id=conversation)
        with self.database.write() as session:
            key, _ = keys.create(session, name="complaints", role="supervisor")
        answer = httpx.post(
            f"{self.address}/v1/conversations/{uid}/reviews",
            json={"reason": reason},
            headers={"Authorization": f"Bearer {key}"},
        )
        assert answer.status_code == 201, answer.text

    def end_sessions(self, login: str) -> None:
        """Let somebody's sessions be over."""
        with self.database.write() as session:
            user = accounts.find_user(session, login)
            assert user
            accounts.close_sessions(session, user.id)

    def rows(self, query: str, **values: str) -> list[tuple[Any, ...]]:
        """Ask the store itself."""
        with self.database.read() as session:
            return [tuple(row) for row in session.execute(text(query), values)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve some samples: chats, and one recording that the micro model transcribes."""
    folder = tmp_path_factory.mktemp("console")
    samples = folder / "samples"
    samples.mkdir()
    for name in CHATS:
        shutil.copy(SAMPLES / "chats" / name, samples)
    for kind in ("opus", "json"):
        shutil.copy(SAMPLES / "calls" / f"{CALL}.{kind}", samples)
    data = folder / "data"
    command = [GRADER, "serve", "--data", str(data), "--port", "0", "--samples", str(samples)]
    environment = {
        **os.environ,
        "CALLGRADER_SPEECH_MODEL": "micro-whisper",
        "CALLGRADER_LOG_LEVEL": "WARNING",
    }
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if found := re.search(r"answers at (\S+);", line):
                break
        else:
            pytest.fail(f"it ended: {said}")
        database = Database(f"sqlite:///{data / 'callgrader.db'}")
        try:
            yield Service(address=found[1], said=said, database=database)
        finally:
            database.close()
            process.send_signal(signal.SIGTERM)
            process.stdout.read()
            process.wait(60)


Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, service: Service) -> Iterator[Open]:
    """Open the console; the test fails if it breaks its content policy or asks anything of anybody else."""
    trouble: list[str] = []
    contexts = []

    def open_console(login: str | None = None, *, locale: str = "en-GB", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": WIDE, "locale": locale, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on(
            "console",
            lambda message: (
                None if any(one in message.text for one in NOTED) else trouble.append(message.text)
            ),
        )
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on(
            "dialog", lambda dialog: None if dialog.type == "beforeunload" else trouble.append(dialog.message)
        )
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((f"{service.address}/", "data:"))
                else trouble.append(request.url)
            ),
        )
        page.goto(service.address)
        expect(page.locator("form.gate")).to_be_visible()
        if login is not None:
            log_in(page, login, PASSWORD)
            expect(page.locator("nav.tabs")).to_be_visible()
        return page

    yield open_console
    for context in contexts:
        context.close()
    assert trouble == []


def rows(page: Page) -> Locator:
    """Give the rows of the list."""
    return page.get_by_role("listbox").get_by_role("option")


def row(page: Page, name: str) -> Locator:
    """Give the row of a conversation, once the list holds it."""
    found = rows(page).filter(has_text=name)
    for _ in range(60):
        try:
            expect(found).to_be_visible(timeout=1000)
        except AssertionError:
            page.get_by_role("button", name=re.compile("Refresh|刷新")).click()
        else:
            break
    return found


def heading(page: Page) -> Locator:
    """Give the heading of what is shown."""
    return page.get_by_role("heading", level=2)


def criterion(page: Page, name: str) -> Locator:
    """Give a criterion with its controls."""
    return page.locator(".criterion").filter(has=page.locator(".criterion-name", has_text=name))


def choose(page: Page, name: str, state: str) -> None:
    """Say which state a criterion has."""
    criterion(page, name).get_by_role("radio", name=state, exact=True).check()


def test_the_first_login_asks_for_a_password_of_ones_own(service: Service, visit: Open) -> None:
    """With the one-time password one can do nothing else; afterwards the queue fills by itself."""
    one_time = re.search(r"one-time password (\S+)", service.said)
    assert one_time
    page = visit()
    log_in(page, "admin", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    log_in(page, "admin", one_time[1])
    expect(page.get_by_role("heading", name="Choose your own password")).to_be_visible()
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password, again").fill("something else instead")
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_role("alert")).to_have_text("The two new passwords differ.")
    page.get_by_label("New password, again").fill(PASSWORD)
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_role("heading", name="Review console")).to_be_visible()
    expect(row(page, "chat-en-04-parcel-photo")).to_contain_text("fatal: rude")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Login")).to_be_visible()


def test_a_reviewer_corrects_an_item_and_gets_the_next(service: Service, visit: Open) -> None:
    """Evidence is marked beside the criteria; a verdict with its reason is in the store, the next item is open."""
    page = visit(service.person("mei", "administrator"))
    row(page, "chat-en-10-boiler-blame").click()
    expect(heading(page)).to_have_text("chat-en-10-boiler-blame")
    expect(page.locator(".transcript mark.is-not_met").first).to_be_visible()
    compliance = criterion(page, "Compliance")
    expect(compliance).to_contain_text("not met")
    compliance.locator(".quote").first.click()
    expect(page.locator(".transcript mark.current")).to_be_visible()
    expect(compliance.get_by_role("radio")).to_have_count(0)
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("Yours until")).to_be_visible()
    choose(page, "Follow-up", "not applicable")
    criterion(page, "Follow-up").get_by_label("Why").fill("They never got that far.")
    page.get_by_label("Comment for the agent").fill("Please read the guide on tone.")
    page.get_by_role("button", name="Submit 1 correction").click()
    expect(page.locator(".said")).to_have_text("chat-en-10-boiler-blame: corrected.")
    expect(heading(page)).not_to_have_text("chat-en-10-boiler-blame")
    expect(page.get_by_text("Yours until")).to_be_visible()
    found = service.rows(
        "SELECT v.criterion, v.value, v.comment, r.comment, r.outcome FROM verdicts v JOIN reviews r "
        "ON v.review_id = r.id JOIN conversations c ON r.conversation_id = c.id WHERE c.external_id = :id",
        id="chat-en-10-boiler-blame",
    )
    assert found == [
        (
            "follow_up",
            "not_applicable",
            "They never got that far.",
            "Please read the guide on tone.",
            "corrected",
        )
    ]


def test_a_round_needs_no_mouse(service: Service, visit: Open) -> None:
    """The most urgent item is taken, walked through, corrected, taken back, agreed to and given back with keys."""
    service.send(rude_chat("keys-1", agent="a-501"))
    service.send(rude_chat("keys-2", agent="a-501"))
    page = visit(service.person("tom", "supervisor", teams=("keys",)))
    row(page, "keys-1")
    page.keyboard.press("n")
    expect(page.get_by_text("Yours until")).to_be_visible()
    first = heading(page).inner_text()
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-turn='1']")).to_be_focused()
    page.keyboard.press("2")
    expect(page.locator("[data-criterion='1']")).to_be_focused()
    page.keyboard.press("0")
    expect(page.get_by_role("button", name="Submit 1 correction")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator(".said")).to_contain_text("submit them, or undo them")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_role("button", name="Agree")).to_be_enabled()
    page.keyboard.press("a")
    expect(heading(page)).not_to_have_text(first)
    expect(page.get_by_text("Yours until")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_text("Nobody works on this item.")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("agree with the machine")
    outcomes = service.rows(
        "SELECT r.outcome FROM reviews r JOIN conversations c ON r.conversation_id = c.id WHERE c.external_id = :id",
        id=first,
    )
    assert outcomes == [("confirmed",)]


def test_two_people_never_hold_one_item(service: Service, visit: Open) -> None:
    """The second one is told; what is not released stays with the first."""
    service.send(rude_chat("held-1", agent="a-502", team="held"))
    pages = [visit(service.person(name, "reviewer", teams=("held",))) for name in ("ann", "bob")]
    for page in pages:
        row(page, "held-1").click()
        expect(page.get_by_role("button", name="Take it")).to_be_visible()
    pages[0].get_by_role("button", name="Take it").click()
    expect(pages[0].get_by_text("Yours until")).to_be_visible()
    pages[1].get_by_role("button", name="Take it").click()
    expect(pages[1].locator(".said.wrong")).to_contain_text("Somebody else holds the item.")
    expect(pages[1].get_by_text("Somebody else works on it")).to_be_visible()
    expect(pages[1].get_by_role("button", name="Take it")).to_have_count(0)
    pages[1].get_by_role("button", name="Close").click()
    expect(pages[1].locator(".said")).to_be_empty()
    expect(pages[1].get_by_role("button", name="Agree")).to_be_hidden()


def test_a_call_is_heard_beside_its_transcript(service: Service, visit: Open) -> None:
    """A click on a turn goes to its second of the recording, and the turn that is heard is marked."""
    page = visit(service.person("lea", "administrator"))
    page.get_by_role("link", name="Conversations").click()
    row(page, CALL).click()
    expect(heading(page)).to_have_text(CALL)
    turn = page.locator("[data-turn='2']")
    turn.locator(".words").click()
    expect(turn).to_have_class(re.compile("playing"))
    assert page.locator("audio").evaluate("audio => audio.currentTime") > 5
    page.keyboard.press("Space")
    page.wait_for_function("document.querySelector('audio').paused")
    page.keyboard.press("j")
    expect(page.locator("[data-turn='3']")).to_have_attribute("aria-current", "time")
    page.keyboard.press("e")
    proof = page.locator(".turn:has(mark.current)")
    expect(proof).to_have_attribute("aria-current", "time")
    first = int(proof.get_attribute("data-turn") or "")
    page.keyboard.press("j")
    expect(page.locator(f"[data-turn='{first + 1}']")).to_be_focused()


def test_an_agent_appeals_and_a_supervisor_decides(service: Service, visit: Open) -> None:
    """Agents see their own conversations only; the decision and its reason come back to them."""
    service.send(rude_chat("own-1", agent="a-503", team="care"))
    service.ask_for_review("own-1", reason="The customer wrote to the board.")
    reviewer = visit(service.person("una", "reviewer", teams=("care",)))
    row(reviewer, "asked by a person").click()
    expect(reviewer.get_by_text("The customer wrote to the board.")).to_be_visible()
    reviewer.get_by_role("button", name="Take it").click()
    choose(reviewer, "Empathy", "met")
    criterion(reviewer, "Empathy").get_by_label("Why").fill("It is in the last turn.")
    reviewer.get_by_label("Comment for the agent").fill("Mind your tone.")
    reviewer.get_by_role("button", name="Submit 1 correction").click()
    expect(reviewer.locator(".said")).to_have_text("own-1: corrected.")

    service.send(rude_chat("other-1", agent="a-504", team="care"))
    agent = visit(service.person("kim", "agent", agent="a-503"))
    expect(agent.get_by_role("link", name="Queue")).to_have_count(0)
    row(agent, "own-1").click()
    expect(rows(agent)).to_have_count(1)
    agent.get_by_text("Appeal against this grade").click()
    agent.get_by_role("checkbox", name="Courtesy").check()
    agent.get_by_label("Grounds").fill("I was quoting the customer.")
    agent.get_by_role("button", name="Send the appeal").click()
    expect(agent.get_by_text("Appeal: open")).to_be_visible()

    judge = visit(service.person("zoe", "supervisor", teams=("care",)))
    judge.get_by_role("link", name="Appeals").click()
    row(judge, "own-1").click()
    judge.get_by_role("button", name="Decide it in the queue").click()
    expect(judge.get_by_text("I was quoting the customer.")).to_be_visible()
    expect(judge.get_by_text("Mind your tone.")).to_be_visible()
    expect(criterion(judge, "Empathy")).to_contain_text("Reviewer: met It is in the last turn.")
    judge.get_by_role("button", name="Take it").click()
    choose(judge, "Courtesy", "met")
    judge.get_by_role("radio", name="upheld", exact=True).check()
    judge.get_by_label("Reason").fill("The quotation marks are plain to see.")
    judge.get_by_role("button", name="Decide").click()
    expect(judge.locator(".said")).to_have_text(re.compile("own-1: upheld|Nothing waits"))

    agent.reload()
    expect(agent.get_by_text("Appeal: upheld")).to_be_visible()
    expect(agent.get_by_text("The quotation marks are plain to see.")).to_be_visible()
    expect(criterion(agent, "Courtesy")).to_contain_text("Reviewer: met")
    expect(agent.locator(".after-review")).to_contain_text("The machine gave")


def test_conversations_are_found_by_filters(service: Service, visit: Open) -> None:
    """By agent, result and criterion; what matches nothing says so."""
    service.send(rude_chat("find-1", agent="a-505"))
    page = visit(service.person("max", "administrator"))
    page.get_by_role("link", name="Conversations").click()
    row(page, "find-1")
    page.get_by_label("Agent").fill("a-505")
    expect(rows(page)).to_have_count(1)
    page.get_by_label("Result").select_option("passed")
    expect(page.get_by_text("Nothing matches.")).to_be_visible()
    page.get_by_label("Result").select_option("failed")
    page.get_by_role("combobox", name="Not met").select_option("Compliance")
    expect(rows(page)).to_have_count(1)


def test_conversations_are_found_by_the_beginning_of_a_name(service: Service, visit: Open) -> None:
    """Of their number, agent or team, in small or capital letters; the middle of one finds nothing."""
    for number in (1, 2):
        service.send(rude_chat(f"Begin-{number}", agent=f"B-70{number}", team="beginners"))
    page = visit(service.person("ida", "administrator"))
    page.get_by_role("link", name="Conversations").click()
    row(page, "Begin-1")
    page.get_by_label("Number").fill("begin")
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Agent").fill("b-702")
    expect(rows(page)).to_have_count(1)
    page.get_by_label("Team").fill("BEG")
    expect(rows(page)).to_have_text([re.compile("Begin-2")])
    page.get_by_label("Team").fill("inners")
    expect(page.get_by_text("Nothing matches.")).to_be_visible()


def test_what_a_reviewer_said_stands_in_lists_headings_and_filters(service: Service, visit: Open) -> None:
    """Not what the machine had said: score, result and marks; the item is found again among those done by oneself."""
    service.send(rude_chat("stands-1", agent="a-506", team="stands"))
    page = visit(service.person("uma", "supervisor", teams=("stands",)))
    item = row(page, "stands-1")
    expect(item).to_contain_text("failed")
    item.click()
    expect(page.locator(".verdict")).to_have_text("0failed")
    page.get_by_role("button", name="Take it").click()
    for one in page.locator(".criterion").all():
        one.get_by_role("radio", name="met", exact=True).check()
    page.get_by_role("button", name=re.compile("Submit .* corrections")).click()
    expect(page.locator(".said")).to_contain_text("Nothing waits")
    page.get_by_role("combobox", name="State").select_option("done by me")
    expect(rows(page)).to_have_count(1)
    rows(page).click()
    expect(page.locator(".verdict")).to_have_text("100passed")

    page.get_by_role("link", name="Conversations").click()
    found = row(page, "stands-1")
    expect(found).to_contain_text("corrected")
    expect(found.locator(".row-score")).to_have_text("100")
    expect(found.locator(".row-verdict")).to_have_text("passed")
    expect(found.locator(".state.is-met")).to_have_count(found.locator(".row-marks .state").count())
    found.click()
    expect(page.locator(".verdict")).to_have_text("100passed")
    expect(page.locator(".after-review")).to_contain_text("The machine gave 0.")
    page.get_by_label("Result").select_option("failed")
    expect(page.get_by_text("Nothing matches.")).to_be_visible()
    page.get_by_label("Result").select_option("passed")
    expect(rows(page)).to_have_count(1)


def test_the_next_item_is_of_the_kind_that_is_listed(service: Service, visit: Open) -> None:
    """Where none of it waits, nothing is taken."""
    service.send(rude_chat("kind-1", agent="a-507", team="kinds"))
    page = visit(service.person("kai", "supervisor", teams=("kinds",)))
    row(page, "kind-1")
    page.get_by_role("combobox", name="Kind").select_option("Appeals")
    expect(rows(page)).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Take the next item").first.click()
    expect(page.locator(".said")).to_contain_text("Nothing waits that you could take")
    assert (
        service.rows(
            "SELECT 1 FROM reviews WHERE state = 'claimed' AND claimed_by = :me", me=actor(service, "kai")
        )
        == []
    )


def test_times_are_the_readers_own_and_the_language_is_kept(service: Service, visit: Open) -> None:
    """Lists tell when; a review at night in Shanghai is not told as that of the day before; a choice outlives a reload."""
    chat = rude_chat("zone-1", agent="a-508", team="zones")
    service.send(chat | {"started_at": "2026-11-19T18:30:00Z"})
    page = visit(service.person("zhou", "supervisor", teams=("zones",)), timezone_id="Asia/Shanghai")
    item = row(page, "zone-1")
    expect(item).to_contain_text("20 Nov 2026, 02:30")
    item.click()
    page.get_by_role("button", name="Take it").click()
    page.get_by_role("button", name="Agree").click()
    expect(page.locator(".said")).to_contain_text("Nothing waits")
    ((done_at,),) = service.rows("SELECT done_at FROM reviews WHERE done_by = :me", me=actor(service, "zhou"))
    there = datetime.fromisoformat(done_at).replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Shanghai"))
    page.get_by_role("link", name="Conversations").click()
    row(page, "zone-1").click()
    expect(page.locator(".review-record")).to_contain_text(f"{there:%-d %B %Y at %H:%M}")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("复核台")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("复核台")
    expect(row(page, "zone-1")).to_contain_text("2026年11月20日 02:30")


def test_what_is_said_never_becomes_markup(service: Service, visit: Open) -> None:
    """Markup in a turn, an agent's id and a comment is shown letter by letter."""
    chat = rude_chat("hostile-1", agent=HOSTILE[:60], team="hostile")
    chat["turns"][0]["text"] = HOSTILE
    service.send(chat)
    page = visit(service.person("eve", "reviewer", teams=("hostile",)))
    row(page, "hostile-1").click()
    expect(page.locator("[data-turn='0'] .words")).to_have_text(HOSTILE)
    assert page.locator("main img, main script").count() == 0


def test_a_session_that_is_over_leads_to_the_login(service: Service, visit: Open) -> None:
    """Nothing is shown any more, and one is told why."""
    page = visit(service.person("sam", "administrator"))
    expect(rows(page).first).to_be_visible()
    service.end_sessions("sam")
    page.get_by_role("link", name="Conversations").click()
    expect(page.get_by_role("alert")).to_have_text("The session is over. Log in again.")
    expect(rows(page)).to_have_count(0)


def test_the_console_speaks_mandarin(service: Service, visit: Open) -> None:
    """By the browser's language or the choice; no word is missing in either language."""
    page = visit(service.person("li", "administrator"), locale="zh-CN")
    row(page, "chat-zh-06-parcel-medicine").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("复核台")
    expect(criterion(page, "共情")).to_be_visible()
    missing = page.evaluate(
        """async () => {
            const { STRINGS: { en, zh } } = await import("/console/page/strings.js");
            const lacks = (one, other) => Object.keys(one).filter((key) => !(key in other));
            return [...lacks(en, zh), ...lacks(zh, en).filter((key) => !key.startsWith("refused_"))];
        }"""
    )
    assert missing == []
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Review console")
    expect(heading(page)).to_have_text("chat-zh-06-parcel-medicine")


def test_a_phone_shows_the_list_or_an_item(service: Service, visit: Open) -> None:
    """And nothing is wider than the screen."""
    page = visit(service.person("pia", "administrator"), viewport=PHONE)
    row(page, "chat-zh-06-parcel-medicine").click()
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(heading(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="All conversations").click()
    expect(page.get_by_role("listbox")).to_be_visible()


def test_nothing_is_closed_unread(service: Service, visit: Open) -> None:
    """A key that is held, or tapped again when the next item is just open, is no second verdict."""
    for number in range(3):
        service.send(rude_chat(f"tap-{number}", agent="a-506", team="tap"))
    page = visit(service.person("tap", "reviewer", teams=("tap",)))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/verdict") else None)
    agree = page.get_by_role("button", name="Agree")
    row(page, "tap-0")
    page.clock.install(time="2026-11-22T09:00:00Z")
    page.clock.pause_at("2026-11-22T10:00:00Z")
    for _ in range(2):
        page.keyboard.press("n")
    expect(heading(page)).to_have_text("tap-0")
    for number in range(2):
        page.keyboard.press("a")
        expect(agree).to_be_disabled()
        page.clock.run_for(1000)
        expect(agree).to_be_enabled()
        for _ in range(20):
            page.keyboard.down("a")  # but for the first, as a key that is held repeats itself
        expect(heading(page)).to_have_text(f"tap-{number + 1}")
        page.keyboard.down("a")
        page.keyboard.up("a")
        assert len(sent) == number + 1


def test_what_was_entered_stays_with_the_person(service: Service, visit: Open) -> None:
    """It outlives a session that ends; the next person at the same desk finds neither it nor the filters."""
    service.send(rude_chat("desk-1", agent="a-507", team="desk"))
    olga, paul = (service.person(name, "reviewer", teams=("desk",)) for name in ("olga", "paul"))
    page = visit(olga)
    page.get_by_label("Agent").fill("a-507")
    row(page, "desk-1").click()
    page.get_by_role("button", name="Take it").click()
    choose(page, "Empathy", "met")
    page.get_by_label("Comment for the agent").fill("Between us.")
    service.end_sessions(olga)
    page.get_by_role("button", name="Submit 1 correction").click()
    expect(page.get_by_role("alert")).to_have_text("The session is over. Log in again.")
    log_in(page, olga, PASSWORD)
    expect(page.get_by_role("button", name="Submit 1 correction")).to_be_visible()
    expect(page.get_by_label("Comment for the agent")).to_have_value("Between us.")
    expect(page.get_by_label("Agent", exact=True)).to_have_value("a-507")
    page.get_by_role("button", name="Give back").click()
    expect(page.get_by_text("Nobody works on this item.")).to_be_visible()
    service.end_sessions(olga)
    page.keyboard.press("c")
    log_in(page, paul, PASSWORD)
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_role("button", name="Agree")).to_be_visible()
    expect(page.get_by_label("Comment for the agent")).to_have_value("")
    expect(page.get_by_label("Agent", exact=True)).to_have_value("")


def test_a_failure_is_said_not_to_be_fatal(service: Service, visit: Open) -> None:
    """Although it is one; a note on what the machine got right goes along."""
    service.send(rude_chat("fatal-1", agent="a-508", team="fatal"))
    page = visit(service.person("fay", "reviewer", teams=("fatal",)))
    row(page, "fatal-1").click()
    page.get_by_role("button", name="Take it").click()
    fatal = criterion(page, "Compliance").get_by_label("This failure is fatal")
    expect(fatal).to_be_checked()
    expect(criterion(page, "Courtesy").get_by_label("This failure is fatal")).to_be_hidden()
    fatal.uncheck()
    criterion(page, "Courtesy").get_by_label("Why").fill("Both turns.")
    choose(page, "Courtesy", "met")
    choose(page, "Courtesy", "not met")
    expect(criterion(page, "Courtesy").get_by_label("Why")).to_have_value("Both turns.")
    choose(page, "Empathy", "met")
    choose(page, "Empathy", "not met")
    page.get_by_role("button", name="Submit 2 corrections").click()
    expect(page.locator(".said")).to_have_text(re.compile("fatal-1: corrected|Nothing waits"))
    found = service.rows(
        "SELECT v.criterion, v.value, v.fatal, v.comment FROM verdicts v JOIN conversations c "
        "ON v.conversation_id = c.id WHERE c.external_id = :id ORDER BY v.criterion",
        id="fatal-1",
    )
    assert found == [("compliance", "not_met", 0, None), ("courtesy", "not_met", 0, "Both turns.")]


def test_an_item_that_is_over_says_so(service: Service, visit: Open) -> None:
    """Whoever decides an appeal that is withdrawn meanwhile is told, then and at the item's address."""
    service.send(rude_chat("over-1", agent="a-509", team="over"))
    agent = visit(service.person("ned", "agent", agent="a-509"))
    row(agent, "over-1").click()
    agent.get_by_text("Appeal against this grade").click()
    agent.get_by_label("Grounds").fill("I was not on duty.")
    agent.get_by_role("button", name="Send the appeal").click()
    expect(agent.get_by_text("Appeal: open")).to_be_visible()
    judge = visit(service.person("ria", "supervisor", teams=("over",)))
    row(judge, "appeal").click()
    judge.get_by_role("button", name="Take it").click()
    judge.get_by_role("radio", name="rejected").check()
    judge.get_by_label("Reason").fill("You were.")
    agent.get_by_role("button", name="Withdraw the appeal").click()
    expect(agent.get_by_text("Appeal: withdrawn")).to_be_visible()
    judge.get_by_role("button", name="Decide").click()
    expect(judge.locator(".said.wrong")).to_contain_text("This item is over")
    judge.reload()
    expect(heading(judge)).to_have_text("over-1")
    expect(judge.locator(".claim-bar")).to_contain_text("This item is over")


def test_a_verdict_whose_answer_is_lost_is_given_once(service: Service, visit: Open) -> None:
    """Sent again, it gets the answer that was lost."""
    service.send(rude_chat("lost-1", agent="a-510", team="lost"))
    page = visit(service.person("lou", "reviewer", teams=("lost",)))
    row(page, "lost-1").click()
    page.get_by_role("button", name="Take it").click()

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/verdict", lose, times=1)
    page.get_by_role("button", name="Agree").click()
    expect(page.locator(".said.wrong")).to_contain_text("The service does not answer.")
    with page.expect_response("**/verdict") as answer:
        page.get_by_role("button", name="Agree").click()
    assert answer.value.status == 200


def test_an_address_or_a_service_that_fails_is_told(service: Service, visit: Open) -> None:
    """With a way on; nothing stays blank."""
    login = service.person("abe", "administrator")
    page = visit()
    page.route("**/v1/scorecards*", lambda route: route.abort(), times=1)
    log_in(page, login, PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("The service does not answer.")
    page.get_by_role("button", name="Try again").click()
    expect(rows(page).first).to_be_visible()
    page.goto(f"{service.address}/#queue/%")
    expect(page.get_by_role("alert")).to_contain_text("There is no such review.")
    page.get_by_role("link", name="Conversations").click()
    page.get_by_label("Result").select_option("failed")
    expect(rows(page).first).to_be_visible()


def test_nothing_typed_is_lost_unasked(service: Service, visit: Open) -> None:
    """An agent's grounds outlive another language and a session that ends; leaving the page asks first."""
    service.send(rude_chat("typed-1", agent="a-511", team="typed"))
    login = service.person("ula", "agent", agent="a-511")
    page = visit(login)
    row(page, "typed-1").click()
    page.get_by_text("Appeal against this grade").click()
    page.get_by_role("checkbox", name="Courtesy").check()
    page.get_by_label("Grounds").fill("A long story.")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("textbox", name="理由")).to_have_value("A long story.")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Send the appeal")).to_be_visible()
    service.end_sessions(login)
    page.get_by_role("button", name="Send the appeal").click()
    log_in(page, login, PASSWORD)
    expect(page.get_by_label("Grounds")).to_have_value("A long story.")
    expect(page.get_by_role("checkbox", name="Courtesy")).to_be_checked()
    with page.expect_event("dialog") as asked:
        page.evaluate("void setTimeout(() => location.reload())")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    page.get_by_role("button", name="Send the appeal").click()
    expect(page.get_by_text("Appeal: open")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Appeal: open")).to_be_visible()


def test_reading_keeps_hold_of_an_item(service: Service, visit: Open) -> None:
    """Who goes from turn to turn is at work, though nothing is entered."""
    service.send(rude_chat("hold-1", agent="a-512", team="hold"))
    page = visit(service.person("ron", "reviewer", teams=("hold",)))
    page.clock.install()
    row(page, "hold-1").click()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("Yours until")).to_be_visible()
    for _ in range(8):
        page.keyboard.press("j")
        with page.expect_request("**/claim"):
            page.clock.run_for("01:00")


def test_arrow_keys_go_through_the_list(service: Service, visit: Open) -> None:
    """One row after the other: the list keeps the focus."""
    for number in range(3):
        service.send(rude_chat(f"list-{number}", agent="a-513", team="list"))
    page = visit(service.person("lin", "reviewer", teams=("list",)))
    row(page, "list-2")
    page.get_by_role("listbox").focus()
    for number in range(3):
        page.keyboard.press("ArrowDown")
        expect(heading(page)).to_have_text(f"list-{number}")
    expect(page.get_by_role("listbox")).to_be_focused()


@pytest.mark.parametrize("size", [PHONE, {"width": 720, "height": 450}], ids=["phone", "zoomed"])
def test_what_has_the_focus_is_in_view(service: Service, visit: Open, size: ViewportSize) -> None:
    """Neither the verdict's box nor what is told covers it."""
    name = f"view-{size['width']}"
    service.send(rude_chat(name, agent="a-514", team=name))
    page = visit(service.person(name, "reviewer", teams=(name,)), viewport=size)
    row(page, name).click()
    page.get_by_role("button", name="Take it").click()
    choose(page, "Empathy", "met")
    page.keyboard.press("a")
    expect(page.locator(".said.wrong")).not_to_be_empty()
    page.get_by_role("button", name="Give back").click(trial=True)
    page.get_by_role("button", name="Close").click()
    page.locator(".grade-pane").focus()
    covered = []
    for _ in range(60):
        page.keyboard.press("Tab")
        if found := page.evaluate(COVERED):
            covered.append(found)
    assert covered == []


def actor(service: Service, login: str) -> str:
    """Give the name by which reviews know somebody."""
    ((user,),) = service.rows("SELECT id FROM users WHERE login = :login", login=login)
    return f"user:{user}"


def rude_chat(name: str, *, agent: str, team: str = "keys") -> dict[str, Any]:
    """Give a chat in which an agent is plainly rude, so that a person must look."""
    said = [
        ("customer", "My kettle broke after one day. What can I do?"),
        ("agent", "That is your own stupid fault. Shut up and stop wasting my time."),
        ("customer", "I want to speak to somebody else."),
        ("agent", "Nobody here will help an idiot like you."),
    ]
    turns = [{"speaker": speaker, "text": words} for speaker, words in said]
    return {
        "id": name,
        "channel": "chat",
        "language": "en",
        "agent": {"id": agent, "team": team},
        "turns": turns,
    }
