"""Figures as a person reads them: tables on screen, JSON and one self-contained page."""

from collections.abc import Sequence
from pathlib import Path

from training.assessment.assess import assess
from training.assessment.page import page
from training.assessment.text import text
from training.evaluation import ROUNDS, Figure
from training.predictions import out_of_fold


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


def evaluation(data: Path, out: Path | None) -> str:
    """Measure everything out of fold; give the tables and write ``evaluation.json`` and ``evaluation.html`` into ``out``."""
    assessment = assess(out_of_fold(data), rounds=ROUNDS)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "evaluation.json").write_text(assessment.as_json() + "\n", encoding="utf-8")
        (out / "evaluation.html").write_text(page(assessment), encoding="utf-8")
    return f"{table(assessment.figures)}\n{text(assessment)}"
