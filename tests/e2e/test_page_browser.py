"""The page of a run in a real browser, opened from disk as a person would."""

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sample_run import NAMES, NOTICES, PROBLEMS, STARTED, graded, many

from grader.conversation import Turn
from grader.page import RunView, write
from grader.problems import Problem

pytestmark = pytest.mark.browser

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the page of the sample run."""
    path = tmp_path_factory.mktemp("page") / "run.html"
    write(
        path,
        RunView(started_at=STARTED, graded=graded(), names=NAMES, problems=PROBLEMS, notices=NOTICES),
    )
    return path


@pytest.fixture
def show(browser: Browser) -> Iterator[Open]:
    """Open a page; it fails the test if it says anything on the console or asks anything of the network."""
    trouble: list[str] = []
    contexts = []

    def open_page(path: Path, *, at: str = "", locale: str = "en-GB", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": WIDE, "locale": locale, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("dialog", lambda dialog: trouble.append(dialog.message))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith(("file:", "data:")) else trouble.append(request.url)
            ),
        )
        page.goto(path.as_uri() + at)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


def rows(page: Page) -> Locator:
    """Give the rows of the list that exist."""
    return page.get_by_role("option").filter(has=page.locator(".row-id"))


def chosen_row(page: Page) -> Locator:
    """Give the row that says that it is chosen."""
    return rows(page).and_(page.get_by_role("option", selected=True))


def ids(page: Page) -> list[str]:
    """Give the ids in the list, from above."""
    return page.locator(".row-id").all_text_contents()


def pick(page: Page, name: str) -> None:
    """Choose a conversation with the mouse."""
    rows(page).filter(has_text=name).click()
    expect(page.get_by_role("heading", level=2)).to_have_text(name)


def in_view(element: Locator) -> bool:
    """Tell whether the middle of an element is what one sees at that place."""
    return element.evaluate(
        """element => {
            const {left, top, width, height} = element.getClientRects()[0];
            return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
        }"""
    )


def test_the_page_tells_what_was_run_and_how_it_went(sample: Path, show: Open) -> None:
    """When, with which scorecards and models, what to know, and the counts."""
    page = show(sample)
    head = page.get_by_role("banner").first
    expect(head.get_by_role("heading", level=1)).to_have_text("Run of 20 November 2026 at 18:30")
    expect(head).to_contain_text("客服质检 v3, Customer care v2")
    expect(head).to_contain_text("turns-linear-1, micro-whisper")
    expect(page.get_by_role("note")).to_contain_text("demonstration model")
    expect(page.get_by_role("note")).to_contain_text(NOTICES[1])
    counts = [text.split(maxsplit=1) for text in page.locator(".count").all_text_contents()]
    assert counts == [
        ["6", "graded"],
        ["1", "automatic"],
        ["5", "for review"],
        ["1", "failed"],
        ["1", "not evaluated"],
        ["2", "left out"],
    ]


def test_a_row_tells_score_states_decision_and_why(sample: Path, show: Open) -> None:
    """Every state has a symbol and, for those who hear the page, its words."""
    page = show(sample)
    assert len(ids(page)) == 6
    row = rows(page).filter(has_text="mail-00219")
    expect(row).to_contain_text("a-31 · billing · e-mail · en")
    expect(row).to_contain_text("83.3")
    expect(row).to_contain_text("Review · unsure: Empathy · unsure: Three-step script")
    assert row.locator(".state").all_text_contents() == list("✓??✓✕✓✓✓")
    expect(row.get_by_role("img", name="Follow-up: not met")).to_be_visible()


def test_a_count_shows_only_its_conversations(sample: Path, show: Open) -> None:
    """The counts are filters, and say so."""
    page = show(sample)
    for group, shown in [
        ("for review", 5),
        ("automatic", 1),
        ("failed", 1),
        ("not evaluated", 1),
        ("graded", 6),
    ]:
        button = page.get_by_role("button", name=re.compile(rf"^\d+ {group}$"))
        button.click()
        expect(rows(page)).to_have_count(shown)
        expect(button).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".matches")).to_have_text(f"{shown} of 6 conversations")


def test_search_finds_numbers_agents_teams_and_words(sample: Path, show: Open) -> None:
    """Searching needs no syntax, heeds no case, and can be taken back."""
    page = show(sample)
    search = page.get_by_role("searchbox")
    for query, found in [("BILLING", 1), ("a-31", 2), ("工信部", 1), ("4471", 1), ("blender", 1)]:
        search.fill(query)
        expect(rows(page)).to_have_count(found)
    search.fill("nobody said this (.*")
    expect(page.get_by_text("No conversation matches.")).to_be_visible()
    page.get_by_role("button", name="Clear search and filters").click()
    expect(rows(page)).to_have_count(6)


def test_a_criterion_shows_only_conversations_that_miss_it(sample: Path, show: Open) -> None:
    """The filter counts, for each criterion, the conversations that do not meet it."""
    page = show(sample)
    page.get_by_label("Criterion", exact=True).select_option(label="✕ Compliance (2)")
    expect(rows(page)).to_have_count(2)
    assert ids(page) == ["通话-20261120-0931", "在线-88213"]


def test_the_list_can_be_put_in_order(sample: Path, show: Open) -> None:
    """By score from either end, by doubt, agent or number; those without a score stand last either way."""
    page = show(sample)
    call, good, rude, plain, mail, blank = (conversation.id for conversation, _ in graded())
    for order, expected in {
        "Lowest score first": [rude, mail, call, good, plain, blank],
        "Highest score first": [good, plain, call, mail, rude, blank],
        "Least certain first": [mail, call, rude, plain, good, blank],
        "By agent": [rude, good, plain, mail, call, blank],
        "As graded": [call, good, rude, plain, mail, blank],
    }.items():
        page.get_by_label("Order").select_option(label=order)
        assert ids(page) == expected
    page.get_by_label("Order").select_option(label="By number")
    assert [name for name in ids(page) if name.isascii()] == [good, plain, mail]


def test_a_chosen_conversation_shows_all_that_is_known(sample: Path, show: Open) -> None:
    """Transcript with times, silence, interruption, dropped speech, unsure words; decision, criteria, facts."""
    page = show(sample)
    pick(page, "通话-20261120-0931")
    transcript = page.get_by_role("region", name="Transcript")
    assert transcript.locator(".turn").count() == 9
    for text in (
        "19.7 s of silence",
        "interrupts, 0.3 s at once",
        "Speech left out 0:36–0:39: a stock phrase that nobody said",
        "displeased",
        "threatens to escalate",
    ):
        expect(transcript.get_by_text(text)).to_be_visible()
    assert "".join(transcript.locator(".unsure").all_text_contents()) == "光交箱的端口"
    assert transcript.locator(".redacted").all_text_contents() == ["[PHONE]", "[NAME]"]
    panel = page.get_by_role("complementary", name="Criteria")
    expect(panel).to_contain_text("A person must look, because:")
    expect(panel).to_contain_text("it is not certain enough about “合规”")
    compliance = panel.locator(".criterion").last
    expect(compliance).to_contain_text("not met")
    expect(compliance).to_contain_text("Probability that it is met: 42 %")
    expect(compliance).to_contain_text("0 of 15 points")
    for text in ("1 min 12 s", "268 characters/min", "64 %", "91 %", "Task accomplished mean 0.6"):
        expect(panel).to_contain_text(text)


def test_the_agent_stands_left_and_the_customer_right(sample: Path, show: Open) -> None:
    """Who speaks is seen at a glance, and written too."""
    page = show(sample, at="#chat-4471")
    agent = page.locator(".turn.agent .words").first.bounding_box()
    customer = page.locator(".turn.customer .words").first.bounding_box()
    assert agent
    assert customer
    assert agent["x"] < customer["x"]
    expect(page.locator(".turn.agent .speaker").first).to_have_text("Agent")
    expect(page.locator(".turn.bot .speaker").first).to_have_text("Bot")


def test_what_is_marked_is_the_evidence_to_the_character(tmp_path: Path, show: Open) -> None:
    """Offsets count characters as the grade does, also after those that JavaScript counts as two."""
    conversation, grade = graded()[1]
    turns = tuple(turn.model_copy(update={"text": f"🙂𠮷{turn.text}"}) for turn in conversation.turns)
    moved = tuple(
        criterion.model_copy(
            update={
                "evidence": tuple(
                    e.model_copy(update={"start": e.start + 2, "end": e.end + 2}) for e in criterion.evidence
                )
            }
        )
        for criterion in grade.criteria
    )
    shifted = (
        conversation.model_copy(update={"id": "shifted", "turns": turns}),
        grade.model_copy(update={"criteria": moved}),
    )
    path = tmp_path / "page.html"
    write(path, RunView(started_at=STARTED, graded=[*graded(), shifted], names=NAMES))
    page = show(path)
    for conversation, grade in [*graded(), shifted]:
        pick(page, conversation.id)
        for c, criterion in enumerate(grade.criteria):
            for e, evidence in enumerate(criterion.evidence):
                marks = page.locator(f'[data-turn="{evidence.turn}"] mark[data-evidence~="{c}.{e}"]')
                assert "".join(marks.all_text_contents()) == evidence.quote


def test_where_it_is_doubtful_whether_a_criterion_applies_that_is_told(tmp_path: Path, show: Open) -> None:
    """Beside a verdict and where there is none; what surely applies, or was not asked, is not burdened with it."""
    conversation, grade = graded()[1]
    chances = [0.62, 0.97, None, *[1.0] * (len(grade.criteria) - 3)]
    criteria = tuple(
        criterion.model_copy(update={"applicability": chance})
        for criterion, chance in zip(grade.criteria, chances, strict=True)
    )
    path = tmp_path / "page.html"
    asked = grade.model_copy(update={"criteria": criteria})
    write(path, RunView(started_at=STARTED, graded=[(conversation, asked)], names=NAMES))
    page = show(path)
    pick(page, conversation.id)
    told = page.locator(".applicability")
    expect(told).to_have_text(["applies 62 %"])
    expect(page.locator('[data-criterion="0"]').locator(".applicability")).to_be_visible()


def test_choosing_a_quote_brings_it_into_view_and_marks_it(sample: Path, show: Open) -> None:
    """From the criterion to the words: they are scrolled to, marked, and announced."""
    page = show(sample, viewport={"width": 1440, "height": 560})
    page.get_by_role("region", name="Transcript").evaluate("pane => pane.scrollTo(0, 0)")
    mark = page.locator("mark", has_text="我会一直跟进到修好为止")
    assert not in_view(mark)
    page.get_by_role("button", name="我会一直跟进到修好为止").click()
    assert in_view(mark)
    expect(mark).to_have_class(re.compile(r"\bcurrent\b"))
    expect(page.locator("p[role=status].hidden")).to_have_text("Evidence 8 of 10: 合规, not met")


def test_pointing_at_a_criterion_lights_its_words_only(sample: Path, show: Open) -> None:
    """Hovering or focusing a criterion shows which words it rests on; leaving shows all again."""
    page = show(sample, at="#chat-4471")
    page.locator(".criterion", has_text="Empathy").first.hover()
    lit = page.locator("mark.lit")
    assert "".join(lit.all_text_contents()) == "with the wedding on Saturday I can see why that worries you"
    page.get_by_role("heading", level=1).hover()
    expect(lit).to_have_count(0)
    page.get_by_role("button", name="Turn 10 Enjoy the wedding!").focus()
    expect(lit).to_have_text("Enjoy the wedding!")


def test_the_mark_under_a_turn_leads_to_its_criterion(sample: Path, show: Open) -> None:
    """From the words to the criterion."""
    page = show(sample, at="#chat-4471", viewport={"width": 1440, "height": 560})
    criterion = page.locator(".criterion", has_text="Closing").first
    assert not in_view(criterion.locator(".criterion-name"))
    page.locator('[data-turn="9"]').get_by_role("button", name="Closing: met").click()
    assert in_view(criterion.locator(".criterion-name"))
    expect(criterion).to_be_focused()


def test_everything_can_be_done_with_the_keyboard(sample: Path, show: Open) -> None:
    """The keys j and k, n and p, /, f, Escape, and ? which tells of them."""
    page = show(sample)
    title = page.get_by_role("heading", level=2).first
    expect(title).to_have_text("通话-20261120-0931")
    page.keyboard.press("j")
    expect(title).to_have_text("chat-4471")
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(page.locator("mark.current")).to_have_text(
        ["with the wedding on Saturday ", "I can see why that worries you"]
    )
    page.keyboard.press("p")
    expect(page.locator("mark.current")).to_have_text("Good morning")
    page.keyboard.press("p")
    expect(page.locator("mark.current")).to_have_text("Enjoy the wedding!")
    page.keyboard.press("k")
    expect(title).to_have_text("通话-20261120-0931")
    page.keyboard.press("f")
    expect(rows(page)).to_have_count(5)
    page.keyboard.press("f")
    page.keyboard.press("/")
    page.keyboard.type("jkn")
    expect(page.get_by_role("searchbox")).to_have_value("jkn")
    page.keyboard.press("Escape")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next, previous evidence")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_list_follows_the_arrow_keys(sample: Path, show: Open) -> None:
    """The list is one stop of the tab key; arrows, Home and End move in it, and the choice is announced."""
    page = show(sample)
    listbox = page.get_by_role("listbox", name="Conversations")
    listbox.focus()
    page.keyboard.press("End")
    chosen = chosen_row(page)
    expect(chosen).to_contain_text("通话-20261120-1007")
    page.keyboard.press("ArrowUp")
    expect(chosen).to_contain_text("mail-00219")
    assert listbox.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    expect(chosen).to_have_attribute("aria-posinset", "5")
    expect(listbox).to_be_focused()


def test_the_focus_is_not_lost_when_the_page_changes(sample: Path, show: Open) -> None:
    """Whoever works with the tab key goes on from where they were."""
    page = show(sample)
    review = page.get_by_role("button", name="5 for review")
    review.press("Enter")
    expect(review).to_be_focused()
    page.get_by_role("button", name="Next conversation").press("Enter")
    expect(page.get_by_role("button", name="Next conversation")).to_be_focused()
    page.get_by_role("button", name="Turn 4 你自己不会去问银行吗").first.focus()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=2).first).to_be_focused()


def test_what_has_the_focus_is_seen(sample: Path, show: Open) -> None:
    """Every stop of the tab key shows an outline."""
    page = show(sample)
    for _ in range(25):
        page.keyboard.press("Tab")
        style = page.locator(":focus").evaluate(
            "e => { const s = getComputedStyle(e); return [s.outlineStyle, s.outlineWidth]; }"
        )
        assert style == ["solid", "2px"]


def test_inputs_that_could_not_be_graded_are_listed(sample: Path, show: Open) -> None:
    """File, place, problem and remedy; Escape leads back to the conversation."""
    page = show(sample)
    page.get_by_role("button", name="2 left out").click()
    cells = page.get_by_role("row").nth(2).get_by_role("cell").all_text_contents()
    assert cells == [PROBLEMS[1].source, PROBLEMS[1].place, PROBLEMS[1].problem, PROBLEMS[1].remedy]
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", level=2).first).to_have_text("通话-20261120-0931")


@pytest.mark.parametrize("width", [700, 1360])
def test_words_in_the_list_of_problems_are_whole(tmp_path: Path, show: Open, width: int) -> None:
    """Long sentences do not squeeze the narrow columns, nor push the table out of its pane."""
    long = "It says much of what it found there, and that takes a good while. " * 4
    places = (None, "line 1, turns[0].text", "sheet Chats, row 218")
    problems = [
        Problem(source="night/good.json", place=place, problem=long + "x" * 200, remedy=long)
        for place in places
    ]
    path = tmp_path / "page.html"
    write(path, RunView(started_at=STARTED, graded=graded(), names=NAMES, problems=problems))
    page = show(path, viewport={"width": width, "height": 800})
    page.get_by_role("button", name="left out").click()
    broken = page.evaluate(
        """() => [...document.querySelectorAll("th, td:nth-child(-n+2)")].flatMap((cell) => {
          const words = document.createRange();
          const text = cell.firstChild;
          return [...text.data.matchAll(/\\S+/g)].filter((word) => {
            words.setStart(text, word.index);
            words.setEnd(text, word.index + word[0].length);
            return new Set([...words.getClientRects()].map((line) => line.top)).size > 1;
          }).map((word) => word[0]);
        })"""
    )
    assert broken == []
    assert (
        page.evaluate(
            "document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth"
        )
        == 0
    )


def test_a_run_in_which_nothing_was_graded_says_so(tmp_path: Path, show: Open) -> None:
    """The problems are what there is to see then."""
    path = tmp_path / "page.html"
    write(path, RunView(started_at=STARTED, graded=[], names=NAMES, problems=PROBLEMS))
    page = show(path)
    expect(page.get_by_text("Nothing was graded in this run.")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text(PROBLEMS[0].problem)


def test_the_page_speaks_the_readers_language_and_can_be_switched(sample: Path, show: Open) -> None:
    """Mandarin where the browser asks for it, English elsewhere; a switch changes every text and keeps the place."""
    page = show(sample, locale="zh-CN")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.get_by_role("heading", level=1)).to_have_text("2026年11月20日 18:30 的质检")
    expect(page.get_by_role("note")).to_contain_text("演示用语音模型")
    pick(page, "mail-00219")
    expect(page.get_by_role("complementary", name="评分项")).to_contain_text("需要人工复核，因为：")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=2).first).to_have_text("mail-00219")
    expect(page.get_by_role("complementary", name="Criteria")).to_contain_text("A person must look")
    expect(page.get_by_role("button", name="English")).to_be_focused()


def test_in_mandarin_nothing_of_the_page_is_left_in_english(sample: Path, show: Open) -> None:
    """Only the data, the product's name and the language switch hold Latin words."""
    page = show(sample, locale="zh-CN")
    page.get_by_label("搜索会话").fill("no such thing")
    texts = page.evaluate(
        """() => [...document.querySelectorAll(
            '.count .label, .filters option, .filters input, .matches, .legend, .empty, .help, .who .speaker, .tag, h3'
        )].map(e => e.textContent + (e.placeholder ?? ''))"""
    )
    english = [text for text in texts if re.search(r"[A-Za-z]{4,}", text)]
    assert len(texts) > 40
    assert english == []


