"""Learning on from corrections: what they teach, and that nothing is installed which does not help."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from review_making import BEGAN, CARD, review
from test_fitting import GOODS, TINY
from test_fitting import example as standing_example

from grader.calibration import load as load_calibration
from grader.codebook import VIOLATIONS
from grader.conversation import Conversation, Turn
from grader.grade import State
from models import turns
from models.interfaces import TurnLabels
from models.store import ModelError, artifact, write_manifest
from training import fit, relearning, train
from training.assessment.estimates import Estimate
from training.comparison import Comparison, compare
from training.corpus import CORRECTIONS, Example, kind
from training.corrected_examples import examples, labels_left
from training.corrections import Reviewed, Verdict
from training.dataset import Dataset, make_dataset
from training.installed import LEARNT, keep_learnt
from training.predictions import predicted, scores_out_of_fold
from training.relearning import FEWEST, relearn


def verdict(turn: int, label: str, value: str) -> Verdict:
    """Make a verdict on a label."""
    return Verdict(
        subject="label", turn=turn, label=label, value=value, by="user:1", at=BEGAN, scorecard=CARD
    )


POLITE: TurnLabels = {"courtesy": {"0": 0.1, "1": 0.1, "2": 0.8}, "violation": {"rude": 0.1, "blame": 0.1}}


def labelled(
    talk: Conversation,
    labels: Sequence[TurnLabels],
    *verdicts: Verdict,
    compliance: State = "met",
    reasons: Sequence[str] = ("random_sample",),
) -> Reviewed:
    """Make the review of a grade whose turns carry these labels and whose compliance the machine called so."""
    base = review(1, 0.9, "met", reasons=reasons)
    criteria = tuple(
        one.model_copy(update={"id": "compliance", "state": compliance}) for one in base.grade.criteria
    )
    grade = base.grade.model_copy(update={"turns": tuple(labels), "criteria": criteria})
    return base.model_copy(update={"conversation": talk, "grade": grade, "verdicts": verdicts})


def corrected(number: int, *, rude: bool, reasons: Sequence[str] = ("random_sample",)) -> Reviewed:
    """Make a review of an agent who is curt in words that the standing corpora do not hold, or is not.

    The machine called every one of them polite; only what it got wrong was corrected.
    """
    goods = GOODS[number % len(GOODS)]
    said = f"{goods}关我什么事" if rude else f"{goods}马上帮您看"
    conversation = Conversation(
        id=f"k-{number}",
        language="zh",
        turns=(Turn(speaker="customer", text=f"{goods}到哪了"), Turn(speaker="agent", text=said)),
    )
    verdicts = (
        (verdict(1, "violation:rude", "yes"), verdict(1, "courtesy", "0"), NOT_COMPLIANT) if rude else ()
    )
    return labelled(conversation, ({}, POLITE), *verdicts, reasons=reasons)


TALK = Conversation(
    id="x",
    language="zh",
    turns=(
        Turn(speaker="customer", text="烦死了"),
        Turn(speaker="agent", text="ＯＫ"),
        Turn(speaker="agent", text="嗯"),
    ),
)
CUSTOMER: TurnLabels = {
    "emotion": {"-2": 0.1, "-1": 0.7, "0": 0.2, "1": 0.0},
    "escalation": 0.3,
    "nugget": {"CNUG": 1.0},
}
RUDE: TurnLabels = {"courtesy": {"0": 0.6, "1": 0.4, "2": 0.0}, "violation": {"rude": 0.7, "blame": 0.2}}


def compliance(state: State) -> Verdict:
    """Make a verdict on compliance."""
    return Verdict(
        subject="criterion", criterion="compliance", value=state, by="key:1", at=BEGAN, scorecard=CARD
    )


NOT_COMPLIANT = compliance("not_met")


def test_labels_are_the_reviewers_and_where_they_let_it_stand_the_machines() -> None:
    """A corrected label takes the place of the machine's; nuggets are taken from reviewers alone."""
    verdicts = (
        verdict(0, "emotion", "-2"),
        verdict(1, "nugget", "HNUG"),
        verdict(1, "violation:blame", "yes"),
    )
    left = labels_left(labelled(TALK, (CUSTOMER, POLITE, RUDE), *verdicts, compliance="not_met"))
    customer, agent, other = left.turns
    assert (customer.levels, customer.flags) == ({"emotion": "-2"}, {"escalation": False})
    assert (customer.violations, customer.nugget) == (None, None)
    assert (agent.levels, agent.violations) == ({"courtesy": "2"}, frozenset({"blame"}))
    assert agent.nugget == {"HNUG": 1.0, "HNUG*": 0.0, "HNaN": 0.0}
    assert (other.levels, other.violations) == ({"courtesy": "0"}, frozenset({"rude"}))


def test_compliance_says_what_violations_there_are() -> None:
    """Compliant after review: none but affirmed ones. Not compliant though no turn has any: unknown where."""
    met = labels_left(labelled(TALK, (CUSTOMER, POLITE, RUDE), compliance("met"), compliance="not_met"))
    assert [turn.violations for turn in met.turns] == [None, frozenset(), frozenset()]
    missed = labels_left(labelled(TALK, (CUSTOMER, POLITE, POLITE), NOT_COMPLIANT))
    assert [turn.violations for turn in missed.turns] == [None, None, None]
    assert missed.turns[1].levels == {"courtesy": "2"}


