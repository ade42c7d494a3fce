"""What the terminal shows after a run."""

import io
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from sample_run import NAMES, PROBLEMS, graded, many

from grader.grade import Grade
from grader.problems import Problem
from grader.summary import ALL_ROWS, WORST_ROWS, Tally


def tally(grades: list[Grade]) -> Tally:
    """Count these grades."""
    counted = Tally(names=NAMES)
    for grade in grades:
        counted.add(grade)
    return counted


def printed(renderable: object, *, width: int = 100, encoding: str = "utf-8", colour: bool = False) -> str:
    """Print as into a pipe, or as on a terminal with colours."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    Console(
        file=stream, width=width, force_terminal=colour, color_system="standard" if colour else None
    ).print(renderable)
    stream.flush()
    return raw.getvalue().decode(encoding)


GRADES = [grade for _, grade in graded()]


def test_each_conversation_has_a_row_with_score_states_decision_and_why() -> None:
    """All that a person needs to choose what to look at stands in one line."""
    lines = printed(tally(GRADES).table()).splitlines()
    mail = next(line for line in lines if "mail-00219" in line)
    assert mail.split(maxsplit=11) == [
        "mail-00219",
        "83.3",
        *"✓??✓✗✓✓✓",
        "review",
        "unsure of Empathy, Three-step script".ljust(len(mail.split(maxsplit=11)[-1])),
    ]


def test_the_criteria_are_named_below_in_both_languages() -> None:
    """The numbers above the marks are explained, with the names of every scorecard in the run."""
    text = printed(tally(GRADES).table())
    assert "1 2 3 4 5 6 7 8" in text
    assert "2 共情 / Empathy" in text
    assert "✗ not met" in text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Chinese characters take two cells each, and are counted so."""
    counted = tally(GRADES)
    closing = counted.closing(problems=PROBLEMS, seconds=1.0, outputs={"Page": Path("out/page.html")})
    for part in (counted.table(), closing):
        assert all(cell_len(line) <= width for line in printed(part, width=width).splitlines())


def test_nothing_is_lost_where_the_columns_are_narrow() -> None:
    """A long id is folded, not cut: it is what the reader searches for."""
    name = "call-" + "0123456789" * 6
    text = printed(tally([GRADES[1].model_copy(update={"conversation_id": name})]).table(), width=70)
    folded = "".join(line.split(" " * 3)[0].strip() for line in text.splitlines()[3:])
    assert name in folded


def test_the_columns_stand_in_line_whatever_script_the_ids_are_in() -> None:
    """The marks of a row with a Chinese id begin in the same cell as those of any other row."""
    lines = [
        line for line in printed(tally(GRADES).table()).splitlines() if " auto" in line or " review" in line
    ]
    starts = {cell_len(line[: min(line.index(mark) for mark in "✓✗∅" if mark in line)]) for line in lines}
    assert len(lines) == len(GRADES)
    assert len(starts) == 1


def test_the_states_are_told_apart_without_colour() -> None:
    """In a pipe no escape sequence is written, and every state has a symbol of its own."""
    text = printed(tally(GRADES).table())
    assert "\x1b" not in text
    assert all(symbol in text for symbol in "✓✗?∅")
    assert "\x1b[" in printed(tally(GRADES).table(), colour=True)


def test_a_pipe_that_takes_only_ascii_gets_ascii() -> None:
    """The table can be printed where the encoding has no check marks."""
    text = printed(tally([GRADES[1], GRADES[4]]).table(), encoding="ascii")
    assert "+ ? ? + x + + +" in text


def test_a_number_in_an_id_is_not_shown() -> None:
    """Recordings are often named after the caller's number."""
    grade = GRADES[1].model_copy(update={"conversation_id": "20261120_13912345678_投诉"})
    text = printed(tally([grade]).table())
    assert "20261120_[PHONE]_投诉" in text
    assert "13912345678" not in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("a\x1b]0;title\x07b", "a?]0;title?b"),
        ("a\u202eb", "a?b"),
        ("a\ud800b", "a?b"),
    ],
)
def test_an_id_cannot_steer_the_terminal(name: str, shown: str) -> None:
    """Markup is text, and control characters, bidirectional ones too, are replaced."""
    text = printed(tally([GRADES[1].model_copy(update={"conversation_id": name})]).table())
    assert shown in text


def test_up_to_the_limit_every_conversation_has_its_row_in_order() -> None:
    """Two hundred conversations are two hundred rows."""
    text = printed(tally([grade for _, grade in many(ALL_ROWS)]).table())
    numbers = [line.split()[0].rsplit("-", 1)[1] for line in text.splitlines() if "-00" in line]
    assert numbers == [f"{n:05}" for n in range(1, ALL_ROWS + 1)]


def test_of_more_conversations_the_worst_are_shown_and_the_rest_counted() -> None:
    """Of 1,000 conversations the 40 with the lowest scores have rows; unscored ones are not among the worst."""
    grades = [grade for _, grade in many(1000)]
    text = printed(tally(grades).table())
    rows = [line for line in text.splitlines() if " fail " in line]
    assert len(rows) == WORST_ROWS
    assert all("在线-88213" in row for row in rows)
    assert f"{1000 - WORST_ROWS} more are not shown" in text


def test_more_criteria_than_digits_still_fit() -> None:
    """Twenty criteria have twenty marks beside each other, numbered by digits and letters."""
    grade = GRADES[1]
    criteria = [grade.criteria[0].model_copy(update={"id": f"c{i}"}) for i in range(20)]
    text = printed(tally([grade.model_copy(update={"criteria": tuple(criteria)})]).table())
    assert "123456789abcdefghijk" in text
    assert "✓" * 20 in text


def test_the_closing_counts_what_became_of_everything() -> None:
    """Graded, automatic, for review, failed, not evaluated; seconds; and where the outputs are."""
    text = printed(
        tally(GRADES).closing(problems=(), seconds=75.4, outputs={"Grades": Path("out/grades.jsonl")})
    )
    assert (
        "Graded 6 conversations in 1 min 15 s: 1 automatic, 5 for review, 1 failed, 1 not evaluated." in text
    )
    assert "Grades: out/grades.jsonl" in text
    assert "Left out" not in text


def test_problems_of_one_kind_are_counted_together() -> None:
    """Each kind says how many inputs it left out, names some of them, and says what to do."""
    empty = [
        Problem(source=f"{n}.wav", place=None, problem="The file is empty.", remedy="Export it again.")
        for n in range(5)
    ]
    text = printed(tally(GRADES).closing(problems=[*PROBLEMS, *empty], seconds=0.5, outputs={}), width=200)
    lines = text.splitlines()
    assert lines[1:3] == [
        "Left out 7 inputs:",
        "  5: The file is empty. Export it again. (0.wav, 1.wav, 2.wav and 2 more)",
    ]
    assert "sheet" not in text
    assert "chats/november.xlsx" in text


def test_many_kinds_of_problem_do_not_flood_the_terminal() -> None:
    """Beyond ten kinds the rest is one line."""
    problems = [
        Problem(source="a.csv", place=f"line {n}", problem=f"Bad value in line {n}.", remedy="Mend it.")
        for n in range(500)
    ]
    text = printed(tally(GRADES).closing(problems=problems, seconds=0.5, outputs={}))
    assert "490: other problems." in text
    assert len(text.splitlines()) < 20
