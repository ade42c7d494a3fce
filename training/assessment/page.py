"""The evaluation as one page that needs nothing else: tables, plots, and who labelled what."""

from collections.abc import Sequence
from html import escape
from typing import Final

from training.assessment.agreement import LabelAgreement
from training.assessment.assess import Assessment, GroupAssessment
from training.assessment.confidence import CONFIDENCE, ERROR_RATE, CriterionConfidence
from training.assessment.groups import FEWEST
from training.assessment.known import (
    ANNOTATORS_SOURCE,
    BASELINE_SOURCE,
    CODEBOOK_SOURCE,
    KAPPAS,
    KNOWN_CORPUS,
    PUBLISHED_LIFT,
    PUBLISHED_PRECISION,
    REVIEW_EFFORT,
)
from training.assessment.pieces import confusion, figure, line, number, plain, share, table
from training.assessment.plots import interval_bar, recall_plot, reliability_plot, risk_coverage_plot
from training.assessment.ranking import WorstFound
from training.assessment.style import STYLE
from training.evaluation import Figure
from training.verdict_cases import STATES

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>callgrader: evaluation</title><style>{style}</style></head><body><main>
<h1>Evaluation</h1>
<p class="quiet">{conversations} conversations. Everything is measured out of fold: five folds grouped by conversation (a
conversation and its translation share one); weights, blend, calibration and thresholds never saw what they are judged on.
Intervals: 95%, bootstrap over conversations.</p>
<nav><a href="#worst">The worst conversations</a><a href="#criteria">Criteria and confidence</a><a href="#labels">Labels of
turns</a><a href="#groups">By language, channel, industry</a><a href="#figures">All figures</a><a href="#sources">Who
labelled what</a></nav>
{cards}
<h2 id="worst">Finding the worst conversations</h2>
<p>Which share of the worst fifth is found when people look at the fifth that the machine ranks worst. Dashed: random
sampling. Dotted: {lift:g} times random, the best published figure (Zweig et al., ICASSP 2006). Saon et al. (SLT 2006) reach
{precision:.0%} precision at half of the worst fifth found.</p>
{worst}
<h3>What to review, to learn most</h3>
<p>Errors that people find when they review what <code>grader select</code> chooses, in units of what they find in as many
conversations drawn at random.</p>
{selection}
<h2 id="criteria">Criteria: does the machine know when it is wrong?</h2>
<p>Risk-coverage: the verdicts are answered surest first; the line is the share of wrong ones among them, the dashed line the
promise of {error_rate:.0%}, the dot the learnt threshold that keeps it with {confidence:.0%} confidence (Learn then Test). AURC is
the area under that line: the mean error rate over all coverages, lower is better. Reliability: what is said with some
probability should come true as often; dots are larger where there are more cases.</p>
{criteria}
<h2 id="labels">Labels of turns</h2>
<p class="key">Kappa is Cohen's, alpha Krippendorff's (nominal), ECE the expected calibration error of the called value. In
the bars, {baseline_key} marks the first baseline and {human_key} an annotator of the final codebook; both were measured on other,
held-out real Mandarin conversations.</p>
{labels}
<h2 id="groups">By language, channel and industry</h2>
<p>Groups of fewer than {fewest} conversations are counted and measured together only.</p>
{groups}
<h2 id="figures">All figures of the classifiers</h2>
<details><summary>{count} figures, as the model card tells them (beside an ECE: what it would be by chance if the
probabilities were right)</summary><div class="panel">{figures}</div></details>
<h2 id="sources">Who labelled what</h2>
<div class="panel">{sources}</div>
</main></body></html>
"""


def page(assessment: Assessment) -> str:
    """Lay the evaluation out as one HTML page."""
    corpora = assessment.of("corpus")
    return _PAGE.format(
        style=STYLE,
        conversations=f"{assessment.conversations:,}",
        cards=_cards(corpora),
        lift=PUBLISHED_LIFT,
        precision=PUBLISHED_PRECISION,
        worst=_worst(corpora),
        selection=_selection(assessment.of("language")),
        error_rate=ERROR_RATE,
        confidence=CONFIDENCE,
        criteria="".join(map(_criteria, (one for one in assessment.of("language") if one.criteria))),
        baseline_key=_key("baseline"),
        human_key=_key("human"),
        labels="".join(map(_labels, (one for one in corpora if one.labels))),
        fewest=FEWEST,
        groups=_groups(assessment),
        count=len(assessment.figures),
        figures=_figures(assessment.figures),
        sources=_sources(corpora),
    )


def _cards(corpora: Sequence[GroupAssessment]) -> str:
    cards = []
    for corpus in corpora:
        if not corpus.name.endswith("real"):
            continue
        for worst in corpus.worst[:1]:
            text = f"of the worst fifth found in {REVIEW_EFFORT:.0%} of the conversations, {worst.lift.value:.1f} times random"
            cards.append(_card(f"{worst.recall.value:.0%}", text, corpus.name))
        for one in corpus.criteria:
            if one.id == "script":
                text = f"of the script verdicts answered automatically, {one.answered_error.value:.1%} of them wrong"
                cards.append(_card(f"{one.answered.value:.0%}", text, corpus.name))
    return f'<div class="cards">{"".join(cards)}</div>'


def _card(number: str, text: str, where: str) -> str:
    return f'<div class="card"><strong>{number}</strong>{escape(text)}<div class="quiet">{escape(where)}</div></div>'


def _worst(corpora: Sequence[GroupAssessment]) -> str:
    found = [(corpus, worst) for corpus in corpora for worst in corpus.worst]
    plots = "".join(_worst_plot(corpus, worst) for corpus, worst in found)
    rows = [
        [
            escape(corpus.name),
            escape(worst.judge),
            escape(worst.ranked_by),
            f"{worst.conversations:,}",
            share(worst.recall),
            number(worst.lift, 2),
            share(worst.precision_at_half),
        ]
        for corpus, worst in found
    ]
    heads = [
        "corpus",
        "who says how bad",
        "ranked by",
        "conversations",
        "found at 20%",
        "times random",
        "precision at half found",
    ]
    return f'<div class="grid">{plots}</div><div class="panel">{table(heads, rows, words=3)}</div>'


def _worst_plot(corpus: GroupAssessment, worst: WorstFound) -> str:
    plot = recall_plot(
        worst.curve, effort=REVIEW_EFFORT, lift=PUBLISHED_LIFT, title=f"Worst fifth found, {corpus.name}"
    )
    return figure(corpus.name, f"judged by {worst.judge}; {worst.recall.value:.0%} found at 20%", plot)


def _selection(groups: Sequence[GroupAssessment]) -> str:
    heads = ["language", "labels", "reviewed", "wrong verdicts", "wrong labels", "wrong labels a label"]
    rows = [
        [
            escape(group.name),
            escape(group.provenance),
            f"{gain.budget:.0%} <small>{gain.reviewed:,}</small>",
            f"{gain.verdicts:.2f}",
            f"{gain.labels:.2f}",
            f"{gain.labels_a_turn:.2f}",
        ]
        for group in groups
        for gain in group.selection
    ]
    return f'<div class="panel">{table(heads, rows, words=2)}</div>'


def _criteria(group: GroupAssessment) -> str:
    curves = "".join(
        figure(
            one.name,
            f"AURC {one.aurc.value:.4f}; {one.answered.value:.0%} answered",
            risk_coverage_plot(
                one.curve,
                promise=ERROR_RATE,
                answered=(one.answered.value, one.answered_error.value),
                title=f"Risk and coverage: {one.id}",
            ),
        )
        for one in group.criteria
    )
    bins = "".join(
        figure(
            one.name,
            f"ECE {one.ece.value:.3f} ({one.ece.low:.3f} to {one.ece.high:.3f})",
            reliability_plot(one.reliability, title=f"Reliability: {one.id}"),
        )
        for one in group.criteria
    )
    return (
        f"<h3>{escape(group.name)}</h3>{_criteria_table(group)}<h3>{escape(group.name)}: risk and coverage</h3>"
        f'<div class="grid">{curves}</div><h3>{escape(group.name)}: reliability</h3><div class="grid">{bins}</div>'
        f"<details><summary>Confusion matrices, {escape(group.name)}</summary>"
        f'<div class="panel confusions">{"".join(map(_criterion_confusion, group.criteria))}</div></details>'
    )


def _criteria_table(group: GroupAssessment) -> str:
    heads = [
        "criterion",
        "conversations",
        "applies",
        "met where it does",
        "wrong, all answered",
        "kappa",
        "alpha",
        "ECE",
        "AURC",
        "coverage at 5% error",
        "answered at the promise",
        "wrong among them",
    ]
    rows = [
        [
            f"{escape(one.name)} <small>{escape(one.id)}</small>",
            f"{one.conversations:,}",
            f"{one.applies:.0%}",
            f"{one.met:.0%}",
            share(one.error, 1),
            number(one.kappa, 2),
            number(one.alpha, 2),
            number(one.ece, 3),
            number(one.aurc, 4),
            share(one.coverage_at_error),
            share(one.answered),
            share(one.answered_error, 1),
        ]
        for one in group.criteria
    ]
    return f'<div class="panel">{table(heads, rows, caption=f"Labels: {group.provenance}.")}</div>'


def _labels(group: GroupAssessment) -> str:
    known = group.name == KNOWN_CORPUS
    heads = ["label", "turns", "kappa", "", "alpha", "accuracy", "ECE"]
    heads += ["baseline", "annotators", "final codebook"] if known else []
    rows = [_label_row(one, known=known) for one in group.labels]
    return (
        f"<h3>{escape(group.name)}</h3>"
        f'<div class="panel">{table(heads, rows, caption=f"Labels: {group.provenance}.")}</div>'
        f"<details><summary>Confusion matrices and reliability, {escape(group.name)}</summary>"
        f'<div class="panel confusions">{"".join(confusion(one.label, one.values, one.confusion) for one in group.labels)}</div>'
        f'<div class="grid">{"".join(map(_label_reliability, group.labels))}</div></details>'
    )


def _label_row(one: LabelAgreement, *, known: bool) -> list[str]:
    other = KAPPAS.get(one.label) if known else None
    marks = (
        [
            (other.baseline, "baseline", "first baseline"),
            (other.codebook, "human", "annotator, final codebook"),
        ]
        if other
        else []
    )
    row = [
        escape(one.label.replace("violation:", "violation: ")),
        f"{one.turns:,}",
        number(one.kappa, 3),
        interval_bar(one.kappa.value, one.kappa.low, one.kappa.high, marks=marks),
        number(one.alpha, 3),
        f"{one.accuracy.value:.1%}",
        number(one.ece, 3),
    ]
    if known:
        row += (
            [
                f"{other.baseline:.2f}",
                f"{other.annotators[0]:.2f} to {other.annotators[1]:.2f}",
                f"{other.codebook:.2f}",
            ]
            if other
            else ["", "", ""]
        )
    return row


def _label_reliability(one: LabelAgreement) -> str:
    plot = reliability_plot(one.reliability, title=f"Reliability: {one.label}")
    return figure(one.label.replace("violation:", "violation: "), f"ECE {one.ece.value:.3f}", plot)


def _criterion_confusion(one: CriterionConfidence) -> str:
    return confusion(
        one.name, [state.replace("_", " ") for state in STATES[: len(one.confusion)]], one.confusion
    )


def _groups(assessment: Assessment) -> str:
    parts = []
    for dimension in ("language", "channel", "industry"):
        groups = assessment.of(dimension)
        parts.append(f"<h3>By {dimension}</h3>{_group_criteria(groups)}{_group_labels(groups)}")
    return "".join(parts)


def _group_criteria(groups: Sequence[GroupAssessment]) -> str:
    heads = [
        "group and criterion",
        "conversations",
        "wrong, all answered",
        "ECE",
        "AURC",
        "coverage at 5% error",
    ]
    heads += ["answered at the promise", "wrong among them"]
    body = ""
    for group in groups:
        body += _group_head(group, len(heads))
        for one in group.criteria:
            body += line(
                [
                    escape(one.name),
                    f"{one.conversations:,}",
                    share(one.error, 1),
                    number(one.ece, 3),
                    number(one.aurc, 4),
                    share(one.coverage_at_error),
                    share(one.answered),
                    share(one.answered_error, 1),
                ]
            )
        for worst in group.worst:
            text = f"worst fifth found at 20%, judged by {worst.judge}: {share(worst.recall)}, "
            text += f"{number(worst.lift, 2)} times random"
            body += f'<tr><td colspan="{len(heads)}">{text}</td></tr>'
    return f'<div class="panel"><table>{line(heads, cell="th")}{body}</table></div>'


def _group_labels(groups: Sequence[GroupAssessment]) -> str:
    labels = list(dict.fromkeys(one.label for group in groups for one in group.labels))
    heads = ["kappa", *(group.name for group in groups)]
    rows = []
    for label in labels:
        row = [escape(label.replace("violation:", "violation: "))]
        for group in groups:
            own = next((one for one in group.labels if one.label == label), None)
            row.append("too few" if own is None else f"{number(own.kappa, 2)} <small>n {own.turns:,}</small>")
        rows.append(row)
    return (
        f"<details><summary>Labels of turns</summary><div class='panel'>{table(heads, rows)}</div></details>"
    )


def _group_head(group: GroupAssessment, columns: int) -> str:
    small = "" if group.measured else ": too few to measure"
    return (
        f'<tr class="head"><td colspan="{columns}">{escape(group.name)}, {group.conversations:,} conversations{small} '
        f'<span class="source">{escape(group.provenance)}</span></td></tr>'
    )


def _figures(figures: Sequence[Figure]) -> str:
    rows = [
        [
            escape(one.name),
            plain(one.value),
            f"{plain(one.low)} to {plain(one.high)}",
            f"{one.cases:,}",
            "" if one.baseline is None else f"{one.baseline:.4g}",
        ]
        for one in figures
    ]
    return table(["figure", "value", "95% interval", "cases", "baseline"], rows)


def _sources(corpora: Sequence[GroupAssessment]) -> str:
    rows = [[escape(one.name), escape(one.provenance), f"{one.conversations:,}"] for one in corpora]
    others = "".join(
        f"<li>{escape(text)}</li>"
        for text in (
            f"First baseline: {BASELINE_SOURCE}.",
            f"Annotators: {ANNOTATORS_SOURCE}.",
            f"Final codebook: {CODEBOOK_SOURCE}.",
            "All annotators are model-assisted and follow one codebook: their agreement overstates what people reach.",
        )
    )
    return f"{table(['corpus', 'labels', 'conversations'], rows, words=2)}<ul>{others}</ul>"


def _key(kind: str) -> str:
    return f'<svg width="12" height="18"><line x1="6" x2="6" y1="1" y2="17" class="{kind}"/></svg>'