HOSTILE = [
    "</script><script>window.broken = 1; alert(1)</script>",
    '<img src=x onerror="window.broken = 1">',
    "<!-- <script>window.broken = 1//",
    "\"'`><svg onload=alert(1)>",
    "<a href='javascript:alert(1)'>click</a>",
]


def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path, show: Open) -> None:
    """Markup in ids, words, reasons, names, notices and problems is text."""
    items = []
    for text in HOSTILE:
        conversation, grade = graded()[1]
        evidence = (
            grade.criteria[0]
            .evidence[0]
            .model_copy(update={"turn": 0, "start": 0, "end": len(text), "quote": text})
        )
        criterion = grade.criteria[0].model_copy(update={"reason": text, "evidence": (evidence,)})
        items.append(
            (
                conversation.model_copy(
                    update={
                        "id": text,
                        "queue": text,
                        "turns": (Turn(speaker="agent", text=text),),
                        "remarks": (text,),
                    }
                ),
                grade.model_copy(update={"criteria": (criterion,)}),
            )
        )
    problem = PROBLEMS[0].__class__(
        source=HOSTILE[0], place=HOSTILE[1], problem=HOSTILE[2], remedy=HOSTILE[3]
    )
    path = tmp_path / "page.html"
    names = {items[0][1].scorecard: {"courtesy": HOSTILE[1]}}
    write(
        path,
        RunView(started_at=STARTED, graded=items, names=names, problems=[problem], notices=HOSTILE),
    )
    page = show(path)
    for text in HOSTILE:
        expect(page.get_by_role("heading", level=2).first).to_have_text(text)
        expect(page.locator(".words")).to_have_text(text)
        expect(page.locator(".reason")).to_have_text(text)
        page.keyboard.press("j")
    page.get_by_role("button", name="1 left out").click()
    expect(page.get_by_role("cell").first).to_have_text(HOSTILE[0])
    assert page.locator("img, svg, #app script, #app a").count() == 0
    assert page.evaluate("window.broken") is None


