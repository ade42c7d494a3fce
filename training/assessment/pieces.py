"""The pieces that the evaluation's page is made of: tables, figures, numbers."""

from collections.abc import Iterable, Sequence
from html import escape
from math import isfinite

from training.assessment.estimates import Estimate


def confusion(name: str, values: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """Lay out a matrix, people's value by row; the ground tells the share of its row."""
    head = "".join(f"<th>{escape(value)}</th>" for value in values)
    rows = ""
    for value, row in zip(values, counts, strict=True):
        total = max(sum(row), 1)
        cells = "".join(
            f'<td style="background: rgb(var(--heat) / {0.55 * count / total:.2f})">{count:,}</td>'
            for count in row
        )
        rows += f"<tr><th>{escape(value)}</th>{cells}</tr>"
    return (
        f'<div><strong>{escape(name)}</strong> <span class="quiet">people by row, machine by column</span>'
        f'<table class="confusion"><tr><th></th>{head}</tr>{rows}</table></div>'
    )


def figure(name: str, note: str, plot: str) -> str:
    """Lay out a plot with its name and a note."""
    return f"<figure><figcaption>{escape(name)}<small>{escape(note)}</small></figcaption>{plot}</figure>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "", words: int = 1) -> str:
    """Lay out a table whose first ``words`` columns are text and the others numbers."""
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    body = "".join(line(row, words=words) for row in rows)
    return f"<table>{told}{line(list(map(escape, heads)), cell='th', words=words)}{body}</table>"


def line(cells: Iterable[str], *, cell: str = "td", words: int = 1) -> str:
    """Lay out a row of a table whose first ``words`` cells are text."""
    told = "".join(
        f'<{cell} class="text">{one}</{cell}>' if at < words else f"<{cell}>{one}</{cell}>"
        for at, one in enumerate(cells)
    )
    return f"<tr>{told}</tr>"


def share(one: Estimate, digits: int = 0) -> str:
    """Write a share as per cent, with its interval."""
    if not isfinite(one.value):
        return "none"
    return f"{one.value:.{digits}%} <small>{one.low:.{digits}%} to {one.high:.{digits}%}</small>"


def number(one: Estimate, digits: int) -> str:
    """Write a number with its interval."""
    if not isfinite(one.value):
        return "none"
    value, low, high = (f"{round(part, digits) + 0.0:.{digits}f}" for part in (one.value, one.low, one.high))
    return f"{value} <small>{low} to {high}</small>"


def plain(value: float) -> str:
    """Write a number to four digits."""
    return f"{value:.4f}" if isfinite(value) else "none"
