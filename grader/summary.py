"""What the terminal shows after a run: a table of the conversations, and how it went in a few lines."""

import heapq
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich import box
from rich.columns import Columns
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from grader.grade import Decision, Grade, ScorecardName, State
from grader.problems import Problem
from grader.redaction import displayed

ALL_ROWS: Final = 200
"""Up to this many conversations each has its row."""

WORST_ROWS: Final = 40
"""Of more conversations, this many have one: those with the lowest scores."""

# None of these is wide or ambiguous in East Asian terminals, so that columns stay columns.
_SYMBOLS: Final[Mapping[State, str]] = {
    "met": "✓",
    "not_met": "✗",
    "not_applicable": "-",
    "abstained": "?",
    "not_evaluated": "∅",
}
_ASCII_SYMBOLS: Final[Mapping[State, str]] = {**_SYMBOLS, "met": "+", "not_met": "x", "not_evaluated": "0"}
_STYLES: Final[Mapping[State, str]] = {
    "met": "green",
    "not_met": "bold red",
    "not_applicable": "dim",
    "abstained": "yellow",
    "not_evaluated": "dim",
}
_WORDS: Final[Mapping[State, str]] = {
    "met": "met",
    "not_met": "not met",
    "not_applicable": "not applicable",
    "abstained": "undecided",
    "not_evaluated": "not evaluated",
}
_DIGITS: Final = "123456789abcdefghijklmnopqrstuvwxyz"
"""Criteria are numbered by one character each, as the marks beneath."""

_SPACED: Final = 12
"""Up to this many criteria the marks stand apart."""

_EXAMPLES: Final = 3
"""Sources named for each kind of problem."""