def test_characters_that_reorder_or_hide_text_are_spelt_out(tmp_path: Path, show: Open) -> None:
    """A right-to-left override neither turns the words around nor goes unseen."""
    conversation, grade = graded()[1]
    text = "pay \u202e005\u202c now\x07\x00 \ud800"
    odd = conversation.model_copy(update={"id": f"a{text}", "turns": (Turn(speaker="customer", text=text),)})
    path = tmp_path / "page.html"
    bare = grade.model_copy(update={"criteria": ()})
    write(path, RunView(started_at=STARTED, graded=[(odd, bare), graded()[0]], names=NAMES))
    page = show(path)
    shown = "pay ⟨U+202E⟩005⟨U+202C⟩ now⟨U+0007⟩⟨U+0000⟩"
    expect(page.locator(".words")).to_contain_text(shown)
    expect(page.get_by_role("heading", level=2).first).to_contain_text(f"a{shown}")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.get_by_role("heading", level=2).first).to_contain_text(f"a{shown}")


def test_the_address_names_the_conversation(sample: Path, show: Open) -> None:
    """A link to a conversation opens it, the address follows the choice, and nonsense in it does no harm."""
    page = show(sample, at="#mail-00219")
    expect(page.get_by_role("heading", level=2).first).to_have_text("mail-00219")
    pick(page, "在线-88213")
    assert page.url.endswith("#%E5%9C%A8%E7%BA%BF-88213")
    page.go_back()
    expect(page.get_by_role("heading", level=2).first).to_have_text("mail-00219")
    expect(rows(show(sample, at="#%E0%A4%A"))).to_have_count(6)


