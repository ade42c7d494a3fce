"""Calibrating on reviewed grades: refitted where enough is known, kept where not, and never overwriting."""

import json
from pathlib import Path

import numpy as np
import pytest
from review_making import SaidInText, review

from grader.calibration import AS_IT_IS, Calibration, CriterionCalibration, load
from grader.drift import OVERALL
from grader.problems import InputError
from grader.scorecard import fingerprint
from grader.scorecard import load as load_scorecard
from models.store import SHIPPED
from training import reviewed_artifact
from training.audit import audit, told
from training.corrections import Reviewed
from training.installed import keep_learnt, next_names, unlearnt
from training.reviewed_calibration import Refitted, calibrate_on_reviews

CARD = load_scorecard("service-zh")
KEY = fingerprint(CARD, next(c for c in CARD.criteria if c.id == "empathy"))


def standing(max_risk: float = 0.3) -> Calibration:
    """Give a calibration that takes the classifier at its word."""
    empathy = CriterionCalibration(
        id="empathy",
        met=AS_IT_IS,
        max_risk=max_risk,
        coverage=1,
        conversations=1,
    )
    return Calibration(name="before", criteria={KEY: empathy})


def reviews(count: int, *, right_when_sure: float, seed: int = 0) -> list[Reviewed]:
    """Review grades half of which are sure (.97 or .03) and half not (.7 or .3); of the unsure ones 70 % are right."""
    chance = np.random.default_rng(seed)
    made = []
    for number in range(count):
        sure, met = number % 2 == 0, bool(chance.random() < 0.5)
        said = (0.97 if sure else 0.7) if met else (0.03 if sure else 0.3)
        right = chance.random() < (right_when_sure if sure else 0.7)
        made.append(review(number, said, "met" if met == right else "not_met"))
    return made


def refit(given: list[Reviewed], before: Calibration) -> tuple[Calibration, Refitted]:
    """Calibrate on reviews of one criterion."""
    calibration, told = calibrate_on_reviews(
        given, [CARD], classifier=SaidInText(), standing=before, name="mine-1"
    )
    return calibration, next(one for one in told if one.id == "empathy")


def test_the_threshold_is_learnt_from_the_random_share() -> None:
    """Sure verdicts are answered, unsure ones go to review, and the promise is kept on folds that had no say."""
    calibration, found = refit(reviews(800, right_when_sure=0.99), standing(max_risk=0.4))
    assert found.outcome == "refitted"
    assert found.before.coverage == 1
    assert found.before.error > 0.1
    assert found.after.coverage == pytest.approx(0.5, abs=0.05)
    assert found.after.error <= 0.05
    assert calibration.name == "mine-1"
    assert calibration.max_risk(KEY) < 0.2
    assert calibration.error_rate == 0.05


def test_overconfidence_is_taken_back() -> None:
    """What reviewers find wrong in 15 % is no longer said with .97."""
    calibration, _ = refit(reviews(800, right_when_sure=0.85), standing())
    assert calibration.probability(KEY, 0.97) == pytest.approx(0.85, abs=0.06)


def test_few_reviews_change_nothing_and_say_how_many_more() -> None:
    """What stands is kept, and a number is told that would do."""
    few = [review(number, 0.97, "met") for number in range(20)]
    calibration, found = refit(few, standing())
    assert found.outcome == "too few"
    assert found.more_needed == 25
    assert calibration.criteria == standing().criteria
    enough = [review(number, 0.97, "met") for number in range(45)]
    assert refit(enough, standing())[1].outcome == "refitted"


def test_a_broken_promise_sends_everything_to_review() -> None:
    """Where what stands errs too often and nothing can be shown to keep the promise, the machine answers nothing."""
    bad = [review(number, 0.97, "not_met" if number % 4 == 0 else "met") for number in range(100)]
    calibration, found = refit(bad, standing())
    assert found.outcome == "promise broken"
    assert calibration.max_risk(KEY) == 0


def test_what_was_chosen_for_being_doubtful_sets_no_threshold() -> None:
    """Reviews without the random draw teach the map alone; appeals teach nothing."""
    sure = [review(number, 0.97, "met", reasons=("low_confidence:empathy",)) for number in range(300)]
    found = refit(sure, standing())[1]
    assert found.outcome == "too few"
    assert (found.reviews, found.before.reviewed) == (300, 0)
    appeals = [review(number, 0.97, "not_met", kind="appeal") for number in range(300)]
    _, told = calibrate_on_reviews(
        appeals, [CARD], classifier=SaidInText(), standing=standing(), name="mine-1"
    )
    assert told == []


def test_it_is_installed_beside_what_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new folder with card and manifest, loadable by its name; the shipped one's bytes and taken names are left alone."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path))
    monkeypatch.setattr("training.reviewed_artifact.turns.load", lambda _name: SaidInText())
    before = (SHIPPED / "criteria-1" / "calibration.json").read_bytes()
    given = [*reviews(400, right_when_sure=1.0), _foreign()]
    names = {"weights": "turns-1", "standing": "criteria-1", "scorecards": ["service-zh"]}
    outcome = reviewed_artifact.install(given, name="mine-1", **names)
    assert outcome.folder == tmp_path / "mine-1"
    assert load("mine-1").criteria.keys() == load("criteria-1").criteria.keys()
    assert "CALLGRADER_CALIBRATION=mine-1" in outcome.told
    assert "1 reviews are of grades by other version 9" in outcome.told
    assert "| service-zh | empathy | 400 | 400 | refitted |" in (tmp_path / "mine-1" / "card.md").read_text()
    assert (SHIPPED / "criteria-1" / "calibration.json").read_bytes() == before
    for taken in ("mine-1", "criteria-1", "../x"):
        with pytest.raises(InputError):
            reviewed_artifact.install(given, name=taken, **names)


def _foreign() -> Reviewed:
    other = review(9999, 0.9, "met")
    assert other.grade
    card = other.grade.scorecard.model_copy(update={"name": "other", "version": 9})
    return other.model_copy(update={"grade": other.grade.model_copy(update={"scorecard": card})})


def test_weights_know_what_they_learnt_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes beside the weights tell which reviews are not fit to judge them; shipped weights learnt from none."""
    monkeypatch.setenv("CALLGRADER_MODELS", str(tmp_path))
    assert unlearnt("turns-1", ["r-1"]) == [True]
    folder = tmp_path / "turns-2"
    folder.mkdir()
    keep_learnt(folder, ["r-1"])
    (folder / "manifest.json").write_text(json.dumps({"sha256": {}}))
    assert unlearnt("turns-2", ["r-1", "r-2"]) == [False, True]
    assert next_names("turns", "criteria") == ("turns-3", "criteria-3")


def test_drift_is_told_from_the_audit_share_alone() -> None:
    """Only what nothing but the draw sent to review is audited; verdicts that people cannot decide say nothing."""
    random = [review(number, 0.97, "not_met" if number % 4 == 0 else "met") for number in range(100)]
    others = [
        review(number, 0.6, "not_met", reasons=("escalation", "random_sample")) for number in range(100, 200)
    ]
    unsure = [review(200, 0.97, "abstained"), review(201, 0.97, "not_met", kind="appeal")]
    found = audit([*random, *others, *unsure], promise=0.05)
    assert {test.name: test.audited for test in found.tests} == {OVERALL: 100, "empathy": 100}
    assert found.drifted == (OVERALL, "empathy")
    assert told(found).startswith("Drift: more verdicts are wrong than the promised 5%")
    kept = audit([review(number, 0.97, "met") for number in range(30)], promise=0.05)
    assert told(kept).startswith("No drift shown")
