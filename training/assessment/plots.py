"""Plots as inline SVG; colours and type come from the page's style."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, isfinite
from typing import Final

from training.assessment.reliability import Bin

WIDTH: Final = 300
HEIGHT: Final = 210
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 18, 10, 38

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """What the plane shows."""

    x: str
    """What runs to the right, from 0 to 1."""
    y: str
    """What runs up, from 0 to ``top``."""
    top: float = 1.0


def reliability_plot(bins: Sequence[Bin], *, title: str) -> str:
    """Draw how often what was said came true: points with intervals, larger where there are more cases."""
    axes = Axes(x="probability said", y="share that came true")
    most = max((one.cases for one in bins), default=1)
    marks = [_line([(0, 0), (1, 1)], axes, "guide")]
    for one in bins:
        marks.append(_line([(one.stated, one.low), (one.stated, one.high)], axes, "whisker"))
        x, y = _place((one.stated, one.observed), axes)
        radius = 2.5 + 4 * (one.cases / most) ** 0.5
        hint = f"said {one.stated:.2f}, came true {one.observed:.2f} of {one.cases}"
        marks.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" class="dot"><title>{hint}</title></circle>'
        )
    return _plot(axes, marks, title)


def risk_coverage_plot(curve: Sequence[Point], *, promise: float, answered: Point | None, title: str) -> str:
    """Draw the error rate over the share that is answered, the promise, and where the learnt threshold stands."""
    highest = max([risk for _, risk in curve] + [2 * promise])
    axes = Axes(
        x="share answered automatically", y="wrong among them", top=min(1.0, 0.04 * ceil(highest / 0.04))
    )
    marks = [_line([(0, promise), (1, promise)], axes, "guide"), _line(curve, axes, "curve")]
    if answered is not None and isfinite(answered[1]):
        x, y = _place(answered, axes)
        hint = f"learnt threshold: {answered[0]:.0%} answered, {answered[1]:.1%} of them wrong"
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="dot"><title>{hint}</title></circle>')
    return _plot(axes, marks, title)


def recall_plot(curve: Sequence[Point], *, effort: float, lift: float, title: str) -> str:
    """Draw which share of the worst is found over the share that is looked at, beside random sampling."""
    axes = Axes(x="share looked at", y="share of the worst found")
    at = min(curve, key=lambda point: abs(point[0] - effort))
    x, y = _place(at, axes)
    hint = f"{at[1]:.0%} found in {at[0]:.0%}"
    marks = [
        _line([(0, 0), (1, 1)], axes, "guide"),
        _line([(0, 0), (effort, effort * lift)], axes, "guide dotted"),
        _line(curve, axes, "curve"),
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="dot"><title>{hint}</title></circle>',
    ]
    return _plot(axes, marks, title)


def interval_bar(
    value: float, low: float, high: float, *, marks: Sequence[tuple[float, str, str]] = ()
) -> str:
    """Draw a figure and its interval from 0 to 1, with ``marks``: value, class, name."""
    if not isfinite(value):
        return ""
    left, right, centre = (_percent(one) for one in (low, high, value))
    ticks = "".join(
        f'<line x1="{_percent(at)}" x2="{_percent(at)}" y1="1" y2="17" class="{kind}"><title>{escape(name)}</title></line>'
        for at, kind, name in marks
    )
    return (
        f'<svg class="bar" width="160" height="18" role="img" aria-label="{value:.2f}">'
        '<line x1="0" x2="160" y1="9" y2="9" class="rule"/>'
        f'<line x1="{left}" x2="{right}" y1="9" y2="9" class="span"/>{ticks}'
        f'<circle cx="{centre}" cy="9" r="3.5" class="dot"/></svg>'
    )


def _percent(value: float) -> str:
    return f"{4 + 152 * min(max(value, 0.0), 1.0):.1f}"


def _place(point: Point, axes: Axes) -> Point:
    x, y = point
    right, up = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    return _LEFT + x * right, _TOP + (1 - min(y / axes.top, 1.0)) * up


def _line(points: Sequence[Point], axes: Axes, kind: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_place(point, axes) for point in points))
    return f'<polyline points="{path}" class="{kind}"/>'


def _plot(axes: Axes, marks: Sequence[str], title: str) -> str:
    grid = []
    for part in (0, 0.25, 0.5, 0.75, 1):
        x, _ = _place((part, 0), axes)
        _, y = _place((0, part * axes.top), axes)
        grid.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="rule"/>')
        grid.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" class="end">{part * axes.top:.0%}</text>')
        grid.append(f'<text x="{x:.1f}" y="{HEIGHT - _BOTTOM + 15}" class="middle">{part:.0%}</text>')
    names = (
        f'<text x="{(_LEFT + WIDTH - _RIGHT) / 2}" y="{HEIGHT - 4}" class="middle name">{escape(axes.x)}</text>'
        f'<text transform="translate(9 {(_TOP + HEIGHT - _BOTTOM) / 2}) rotate(-90)" class="middle name">{escape(axes.y)}</text>'
    )
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(grid)}{names}{''.join(marks)}</svg>"
    )