def test_conversations_of_one_name_are_told_apart(tmp_path: Path, show: Open) -> None:
    """A name that occurs twice does not keep the keys from going on."""
    twin = graded()[1]
    path = tmp_path / "page.html"
    write(path, RunView(started_at=STARTED, graded=[twin, twin, graded()[2]], names=NAMES))
    page = show(path)
    chosen = chosen_row(page)
    for position in ("1", "2", "3"):
        expect(chosen).to_have_attribute("aria-posinset", position)
        page.keyboard.press("j")


def test_five_thousand_conversations_are_no_burden(tmp_path: Path, show: Open) -> None:
    """Only rows in view exist as elements; the end, a search and the neighbours are at hand."""
    path = tmp_path / "page.html"
    write(path, RunView(started_at=STARTED, graded=many(5000), names=NAMES))
    page = show(path)
    expect(page.locator(".matches")).to_have_text("5000 of 5000 conversations")
    assert rows(page).count() < 40
    page.get_by_role("listbox").focus()
    page.keyboard.press("End")
    expect(chosen_row(page)).to_contain_text("chat-4471-05000")
    assert in_view(chosen_row(page))
    assert rows(page).count() < 40
    page.get_by_role("searchbox").fill("wedding on Saturday")
    expect(page.locator(".matches")).to_have_text("834 of 5000 conversations")


