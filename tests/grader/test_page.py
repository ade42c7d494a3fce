"""The page of a run as a file: whole, alone, inert, and written as the conversations come."""

import base64
import hashlib
import io
import json
import re
import tracemalloc
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_run import ENGLISH, MANDARIN, NAMES, NOTICES, PROBLEMS, STARTED, graded, many

import grader.page
from grader.codebook import EMOTIONS, OUTCOMES, VIOLATIONS
from grader.conversation import Conversation, Turn
from grader.files import part_of
from grader.grade import Grade
from grader.page import DEMONSTRATION_SPEECH, PageWriter, RunView, render, write
from grader.page.view import unsure_spans
from grader.redaction.spans import PLACEHOLDERS

SOURCES = Path(grader.page.__file__).parent
STYLES = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.css"))
SCRIPTS = {path.stem: path.read_text(encoding="utf-8") for path in SOURCES.glob("*.js")}


class Page(HTMLParser):
    """Reads a page as a browser does: elements, attributes, and the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append((tag, dict(attrs)))
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        """Note that what follows is outside the element."""
        self.elements.append((f"/{tag}", {}))
        self.texts.append("")

    def handle_data(self, data: str) -> None:
        """Note text with the tag that was read last."""
        if self.texts:
            self.texts[-1] += data

    def code(self, kind: str) -> str:
        """Give the page's style (``style``) or its script (``module``)."""
        found = [
            text
            for (tag, attributes), text in zip(self.elements, self.texts, strict=True)
            if kind in (tag, attributes.get("type"))
        ]
        assert len(found) == 1
        return found[0]

    def data(self, name: str) -> Any:
        """Give the JSON in the script element called ``name``; JSON Lines as a list."""
        found = [
            text
            for (tag, attributes), text in zip(self.elements, self.texts, strict=True)
            if tag == "script" and attributes.get("id") == name
        ]
        assert len(found) == 1
        return (
            [json.loads(line) for line in found[0].split("\n") if line]
            if name == "rows"
            else json.loads(found[0])
        )


def page_of(*graded_: tuple[Conversation, Grade], **more: Any) -> Page:
    """Render a page and read it."""
    return Page(render(RunView(started_at=STARTED, graded=graded_, names=NAMES, **more)))


def with_text(text: str) -> tuple[Conversation, Grade]:
    """Give a conversation in which ``text`` is id, agent, words, quote and reason."""
    conversation, grade = graded()[1]
    turn = Turn(speaker="agent", text=text)
    evidence = (
        grade.criteria[0]
        .evidence[0]
        .model_copy(update={"turn": 0, "start": 0, "end": len(text), "quote": text})
    )
    criterion = grade.criteria[0].model_copy(update={"reason": text, "evidence": (evidence,)})
    return (
        conversation.model_copy(update={"id": text, "turns": (turn,)}),
        grade.model_copy(update={"conversation_id": text, "criteria": (criterion,)}),
    )


def test_the_page_asks_nothing_of_the_network() -> None:
    """No element names a source or address outside the page, and the policy forbids what is not in it."""
    page = page_of(*graded(), problems=PROBLEMS)
    for tag, attributes in page.elements:
        assert "src" not in attributes
        assert not attributes.get("href") or (tag == "link" and attributes["href"].startswith("data:"))
    assert "url(" not in STYLES
    assert "@import" not in STYLES
    assert not any(
        re.search(r"\b(fetch|XMLHttpRequest|WebSocket|import)\(", script) for script in SCRIPTS.values()
    )


