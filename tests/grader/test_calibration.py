"""Calibration maps raw probabilities and knows the risk it may answer with."""

import json
from pathlib import Path

import pytest

from grader.calibration import Calibration, CriterionCalibration, LogOddsMap, load
from models.store import ModelError, write_manifest

LEARNT = CriterionCalibration(
    id="script",
    met=LogOddsMap(slope=0.5, intercept=0, noise_sensitivity=0.5),
    applies=LogOddsMap(slope=2, intercept=0, noise_sensitivity=0),
    max_risk=0.2,
    coverage=0.8,
    conversations=100,
)
CALIBRATION = Calibration(name="test", criteria={"f": LEARNT})


def test_the_map_is_linear_on_log_odds() -> None:
    """Slope one half turns odds of 81 into odds of 9."""
    assert CALIBRATION.probability("f", 81 / 82) == pytest.approx(0.9)


def test_whether_it_applies_has_a_map_of_its_own() -> None:
    """Slope two turns odds of 3 into odds of 9, however uncertain the words; an unknown criterion keeps its odds."""
    assert CALIBRATION.probability("f", 3 / 4, question="applies", certainty=0.0) == pytest.approx(0.9)
    assert CALIBRATION.probability("other", 3 / 4, question="applies") == pytest.approx(3 / 4)


def test_an_unknown_criterion_keeps_its_probability_and_the_promised_risk() -> None:
    """Nothing learnt about one definition is applied to another."""
    assert CALIBRATION.probability("other", 0.8) == pytest.approx(0.8)
    assert CALIBRATION.max_risk("other") == CALIBRATION.error_rate
    assert CALIBRATION.max_risk("f") == 0.2


def test_uncertain_words_draw_towards_one_half() -> None:
    """With half of the log-odds resting on words heard with probability 0 the odds fall to their root."""
    assert CALIBRATION.probability("f", 81 / 82, certainty=0.0) == pytest.approx(3 / 4)
    assert CALIBRATION.probability("other", 0.8, certainty=0.0) == pytest.approx(0.5)


def test_words_heard_worse_than_ever_measured_turn_nothing_around() -> None:
    """Where less than half of the certainty loses all log-odds, less still leaves one half."""
    sensitive = LogOddsMap(slope=1, intercept=0, noise_sensitivity=2)
    assert sensitive.probability(0.9, certainty=0.0) == pytest.approx(0.5)


@pytest.mark.parametrize("raw", [0.0, 1.0])
def test_the_ends_stay_finite(raw: float) -> None:
    """Certain rule hits are mapped near to, never beyond, the ends."""
    assert CALIBRATION.probability("f", raw) == pytest.approx(raw, abs=0.01)


def test_calibration_is_read_from_the_models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed calibration is found by name and verified; a changed one is refused."""
    folder = tmp_path / "criteria-9"
    folder.mkdir()
    file = folder / "calibration.json"
    file.write_text(CALIBRATION.model_dump_json(), encoding="utf-8")
    write_manifest(folder)
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path))
    assert load("criteria-9") == CALIBRATION
    changed = json.loads(file.read_text(encoding="utf-8")) | {"error_rate": 0.5}
    file.write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(ModelError, match="differs from its manifest"):
        load("criteria-9")