def test_a_long_conversation_and_a_huge_turn_can_be_read(tmp_path: Path, show: Open) -> None:
    """Evidence in the last of 10,000 turns is found, and 5 MB in one turn are shown in part until asked for."""
    conversation, grade = graded()[0]
    long_one = conversation.model_copy(update={"id": "long", "turns": conversation.turns * 1112})
    last = grade.criteria[0].evidence[0].model_copy(update={"turn": 1 + 9 * 1111})
    first = grade.criteria[0].model_copy(update={"evidence": (last,)})
    huge = conversation.model_copy(
        update={"id": "huge", "turns": (Turn(speaker="agent", text="很长的话。" * 330_000 + "到此为止"),)}
    )
    end = 330_000 * 5
    deep = last.model_copy(update={"turn": 0, "start": end, "end": end + 4, "quote": "到此为止"})
    path = tmp_path / "page.html"
    write(
        path,
        RunView(
            started_at=STARTED,
            graded=[
                (long_one, grade.model_copy(update={"criteria": (first,)})),
                (
                    huge,
                    grade.model_copy(update={"criteria": (first.model_copy(update={"evidence": (deep,)}),)}),
                ),
            ],
            names=NAMES,
        ),
    )
    page = show(path)
    page.keyboard.press("n")
    expect(page.locator("mark.current")).to_have_text("您好")
    assert in_view(page.locator("mark.current"))
    page.keyboard.press("j")
    assert len(page.locator(".words").text_content() or "") < 5000
    expect(page.get_by_role("button", name="Show the remaining 1646004 characters")).to_be_attached()
    page.keyboard.press("n")
    expect(page.locator("mark.current")).to_have_text("到此为止")
    assert in_view(page.locator("mark.current"))


