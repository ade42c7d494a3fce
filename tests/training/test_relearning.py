"""Learning on from corrections: what they teach, and that nothing is installed which does not help."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from review_making import BEGAN, CARD
from test_fitting import GOODS, TINY
from test_fitting import example as standing_example

from grader.calibration import load as load_calibration
from grader.conversation import Conversation, Turn
from models import turns
from models.store import artifact
from training import fit, relearning, train
from training.assessment.estimates import Estimate
from training.comparison import Comparison, compare
from training.corpus import Example
from training.corrected_examples import SOURCE, examples
from training.corrections import Reviewed, Verdict
from training.dataset import make_dataset
from training.installed import LEARNT
from training.predictions import predicted, scores_out_of_fold
from training.relearning import FEWEST, relearn


def verdict(turn: int, label: str, value: str) -> Verdict:
    """Make a verdict on a label."""
    return Verdict(
        subject="label", turn=turn, label=label, value=value, by="user:1", at=BEGAN, scorecard=CARD
    )


def corrected(number: int, *, rude: bool) -> Reviewed:
    """Make a review of an agent who is curt in words that the standing corpora do not hold, or is not."""
    goods = GOODS[number % len(GOODS)]
    said = f"{goods}关我什么事" if rude else f"{goods}马上帮您看"
    conversation = Conversation(
        id=f"k-{number}",
        language="zh",
        turns=(Turn(speaker="customer", text=f"{goods}到哪了"), Turn(speaker="agent", text=said)),
    )
    verdicts = (
        verdict(1, "violation:rude", "yes" if rude else "no"),
        verdict(1, "courtesy", "0" if rude else "2"),
    )
    return Reviewed(conversation=conversation, verdicts=verdicts)


def test_reviewers_labels_are_taken_and_nothing_else() -> None:
    """Levels, flags, violations and nuggets become gold; what nobody judged is unknown; other languages are left out."""
    talk = Conversation(
        id="x",
        language="zh",
        turns=(
            Turn(speaker="customer", text="烦死了"),
            Turn(speaker="agent", text="ＯＫ"),
            Turn(speaker="agent", text="嗯"),
        ),
    )
    compliance = Verdict(
        subject="criterion", criterion="compliance", value="met", by="key:1", at=BEGAN, scorecard=CARD
    )
    verdicts = (
        verdict(0, "emotion", "-2"),
        verdict(0, "escalation", "no"),
        verdict(1, "nugget", "HNUG"),
        verdict(1, "violation:blame", "yes"),
        compliance,
    )
    (found,) = examples([Reviewed(conversation=talk, verdicts=verdicts)], "zh")
    customer, agent, other = found.gold.turns
    assert (customer.levels, customer.flags, customer.violations) == (
        {"emotion": "-2"},
        {"escalation": False},
        None,
    )
    assert agent.violations == frozenset({"blame"})
    assert agent.nugget == {"HNUG": 1.0, "HNUG*": 0.0, "HNaN": 0.0}
    assert other.violations == frozenset()
    assert found.conversation.turns[1].text == "ok"
    assert found.redacted.turns[1].text == "ＯＫ"
    assert found.source == SOURCE
    assert examples([Reviewed(conversation=talk, verdicts=verdicts)], "en") == []
    assert examples([Reviewed(conversation=talk)], "zh") == []


@dataclass(frozen=True)
class Place:
    """Where weights stand that were fitted on the standing corpora."""

    models: Path
    standing: list[Example]


@pytest.fixture(scope="module")
def patch() -> "pytest.MonkeyPatch":
    """Patch for the whole module."""
    with pytest.MonkeyPatch.context() as patched:
        yield patched  # type: ignore[misc]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> Place:
    """Fit tiny weights on forty invented conversations and install them as old-1."""
    models = tmp_path_factory.mktemp("models")
    standing = [
        replace(standing_example(number), source="stc3" if number < 20 else "dev_zh") for number in range(40)
    ]
    patch.setenv("CALLGRADER_MODELS", str(models))
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    patch.setitem(fit.OPTIONS, "zh", TINY)
    patch.setattr(train, "ROUNDS", 3)
    patch.setattr(relearning, "LANGUAGES", ("zh",))
    patch.setattr(relearning, "read_corpus", lambda _data, _language: standing)
    train.train_turns({"zh": make_dataset(standing)}, _made(models / "old-1"))
    return Place(models=models, standing=standing)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def outcome(reviews: Sequence[Reviewed]) -> relearning.Outcome:
    """Learn on from reviews."""
    return relearn(reviews, Path("unread"), installed="old-1")


def test_what_helps_is_installed_beside_the_old(place: Place) -> None:
    """New weights know the reviewers' words, stand under a new name with their calibration, and say what they learnt from."""
    before = {path: path.read_bytes() for path in (place.models / "old-1").iterdir()}
    reviews = [corrected(number, rude=number % 2 == 0) for number in range(60)]
    found = outcome(reviews)
    assert found.folder == place.models / "turns-2"
    assert found.comparisons[0].better
    assert found.comparisons[0].new_error < found.comparisons[0].old_error
    assert "CALLGRADER_TURN_MODEL=turns-2 CALLGRADER_CALIBRATION=criteria-2" in found.told
    assert turns.load("turns-2").name == "turns-2"
    assert load_calibration("criteria-2").name == "criteria-2"
    assert {path: path.read_bytes() for path in (place.models / "old-1").iterdir()} == before
    assert len(json.loads((artifact("turns-2") / LEARNT).read_text())["conversations"]) == 60
    assert "reviewers corrected" in (artifact("turns-2") / "card.md").read_text(encoding="utf-8")
    again = relearn(reviews, Path("unread"), installed="turns-2")
    assert again.folder is None
    assert "has not seen are too few" in again.told


