"""``grader calibrate --reviews``: from reviews to a calibration of one's own, with its card."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.calibration import Calibration, load, save
from grader.scorecard import load as load_scorecard
from grader.scorecard import shipped
from models import turns
from training.corrections import Reviewed
from training.installed import fresh_folder, unlearnt
from training.reviewed_calibration import Answering, Refitted, calibrate_on_reviews
from training.reviewed_cases import graded_by

_CARD: Final = """# {name}: calibration on reviewed grades

Made from {standing} and {reviews} reviewed conversations by `grader calibrate --reviews`, for the weights {weights}. Maps of the
criteria named "refitted" were fitted on all reviews that triage asked for, their thresholds chosen on the random share
({random} conversations) alone: at most {error_rate:.0%} wrong verdicts among those answered automatically, with {confidence:.0%}
confidence (Learn then Test, arXiv 2110.01052). All else stands as in {standing}.

- **Label provenance:** the reviewers' verdicts; a criterion that a review left as it stood counts as confirmed.
- **Figures:** on the random share. After: each fifth with the map and the threshold that the other four chose. Intervals:
  95 %, exact.
- **Limits:** holds for conversations like those reviewed, and for these weights. A reviewer who confirms without looking
  makes the machine look better than it is.

{table}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a calibration on reviews."""

    folder: Path | None
    """Where it was installed; None where nothing could be refitted."""
    told: str
    """What a person should know, as text with a Markdown table."""


def install(
    everything: Sequence[Reviewed],
    *,
    name: str,
    weights: str,
    standing: str,
    scorecards: Sequence[str | Path] = (),
) -> Outcome:
    """Refit the criteria on reviews and install the result as ``name``.

    Args:
        everything: from ``training.corrections``.
        name: of the new calibration.
        weights: name of the turn labels' weights in use.
        standing: name of the calibration in use.
        scorecards: files or names of the scorecards that the grades were given by; those that ship where none is given.

    Raises:
        grader.problems.InputError: the name is taken.
        grader.scorecard.ScorecardError: a scorecard cannot be used.
        models.store.ModelError: weights or calibration are missing or damaged.
    """
    folder = fresh_folder(name)
    fresh = unlearnt(weights, [review.key for review in everything])
    reviews = [review for review, new in zip(everything, fresh, strict=True) if new]
    cards = [load_scorecard(card) for card in scorecards or shipped()]
    calibration, told = calibrate_on_reviews(
        reviews, cards, classifier=turns.load(weights), standing=load(standing), name=name
    )
    remarks = [
        f"{count} reviews are of grades by {card}, which was not given (--scorecard): left out."
        for card, count in graded_by(reviews, cards).items()
    ]
    if len(reviews) < len(everything):
        remarks.append(
            f"{len(everything) - len(reviews)} reviews are of conversations that {weights} learnt from: left out."
        )
    changed = any(one.outcome != "too few" for one in told)
    if changed:
        card = _card(calibration, told, reviews, weights=weights, standing=standing)
        save(folder, calibration, card)
        remarks.append(f"Installed in {folder}. Grade with it by CALLGRADER_CALIBRATION={name}.")
    else:
        remarks.append("Nothing was installed: too few reviews of the random share, see the last column.")
    return Outcome(folder=folder if changed else None, told="\n".join([table(told), "", *remarks]))


def table(told: Sequence[Refitted]) -> str:
    """Lay out what became of each criterion as a Markdown table."""
    head = (
        "| scorecard | criterion | reviews | random share | outcome | answered before | wrong before | answered after "
        "| wrong after | more reviews needed |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    return "\n".join([head, *map(_row, told)])


def _row(one: Refitted) -> str:
    more = "" if one.outcome != "too few" else "more than can be told" if one.more_needed is None else ""
    more = more or (f"about {one.more_needed}" if one.more_needed else "")
    cells = [one.scorecard, one.id, str(one.reviews), str(one.before.reviewed), one.outcome]
    cells += [_coverage(one.before), _error(one.before), _coverage(one.after), _error(one.after), more]
    return f"| {' | '.join(cells)} |"


def _coverage(answering: Answering) -> str:
    low, high = answering.coverage_interval
    return f"{answering.coverage:.0%} ({low:.0%} to {high:.0%})"


def _error(answering: Answering) -> str:
    if not answering.answered:
        return "none answered"
    low, high = answering.error_interval
    return f"{answering.error:.1%} ({low:.1%} to {high:.1%})"


def _card(
    calibration: Calibration,
    told: Sequence[Refitted],
    reviews: Sequence[Reviewed],
    *,
    weights: str,
    standing: str,
) -> str:
    return _CARD.format(
        name=calibration.name,
        standing=standing,
        reviews=len(reviews),
        weights=weights,
        random=max((one.before.reviewed for one in told), default=0),
        error_rate=calibration.error_rate,
        confidence=calibration.confidence,
        table=table(told),
    )