def test_the_policy_allows_exactly_the_style_and_script_of_the_page() -> None:
    """The hashes in the content security policy are those of the inlined texts, and nothing else may run."""
    page = page_of(*graded())
    policy = next(a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for directive, kind in (("script-src", "module"), ("style-src", "style")):
        digest = base64.b64encode(hashlib.sha256(page.code(kind).encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy


def test_the_modules_are_joined_in_an_order_in_which_each_import_is_already_there() -> None:
    """A module imports only those before it, no name is defined twice, and no module syntax is left."""
    page = page_of()
    script = page.code("module")
    places = {name: script.index(text.splitlines()[0]) for name, text in SCRIPTS.items()}
    for name, text in SCRIPTS.items():
        for imported in re.findall(r'from "\./(\w+)\.js"', text):
            assert places[imported] < places[name]
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    assert all(path.read_text(encoding="utf-8") in page.code("style") for path in SOURCES.glob("*.css"))
    defined = re.findall(r"^(?:function|class|const|let) (\w+)", script, re.MULTILINE)
    assert len(defined) == len(set(defined))


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "<img src=x onerror=alert(1)>",
    "]]> & &lt; &amp;lt;",
    "' \" ` ${alert(1)} {{ 7*7 }} {% raw %}",
    "\u202eevil\u202c \u2066x\u2069",
    "\u2028\u2029\x00\x1b\x7f",
    "\ud800 alone \udfff",
    "<!-- data -->\n",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_data_and_nothing_else(text: str) -> None:
    """Whatever is said, the page has the same elements, and the text comes back as it was."""
    page = page_of(with_text(text))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in page_of(with_text("harmless")).elements]
    shown = page.data("c0")
    assert shown["conversation"]["turns"][0]["text"] == text
    assert shown["grade"]["criteria"][0]["evidence"][0]["quote"] == text
    assert page.data("rows")[0]["id"] == text


@given(text=st.text(st.characters(codec=None), min_size=1))
def test_any_text_at_all_comes_back_as_it_was(text: str) -> None:
    """No text, lone surrogates included, breaks the data of a page, which is always valid UTF-8."""
    stream = io.StringIO()
    writer = PageWriter(stream, names=NAMES)
    start = stream.tell()
    writer.add(*with_text(text))
    written = stream.getvalue()[start:]
    assert written.encode()
    assert written.count("<") == 2
    assert Page(written).data("c0")["conversation"]["turns"][0]["text"] == text


def test_names_notices_and_problems_are_inert_too() -> None:
    """Text from scorecards and error messages is data as well."""
    names = {ENGLISH: {"courtesy": HOSTILE[0]}, MANDARIN: {}}
    problem = PROBLEMS[0].__class__(source=HOSTILE[0], place=None, problem=HOSTILE[2], remedy=HOSTILE[1])
    html = render(
        RunView(started_at=STARTED, graded=graded(), names=names, problems=[problem], notices=HOSTILE)
    )
    run = Page(html).data("run")
    assert run["notices"] == HOSTILE
    assert run["problems"] == [problem.as_json()]
    assert run["forms"][1]["criteria"][0] == {"id": "courtesy", "name": HOSTILE[0]}
    assert run["forms"][0]["criteria"][0] == {"id": "courtesy", "name": "courtesy"}


def test_the_head_of_the_page_tells_what_was_run() -> None:
    """When, with which scorecards and models, and what a reader must know."""
    run = page_of(*graded(), notices=NOTICES, problems=PROBLEMS).data("run")
    assert run["started_at"] == "2026-11-20T18:30:00+08:00"
    assert [form["scorecard"]["name"] for form in run["forms"]] == ["客服质检", "Customer care"]
    assert run["models"] == ["turns-linear-1", "micro-whisper"]
    assert run["notices"] == list(NOTICES)


def test_what_a_page_does_not_need_is_not_in_it() -> None:
    """No recognised words, dropped text, customer's id, metadata or label distribution is written."""
    conversation, grade = graded()[0]
    conversation = conversation.model_copy(
        update={
            "metadata": {"secret": "m-1"},
            "customer": conversation.customer.model_copy(update={"id": "k-77"}),
        }
    )
    page = page_of((conversation, grade))
    text = json.dumps(page.data("c0"), ensure_ascii=False)
    assert not any(private in text for private in ("谢谢观看", "m-1", "k-77", '"words"', '"resolved"'))
    assert page.data("c0")["conversation"]["transcription"]["dropped"] == [
        {"start": 36.0, "end": 39.5, "reason": "stock_phrase"}
    ]


def test_the_customers_likely_emotion_and_escalation_are_kept() -> None:
    """A label is displayed where it is more probable than not; a neutral tone is no news."""
    turns = page_of(*graded()[:1]).data("c0")["conversation"]["turns"]
    assert [turn.get("emotion") for turn in turns] == [None, None, "-1", None, None, None, None, "-2", None]
    assert [turn.get("escalation") for turn in turns].count(True) == 1


def test_rows_say_how_doubtful_a_grade_is() -> None:
    """The least certain criterion counts: 0 is certain, 0.5 a coin's toss; not judged is no doubt."""
    rows = page_of(*graded()).data("rows")
    assert [row["doubt"] for row in rows] == [0.42, 0.07, 0.12, 0.1, 0.48, 0.0]


def words(text: str, *probabilities: float | None) -> list[dict[str, Any]]:
    """Give the words of ``text``, one a second."""
    return [
        {"text": word, "start": i, "end": i + 1, "probability": probability}
        for i, (word, probability) in enumerate(zip(text.split("|"), probabilities, strict=True))
    ]


@pytest.mark.parametrize(
    ("text", "recognised", "spans"),
    [
        ("查到了。", words("查|到|了", 0.9, 0.2, 0.5), [(1, 2)]),
        ("well, well", words(" well| well", 0.9, 0.1), [(6, 10)]),
        ("号码是[PHONE]谢谢", words("号|码|是|一|三|谢|谢", 1, 1, 1, 0.1, 0.1, 0.2, 1), [(10, 11)]),
        ("so we wait", words("so|we|wait", None, 0.1, None), [(3, 5)]),
        ("", words("x|", 0.1, 0.1), []),
        ("😀 ok", words("ok", 0.1), [(2, 4)]),
    ],
)
def test_improbable_words_are_found_in_the_text(
    text: str, recognised: list[dict[str, Any]], spans: list[tuple[int, int]]
) -> None:
    """Words under the threshold are located in order; covered ones are passed over."""
    turn = Turn.model_validate({"speaker": "agent", "text": text, "words": recognised})
    assert unsure_spans(turn) == spans


@pytest.mark.parametrize(
    ("recording", "link"),
    [
        ("calls/a b#1?.wav", "../calls/a%20b%231%3F.wav"),
        ("calls/通话.wav", "../calls/%E9%80%9A%E8%AF%9D.wav"),
        ("calls/javascript:alert(1)", "../calls/javascript%3Aalert%281%29"),
        ("calls/missing.wav", None),
        ("calls", None),
        ("https://voice.example/a.wav", None),
        ("javascript:alert(1)", None),
        ("a\0b", None),
        ("\ud800", None),
        ("x" * 5000, None),
    ],
)
def test_only_recordings_that_are_there_are_linked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recording: str, link: str | None
) -> None:
    """A link leads from the page to a file on the same disk; an address or another scheme is never one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calls").mkdir()
    (tmp_path / "out").mkdir()
    if link:
        (tmp_path / recording).write_bytes(b"RIFF")
    conversation, grade = graded()[0]
    write(
        Path("out/page.html"),
        RunView(
            started_at=STARTED,
            graded=[(conversation.model_copy(update={"recording": recording}), grade)],
            names=NAMES,
        ),
    )
    page = Page(Path("out/page.html").read_text(encoding="utf-8"))
    assert page.data("c0")["conversation"]["recording"] == link


def test_each_conversation_is_written_when_it_comes() -> None:
    """A conversation's data have left for the file before the next conversation is asked for."""
    stream = io.StringIO()
    writer = PageWriter(stream, names=NAMES)
    for i, (conversation, grade) in enumerate(graded()):
        writer.add(conversation, grade)
        assert f'id="c{i}"' in stream.getvalue()[-20_000:]


def test_a_nightly_batch_does_not_sit_in_memory(tmp_path: Path) -> None:
    """Writing 2,000 conversations takes a fraction of the memory that their page takes on disk."""
    source = many(12)

    def nightly() -> Iterator[tuple[Conversation, Grade]]:
        for i in range(2000):
            yield source[i % 12]

    path = tmp_path / "page.html"
    write(path, RunView(started_at=STARTED, graded=iter(source), names=NAMES))
    tracemalloc.start()
    write(path, RunView(started_at=STARTED, graded=nightly(), names=NAMES))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < path.stat().st_size / 4


def test_a_number_in_an_id_is_not_in_the_page() -> None:
    """Recordings are often named after the caller's number; the page shows a placeholder in its place."""
    conversation, grade = graded()[0]
    named = (
        conversation.model_copy(update={"id": "通话/13912345678"}),
        grade.model_copy(update={"conversation_id": "通话/13912345678"}),
    )
    page = render(RunView(started_at=STARTED, graded=[named], names=NAMES))
    assert "通话/[PHONE]" in page
    assert "13912345678" not in page


def test_a_run_that_breaks_off_leaves_the_page_that_was_there(tmp_path: Path) -> None:
    """A page appears whole or not at all; what there is of the new one stands beside it, as with every output."""
    path = tmp_path / "page.html"
    path.write_text("yesterday's", encoding="utf-8")

    def broken() -> Iterator[tuple[Conversation, Grade]]:
        yield graded()[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(path, RunView(started_at=STARTED, graded=broken(), names=NAMES))
    assert path.read_text(encoding="utf-8") == "yesterday's"
    assert set(tmp_path.iterdir()) == {path, part_of(path)}


def test_problems_found_during_the_run_are_on_the_page() -> None:
    """The list of problems is read after the last conversation, so that it may grow until then."""
    problems: list[Any] = []

    def source() -> Iterator[tuple[Conversation, Grade]]:
        yield graded()[0]
        problems.extend(PROBLEMS)

    html = render(RunView(started_at=STARTED, graded=source(), names=NAMES, problems=problems))
    assert len(Page(html).data("run")["problems"]) == len(PROBLEMS)


def texts(language: str) -> dict[str, str]:
    """Give the page's dictionary of one language."""
    part = re.search(rf"^  {language}: {{\n(.*?)^  }},", SCRIPTS["strings"], re.MULTILINE | re.DOTALL)
    assert part
    return dict(re.findall(r'^    "?([\w-]+)"?: "(.*)",$', part[1], re.MULTILINE))


def test_both_languages_say_everything() -> None:
    """Every text exists in English and in Mandarin, with the same places to fill."""
    english, chinese = texts("en"), texts("zh")
    assert list(english) == list(chinese)
    for key, text in english.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", chinese[key])), key


def test_every_text_that_the_page_asks_for_exists() -> None:
    """Keys named in the scripts, and those made from the labels, states and reasons of the domain."""
    asked = {key for script in SCRIPTS.values() for key in re.findall(r'\bt\("([\w-]+)"', script)}
    asked |= {"met", "not_met", "not_applicable", "abstained", "not_evaluated"}
    asked |= {"agent", "customer", "bot", "system", "unknown", "call", "chat", "email", "inbound", "outbound"}
    asked |= {f"emotion{level}" for level in EMOTIONS if level != "0"} | set(OUTCOMES) | set(VIOLATIONS)
    asked |= {DEMONSTRATION_SPEECH}
    asked |= {
        f"dropped_{r}" for r in ("repetition", "stock_phrase", "silence", "low_probability", "too_fast")
    }
    for prefix in ("", "short_"):
        asked |= {
            f"{prefix}{reason}"
            for reason in (
                "low_confidence fatal unsure_roles unsure_recognition one_sided escalation random_sample".split()
            )
        }
    assert asked <= set(texts("en"))


def test_the_page_knows_every_placeholder_of_the_redactor() -> None:
    """Whatever the redactor covers is shown as covered."""
    known = re.search(r"PLACEHOLDER = /\(\\\[\(\?:([A-Z_|]+)\)", SCRIPTS["transcript"])
    assert known
    assert set(known[1].split("|")) >= {placeholder.strip("[]") for placeholder in PLACEHOLDERS.values()}