CONTRAST = """() => {
    const rgba = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return [...n.slice(0, 3), n[3] ?? 1]; };
    const over = (a, b) => a.slice(0, 3).map((v, i) => v * a[3] + b[i] * (1 - a[3])).concat(1);
    const light = (c) => {
        const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (e) => {
        const behind = e.parentElement ? ground(e.parentElement) : [255, 255, 255, 1];
        return over(rgba(getComputedStyle(e).backgroundColor), behind);
    };
    const poor = new Map();
    const walker = document.createTreeWalker(document.getElementById("app"), NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const e = node.parentElement;
        if (!node.data.trim() || !e.checkVisibility() || e.closest(".hidden, :disabled")) continue;
        const behind = ground(e);
        const [a, b] = [light(over(rgba(getComputedStyle(e).color), behind)), light(behind)].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) poor.set(`${e.tagName}.${e.className}`, ratio);
    }
    return Object.fromEntries(poor);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_that_wcag_asks_for(sample: Path, show: Open, scheme: str) -> None:
    """At least 4.5 to 1 (WCAG 2.2, 1.4.3), in both colour schemes, marked evidence and chosen row included."""
    page = show(sample, color_scheme=scheme, reduced_motion="reduce")
    for conversation, _ in graded():
        pick(page, conversation.id)
        page.keyboard.press("n")
        assert page.evaluate(CONTRAST) == {}
    page.get_by_role("button", name="2 left out").click()
    assert page.evaluate(CONTRAST) == {}


def test_the_dark_scheme_is_dark(sample: Path, show: Open) -> None:
    """The page follows the reader's system."""
    ground = "getComputedStyle(document.body).backgroundColor"
    assert show(sample, color_scheme="light").evaluate(ground) == "rgb(244, 245, 247)"
    assert show(sample, color_scheme="dark").evaluate(ground) == "rgb(17, 21, 26)"