_KINDS: Final = 10
"""Kinds of problem that are told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    conversation: str
    score: float | None
    passed: bool | None
    states: Mapping[str, State]
    decision: Decision
    why: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts a run as it goes, and keeps the rows that its table will show: never more than a few hundred."""

    names: Mapping[ScorecardName, Mapping[str, str]]
    """Per scorecard, the name to display for each criterion's id."""
    graded: int = 0
    review: int = 0
    failed: int = 0
    not_evaluated: int = 0
    """Conversations in which nothing could be judged."""
    _rows: list[_Row] = field(default_factory=list)
    _criteria: dict[str, dict[str, None]] = field(default_factory=dict)
    """The names that each criterion bears, in the order in which they were met."""

    @property
    def automatic(self) -> int:
        """Conversations that no person has to look at."""
        return self.graded - self.review

    def add(self, grade: Grade) -> None:
        """Count one grade."""
        names = self.names.get(grade.scorecard, {})
        self.graded += 1
        self.review += grade.triage.decision == "review"
        self.failed += grade.passed is False
        self.not_evaluated += grade.score is None
        for criterion in grade.criteria:
            self._criteria.setdefault(criterion.id, {})[names.get(criterion.id, criterion.id)] = None
        self._rows.append(
            _Row(
                conversation=displayed(grade.conversation_id),
                score=grade.score,
                passed=grade.passed,
                states={criterion.id: criterion.state for criterion in grade.criteria},
                decision=grade.triage.decision,
                why=_why(grade.triage.reasons, names),
            )
        )
        if len(self._rows) > 2 * ALL_ROWS:
            self._rows = self._worst(ALL_ROWS)

    def table(self) -> RenderableType:
        """Give the table of the conversations, in the order of the run; of too many, the worst."""
        everything = self.graded <= ALL_ROWS
        rows = self._rows if everything else self._worst(WORST_ROWS)
        return _Table(rows=rows, criteria=self._criteria, left_out=self.graded - len(rows))

    def closing(
        self, *, problems: Sequence[Problem], seconds: float, outputs: Mapping[str, Path], before: int = 0
    ) -> RenderableType:
        """Give the counts of the run, what was left out and why, and where the outputs are, by what they hold.

        ``before`` of the conversations were graded by earlier runs.
        """
        lines: list[RenderableType] = [
            Text.assemble(
                "Graded ",
                (_count(self.graded, "conversation"), "bold"),
                f"{f' ({before} of them earlier)' if before else ''} in {duration(seconds)}: {self.automatic} automatic, {self.review} for review, "
                f"{self.failed} failed, {self.not_evaluated} not evaluated.",
            )
        ]
        if problems:
            lines.append(Text(f"Left out {_count(len(problems), 'input')}:", style="bold yellow"))
            lines += _problem_lines(problems)
        lines += [Text(f"{name}: {_plain(str(path))}", overflow="fold") for name, path in outputs.items()]
        return Group(*lines)

    def _worst(self, count: int) -> list[_Row]:
        return heapq.nsmallest(count, self._rows, key=lambda row: 101 if row.score is None else row.score)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Chooses its symbols when it is printed: not every pipe takes more than ASCII."""

    rows: Sequence[_Row]
    criteria: Mapping[str, Iterable[str]]
    left_out: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        symbols = _ASCII_SYMBOLS if options.ascii_only else _SYMBOLS
        gap = " " if len(self.criteria) <= _SPACED else ""
        numbers = _DIGITS.ljust(len(self.criteria), "+")[: len(self.criteria)]
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=False)
        table.add_column("Conversation", overflow="fold", min_width=12)
        table.add_column("Score", justify="right", no_wrap=True)
        table.add_column(gap.join(numbers), no_wrap=True)
        table.add_column("Decision", no_wrap=True)
        table.add_column("Why", overflow="fold")
        for row in self.rows:
            marks = [_mark(row.states.get(criterion), symbols) for criterion in self.criteria]
            table.add_row(
                Text(_plain(row.conversation)),
                _score(row),
                Text(gap).join(marks),
                Text(row.decision, style="bold magenta" if row.decision == "review" else ""),
                Text(_plain(row.why)),
            )
        yield table
        if self.left_out:
            yield Text(
                f"These are the {len(self.rows)} with the lowest scores; {self.left_out} more are not shown.\n"
            )
        if self.criteria:
            named = zip(numbers, self.criteria.values(), strict=True)
            named_text = (f"{number} {_plain(' / '.join(names))}" for number, names in named)
            yield Columns([Text(text, "dim") for text in named_text], padding=(0, 3))
            legend = (Text.assemble((symbols[s], _STYLES[s]), f" {word}") for s, word in _WORDS.items())
            yield Text("   ").join(legend)


def _mark(state: State | None, symbols: Mapping[State, str]) -> Text:
    return Text(symbols[state], style=_STYLES[state]) if state else Text(" ")


def _score(row: _Row) -> Text:
    if row.score is None:
        return Text("none", style="dim")
    return Text(
        f"{row.score:.1f}{' fail' if row.passed is False else ''}",
        style="bold red" if row.passed is False else "",
    )


def _why(reasons: Iterable[str], names: Mapping[str, str]) -> str:
    """Put the reasons of the triage into words, those of one kind together."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for reason in reasons:
        kind, _, about = reason.partition(":")
        kinds[kind].append(names.get(about, about).replace("_", " "))
    words = {"low_confidence": "unsure of", "fatal": "fatal:"}
    return "; ".join(
        f"{words.get(kind, kind.replace('_', ' '))} {', '.join(about)}".strip()
        for kind, about in kinds.items()
    )


def _problem_lines(problems: Iterable[Problem]) -> list[RenderableType]:
    """Give a line for each kind of problem, the most frequent first, with sources to look at and the remedy."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for problem in problems:
        kinds[f"{problem.problem} {problem.remedy}"].append(problem.source)
    ordered = sorted(kinds.items(), key=lambda kind: -len(kind[1]))
    lines = [f"{len(sources)}: {_plain(kind)} ({_sources(sources)})" for kind, sources in ordered[:_KINDS]]
    if len(ordered) > _KINDS:
        lines.append(f"{sum(len(sources) for _, sources in ordered[_KINDS:])}: other problems.")
    return [Padding(Text(line, overflow="fold"), (0, 0, 0, 2), expand=False) for line in lines]


def _sources(sources: Sequence[str]) -> str:
    different = list(dict.fromkeys(sources))
    more = len(different) - _EXAMPLES
    return _plain(", ".join(different[:_EXAMPLES])) + (f" and {more} more" if more > 0 else "")


def _plain(text: str) -> str:
    """Give ``text`` without what would steer the terminal or cannot be written."""
    return "".join("?" if unicodedata.category(c) in {"Cc", "Cf", "Cs"} else c for c in text)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """Put a time in words."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