def test_the_random_share_and_corrected_labels_are_learnt() -> None:
    """A verdict on compliance alone makes no example of a doubtful conversation; other languages are left out."""
    labels = (CUSTOMER, POLITE, RUDE)
    wrong = verdict(2, "courtesy", "1")
    (taught,) = examples([labelled(TALK, labels, wrong, reasons=("escalation",))], "zh")
    assert taught.gold == labels_left(labelled(TALK, labels, wrong))
    assert (taught.source, kind(taught.source), taught.provenance) == (
        CORRECTIONS,
        "corrections",
        CORRECTIONS,
    )
    assert (taught.conversation.turns[1].text, taught.redacted.turns[1].text) == ("ok", "ＯＫ")
    (drawn,) = examples([labelled(TALK, labels, compliance("met"))], "zh")
    assert [turn.levels for turn in drawn.gold.turns] == [
        {"emotion": "-1"},
        {"courtesy": "2"},
        {"courtesy": "0"},
    ]
    assert examples([labelled(TALK, labels, compliance("met"), reasons=("escalation",))], "zh") == []
    assert examples([labelled(TALK, labels, wrong)], "en") == []
    assert examples([labelled(TALK, ({}, {}, {}))], "zh") == []


@dataclass(frozen=True)
class Place:
    """Where weights stand that were fitted on the standing corpora."""

    models: Path
    standing: list[Example]


@pytest.fixture(scope="module")
def patch() -> "pytest.MonkeyPatch":
    """Patch for the whole module."""
    with pytest.MonkeyPatch.context() as patched:
        yield patched


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
    # Those too in which nothing was wrong, with all their labels: what was corrected alone would flatter any other weights.
    assert (found.comparisons[0].conversations, found.comparisons[0].labels) == (
        60,
        60 + 60 * len(VIOLATIONS),
    )
    assert found.comparisons[0].new_error < found.comparisons[0].old_error
    assert "CALLGRADER_TURN_MODEL=turns-2 CALLGRADER_CALIBRATION=criteria-2" in found.told
    assert turns.load("turns-2").name == "turns-2"
    assert load_calibration("criteria-2").name == "criteria-2"
    assert {path: path.read_bytes() for path in (place.models / "old-1").iterdir()} == before
    assert len(json.loads((artifact("turns-2") / LEARNT).read_text())["conversations"]) == 60
    card = (artifact("turns-2") / "card.md").read_text(encoding="utf-8")
    assert "Learnt also from 60 reviewed conversations" in card
    assert "| zh corrections courtesy kappa |" in card
    assert "| zh own" not in card
    again = relearn(reviews, Path("unread"), installed="turns-2")
    assert again.folder is None
    assert "has not seen are too few" in again.told


def test_what_the_weights_in_use_learnt_belongs_to_what_they_are_compared_by(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the standing corpora, weights that learnt from corrections are stood for by a fit on these corrections too."""
    reviews = [corrected(number, rude=True) for number in range(50)]
    train.train_turns({"zh": make_dataset(place.standing)}, _made(place.models / "old-2"))
    keep_learnt(place.models / "old-2", [one.key for one in reviews[:10]])
    write_manifest(place.models / "old-2")
    fitted: list[int] = []

    def comparisons(old: Mapping[str, Dataset], new: Mapping[str, Dataset], *_: object) -> list[Comparison]:
        fitted.extend(len(part["zh"].examples) for part in (old, new))
        return [compared("random share", *CHANCE)]

    monkeypatch.setattr(relearning, "_comparisons", comparisons)
    assert relearn(reviews, Path("unread"), installed="old-2").folder is None
    assert fitted == [50, 90]


def test_an_encoder_is_refused(place: Place) -> None:
    """Nothing that is fitted here could be compared with it on the standing corpora."""
    folder = _made(place.models / "encoder-1")
    (folder / "transformer.json").write_text("{}")
    write_manifest(folder)
    with pytest.raises(ModelError, match="encoder-1 is a fine-tuned encoder"):
        relearn([], Path("unread"), installed="encoder-1")


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


def test_what_was_chosen_for_being_wrong_or_looked_at_for_its_criteria_shows_nothing(place: Place) -> None:
    """Neither doubtful conversations nor confirmed ones count among the corrected ones of the random share."""
    doubtful = [corrected(number, rude=True, reasons=("low_confidence:empathy",)) for number in range(50)]
    confirmed = [corrected(number, rude=False) for number in range(50, 100)]
    assert f"{FEWEST} more are needed" in outcome([*doubtful, *confirmed]).told


def test_a_comparison_is_paired(place: Place) -> None:
    """The same predictions differ by nothing; surer right ones are better; other conversations are refused."""
    dataset = make_dataset(place.standing)
    said = predicted(dataset, scores_out_of_fold(dataset, "zh", TINY))
    same = compare("same", said, said)
    assert (same.change.value, same.better, same.worse) == (0, False, False)
    with pytest.raises(ValueError, match="different conversations"):
        compare("other", said, said[1:])