def compared(name: str, low: float, high: float) -> Comparison:
    """Make a comparison whose change in loss has this interval."""
    change = Estimate(value=(low + high) / 2, low=low, high=high)
    return Comparison(
        name=name,
        conversations=9,
        labels=9,
        old_loss=1,
        new_loss=1,
        change=change,
        old_error=0.1,
        new_error=0.1,
    )


BETTER, CHANCE, WORSE = (-0.3, -0.1), (-0.1, 0.2), (0.1, 0.3)


@pytest.mark.parametrize(
    ("corrections", "standing", "words"),
    [
        (BETTER, [CHANCE, BETTER], None),
        (CHANCE, [BETTER, BETTER], "not better than old-1 beyond chance"),
        (WORSE, [BETTER], "not better than old-1 beyond chance"),
        (BETTER, [CHANCE, WORSE], "worse on standing 1, beyond chance"),
    ],
)
def test_only_what_helps_without_harm_is_installed(
    corrections: tuple[float, float], standing: list[tuple[float, float]], words: str | None
) -> None:
    """Better on the corrections beyond chance, and worse on nothing else beyond chance; otherwise it is said why not."""
    rows = [compared("corrections", *corrections)]
    rows += [compared(f"standing {number}", *change) for number, change in enumerate(standing)]
    assert relearning.helps(rows) is (words is None)
    if words:
        assert words in relearning.verdict(rows, None, "old-1")


def test_too_few_corrections_cost_no_fit(place: Place) -> None:
    """Below what could show anything, nothing is fitted, and it is told how many more are needed."""
    found = outcome([corrected(number, rude=True) for number in range(10)])
    assert found.folder is None
    assert f"{FEWEST - 10} more are needed" in found.told


def test_a_comparison_is_paired(place: Place) -> None:
    """The same predictions differ by nothing; surer right ones are better; other conversations are refused."""
    dataset = make_dataset(place.standing)
    said = predicted(dataset, scores_out_of_fold(dataset, "zh", TINY))
    same = compare("same", said, said)
    assert (same.change.value, same.better, same.worse) == (0, False, False)
    with pytest.raises(ValueError, match="different conversations"):
        compare("other", said, said[1:])