def test_nothing_moves_for_those_who_asked_for_that(sample: Path, show: Open) -> None:
    """Evidence flashes, but not where the reader wants less motion; it stays marked all the same."""
    animation = "e => getComputedStyle(e).animationName"
    for motion, name in (("no-preference", "flash"), ("reduce", "none")):
        page = show(sample, reduced_motion=motion)
        page.keyboard.press("n")
        assert page.locator("mark.current").first.evaluate(animation) == name


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("at", ["", "#chat-4471"])
def test_no_width_needs_sideways_scrolling(sample: Path, show: Open, locale: str, at: str) -> None:
    """From a telephone, or 400 % zoom (WCAG 2.2, 1.4.10), to a wide screen, list and conversation."""
    page = show(sample, at=at, locale=locale, viewport={"width": 320, "height": 700})
    for width in (320, 390, 640, 768, 1024, 1152, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        outside = page.evaluate(
            """() => [...document.querySelectorAll('#app *')].filter(e => e.checkVisibility() && !e.closest('.hidden'))
                .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"""
        )
        assert outside == []


def test_on_a_telephone_list_and_conversation_replace_each_other(sample: Path, show: Open) -> None:
    """Choosing opens the conversation, both ways back lead to the list, and the place in it is kept."""
    page = show(sample, viewport=PHONE)
    expect(page.get_by_role("main")).to_be_hidden()
    rows(page).filter(has_text="mail-00219").click()
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    expect(page.get_by_role("listbox")).to_be_hidden()
    page.get_by_role("button", name="Next conversation").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("通话-20261120-1007")
    page.get_by_role("button", name="All conversations").click()
    expect(chosen_row(page)).to_contain_text("通话-20261120-1007")
    rows(page).filter(has_text="chat-4471").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("chat-4471")
    page.go_back()
    expect(page.get_by_role("listbox")).to_be_visible()


def test_on_paper_the_whole_conversation_stands_without_the_controls(sample: Path, show: Open) -> None:
    """Printing gives the chosen conversation with its grade, in the light scheme, however long."""
    page = show(sample, color_scheme="dark")
    page.emulate_media(media="print")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.get_by_role("button", name="English")).to_be_hidden()
    for part in (page.locator(".turn").last, page.locator(".criterion").last):
        box = part.bounding_box()
        assert box
        assert box["y"] + box["height"] <= page.evaluate("document.documentElement.scrollHeight")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 245, 247)"


