"""Figures as people read them: table, page, JSON, card, and the commands that make them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from training import cards
from training.evaluation import Figure
from training.report import table
from training.train import write_figures

FIGURES = [
    Figure(name="zh stc3 empathy kappa", value=0.95, low=0.93, high=0.97, cases=500, baseline=0.89),
    Figure(name="en written <rude> AP", value=float("nan"), low=0.1, high=0.4, cases=3, baseline=None),
]


def test_the_table_has_a_line_a_figure() -> None:
    """Value, interval, cases and baseline stand in one line; a missing baseline is empty."""
    first, second = table(FIGURES).splitlines()[1:]
    assert first.split() == ["zh", "stc3", "empathy", "kappa", "0.9500", "0.9300", "0.9700", "500", "0.8900"]
    assert second.split()[-1] == "3"


def test_what_could_not_be_measured_is_null(tmp_path: Path) -> None:
    """JSON has no NaN."""
    write_figures(tmp_path / "figures.json", FIGURES)
    assert json.loads((tmp_path / "figures.json").read_text())[1]["value"] is None


def test_the_card_says_what_matters() -> None:
    """Licence, provenance, figures with intervals, flip rates and limits are all there."""
    flips = cards.flips({"zh": {"filler": (0.0125, 800)}})
    card = cards.card("turns-1", cards.TURNS, FIGURES, extra=flips)
    for words in (
        "research",
        "model-assisted",
        "0.9300 to 0.9700",
        "| zh | filler | 1.25% | 800 |",
        "## Limits",
    ):
        assert words in card


@pytest.mark.parametrize("module", ["training.cli"])
def test_the_commands_import_light(module: str) -> None:
    """Registering the commands loads neither torch nor scikit-learn nor scipy."""
    code = f"import sys, {module}; print(sorted({{'torch', 'sklearn', 'scipy', 'numpy'}} & set(sys.modules)))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
