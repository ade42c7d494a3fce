"""Making the shipped calibration of the criteria: files, card, manifest."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grader.calibration import DEFAULT, save
from grader.scorecard import load, shipped
from training.automation import Automation, automation
from training.corpus import Kind
from training.criteria import MOST_RISK, CriterionFigures, fit_calibration
from training.dataset import Dataset
from training.fit import OPTIONS
from training.predictions import predicted, scores_out_of_fold
from training.prevalence import FAILING

if TYPE_CHECKING:
    from training.predicted import Predicted

ORIGINS: Final[Mapping[Kind, str]] = {
    "stc3": "real (STC-3)",
    "written": "written for the data folder",
    "own": "written for the project",
    "corrections": "corrected by reviewers",
}

CARD: Final = """# {name}: calibration of the criteria

Maps what each criterion of the shipped scorecards comes to (does it apply, is it met where it does) to calibrated
probabilities, and says up to which risk of the verdict (met, not met, or not applicable) the machine answers alone: at most {error_rate:.0%} wrong verdicts among the answered, with {confidence:.0%} confidence (Learn then
Test, arXiv 2110.01052; `training/risk_control.py`), no single verdict of more than {most_risk:.0%} risk, and of a criterion that
can be fatal (compliance) none of more than {error_rate:.0%}: faults are rare there, and an average would let them pass.

- **Made by** `grader train`, from out-of-fold labels of the turn classifier ({turns}): no conversation was seen by the
  weights that labelled it. Maps and thresholds behind the figures below were fitted on other folds too; the highest risk in
  the table is that of all folds, which ships.
- **Data:** the STC-3 conversations with codebook labels, and the written conversations. STC-3 text is for research only.
- **Label provenance:** model-assisted annotation after the codebook (STC-3), model-assisted writing and labelling (written).
  A verdict counts as right where it agrees with the one that the scorecard gives on the annotators' labels; script and
  compliance of written conversations with their authors' own verdicts.
- **Prevalence:** of the project's own conversations half fail compliance, because they were written in pairs; they are weighed
  so that {failing:.0%} of them do, as in the data folder (`training/prevalence.py`). The figures below are unweighed.
- **Limits:** the promise holds for conversations like these. Real ones of another business differ: the random audit share
  tells, and `grader calibrate` on one's own reviewed conversations mends it. Written conversations are few; English rests on translations of the Mandarin labels for the most part.

"ECE" is that of the probability of being met, where the criterion applied; beside it that of applying.

| scorecard | criterion | conversations | applies | met | wrong, all answered | ECE | ECE of applying | max. risk | answered | wrong among answered |
|---|---|---|---|---|---|---|---|---|---|---|
{rows}

A conversation is answered without a person where no criterion is in doubt and nothing else asks for one (a fatal fault, a threat
to escalate); the random tenth comes off afterwards.

| scorecard | conversations | answered without a person | of these with some wrong verdict |
|---|---|---|---|
{automation}
"""


def make_calibration(
    datasets: Mapping[str, Dataset], out: Path, *, turns: str, name: str = DEFAULT
) -> list[CriterionFigures]:
    """Fit and save the calibration; give its figures.

    Args:
        datasets: the conversations of each language.
        out: where the folder of the calibration goes.
        turns: name of the weights it belongs to.
        name: of the calibration.
    """
    written: list[Predicted] = []
    misheard: list[Predicted] = []
    for language, dataset in datasets.items():
        scores = scores_out_of_fold(dataset, language, OPTIONS[language])
        noisy = scores_out_of_fold(dataset, language, OPTIONS[language], wording="heard")
        written += predicted(dataset, scores)
        misheard += predicted(dataset, scores, noisy)
    calibration, figures = fit_calibration(written, misheard, name=name)
    card = CARD.format(
        name=name,
        error_rate=calibration.error_rate,
        confidence=calibration.confidence,
        most_risk=MOST_RISK,
        failing=FAILING,
        turns=turns,
        rows=table(figures),
        automation=_automation_rows(
            [
                row
                for scorecard in map(load, shipped())
                for row in automation(
                    written,
                    scorecard,
                    error_rate=calibration.error_rate,
                    confidence=calibration.confidence,
                )
            ]
        ),
    )
    save(out / name, calibration, card)
    return figures


def table(figures: Sequence[CriterionFigures]) -> str:
    """Give the figures as rows of a Markdown table."""
    return "\n".join(
        f"| {f.scorecard} | {f.id} | {f.conversations} | {f.applies:.2f} | {f.met:.2f} | {f.error:.3f} | {f.ece:.3f} "
        f"| {'' if f.applies_ece is None else f'{f.applies_ece:.3f}'} | {f.max_risk:.3f} "
        f"| {f.coverage:.0%} | {f.answered_error:.3f} |"
        for f in figures
    )


def _automation_rows(found: Sequence[Automation]) -> str:
    return "\n".join(
        f"| {one.scorecard} | {one.conversations} {ORIGINS[one.kind]} | {one.answered / one.conversations:.0%} "
        f"| {one.wrong / max(one.answered, 1):.1%} |"
        for one in found
    )