def test_the_page_has_its_landmarks(sample: Path, show: Open) -> None:
    """One banner, one navigation, one search, one main; headings without a gap; every control has a name."""
    page = show(sample)
    for landmark in ("banner", "navigation", "search", "main"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    levels = page.evaluate(
        "[...document.querySelectorAll('#app h1, #app h2, #app h3')].filter(h => h.checkVisibility()).map(h => +h.tagName[1])"
    )
    assert levels[:2] == [1, 2]
    assert all(below - above <= 1 for above, below in itertools.pairwise(levels))
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('#app button, #app input, #app select, #app [tabindex="0"]')]
            .filter(e => e.checkVisibility() && !(e.ariaLabel || e.textContent.trim())).length"""
    )
    assert nameless == 0


def test_the_recording_is_linked_where_it_lies(tmp_path: Path, show: Open) -> None:
    """A recording on the same disk opens from the page; nothing of it is embedded."""
    (tmp_path / "line 7.wav").write_bytes(b"RIFF")
    conversation, grade = graded()[0]
    path = tmp_path / "page.html"
    linked = conversation.model_copy(update={"recording": str(tmp_path / "line 7.wav")})
    write(path, RunView(started_at=STARTED, graded=[(linked, grade), graded()[1]], names=NAMES))
    page = show(path)
    link = page.get_by_role("link", name="Open the recording")
    assert link.evaluate("a => a.href") == (tmp_path / "line 7.wav").as_uri()
    page.keyboard.press("j")
    expect(link).to_have_count(0)
