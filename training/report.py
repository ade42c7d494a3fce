"""Figures as a person reads them: a table on screen, JSON and one self-contained page."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from training.evaluation import Figure, evaluate
from training.predictions import out_of_fold
from training.train import ROUNDS, write_figures

_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>callgrader: evaluation</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
td, th {{ padding: .2rem .6rem; border-bottom: 1px solid #ddd; text-align: right; }}
td:first-child, th:first-child {{ text-align: left; }}
.bar {{ background: #eef; position: relative; width: 12rem; height: .8rem; display: inline-block; }}
.bar i {{ position: absolute; top: 0; bottom: 0; background: #88a; }}
</style>
<h1>Evaluation</h1>
<p>Out of fold, grouped by conversation; 95 % bootstrap intervals over conversations. The bar shows the interval on
a scale from 0 to 1.</p>
<table><tr><th>figure</th><th>value</th><th>interval</th><th></th><th>cases</th><th>baseline</th></tr>
{rows}
</table></html>
"""


def table(figures: Sequence[Figure]) -> str:
    """Lay the figures out for a terminal."""
    width = max((len(figure.name) for figure in figures), default=0)
    lines = [f"{'figure':<{width}}   value   95 % interval     cases  baseline"]
    for figure in figures:
        baseline = "" if figure.baseline is None else f"{figure.baseline:8.4f}"
        lines.append(
            f"{figure.name:<{width}}  {figure.value:7.4f}  {figure.low:7.4f} {figure.high:7.4f}  {figure.cases:6d}  {baseline}"
        )
    return "\n".join(lines)


def page(figures: Sequence[Figure]) -> str:
    """Lay the figures out as one HTML page."""
    return _PAGE.format(rows="\n".join(map(_row, figures)))


def _row(figure: Figure) -> str:
    left, right = (max(0.0, min(1.0, edge)) * 100 for edge in (figure.low, figure.high))
    bar = f'<span class="bar"><i style="left:{left:.1f}%;width:{max(right - left, 0.5):.1f}%"></i></span>'
    baseline = "" if figure.baseline is None else f"{figure.baseline:.4g}"
    return (
        f"<tr><td>{escape(figure.name)}</td><td>{figure.value:.4f}</td>"
        f"<td>{figure.low:.4f} to {figure.high:.4f}</td><td>{bar}</td><td>{figure.cases}</td><td>{baseline}</td></tr>"
    )


def evaluation(data: Path, out: Path | None) -> str:
    """Measure the classifiers out of fold; give the table and write ``evaluation.json`` and ``.html`` into ``out``."""
    figures = evaluate(out_of_fold(data), rounds=ROUNDS)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_figures(out / "evaluation.json", figures)
        (out / "evaluation.html").write_text(page(figures), encoding="utf-8")
    return table(figures)
