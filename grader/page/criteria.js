// The criteria of one grade: state, probability, points, reason and evidence.

import { el } from "./dom.js";
import { clock, decimal, percent, t } from "./strings.js";

export const SYMBOLS = { met: "✓", not_met: "✕", not_applicable: "–", abstained: "?", not_evaluated: "∅" };

/** Build the small mark of a state: colour, symbol and, for those who hear the page, words. */
export function stateMark(state, name) {
  const words = name ? `${name}: ${t(state)}` : t(state);
  return el("span", { class: `state is-${state}`, role: "img", "aria-label": words, title: words }, SYMBOLS[state]);
}

/**
 * Build the list of criteria. `open(criterion)` tells whether reason and evidence show before they are asked for.
 *
 * `view` is `{conversation, grade, nameOf}`. `onEvidence(criterion, evidence)` is called with indexes when a quote is
 * chosen, `onPoint(criterion)` when a criterion is pointed at or focused, with null when it no longer is. `below(index)`
 * gives what stands below a criterion, if anything.
 */
export function renderCriteria(view, { open, onEvidence, onPoint, below = () => null }) {
  return el(
    "ol",
    { class: "criteria" },
    view.grade.criteria.map((criterion, index) =>
      el(
        "li",
        {
          class: `criterion is-${criterion.state}`,
          "data-criterion": index,
          tabindex: -1,
          onmouseenter: () => onPoint(index),
          onmouseleave: () => onPoint(null),
          onfocusin: () => onPoint(index),
          onfocusout: () => onPoint(null),
        },
        el(
          "details",
          { open: open(criterion) },
          el(
            "summary",
            {},
            el(
              "span",
              { class: "criterion-head" },
              el("span", { class: `state is-${criterion.state}`, "aria-hidden": "true" }, SYMBOLS[criterion.state]),
              el("span", { class: "criterion-name" }, view.nameOf(criterion.id)),
              el("span", { class: "criterion-state" }, t(criterion.state)),
            ),
            criterionFigures(criterion),
          ),
          criterion.reason && el("p", { class: "reason" }, criterion.reason),
          criterion.evidence.length > 0 && quotes(view, criterion, index, onEvidence),
        ),
        below(index),
      ),
    ),
  );
}

/** What applies this surely needs no telling. */
const SURELY = 0.95;

function criterionFigures(criterion) {
  const doubtful = typeof criterion.applicability === "number" && criterion.applicability < SURELY;
  const judged = criterion.probability !== null;
  return [
    judged && el("span", { class: "criterion-figures" }, probability(criterion), points(criterion)),
    doubtful && el("span", { class: "criterion-figures" }, applicability(criterion)),
  ];
}

function applicability(criterion) {
  return el(
    "span",
    { class: "applicability", title: t("applicability") },
    t("applies", { share: percent(criterion.applicability) }),
  );
}

function probability(criterion) {
  const bar = el("span", { class: "bar", "aria-hidden": "true" }, el("span", { class: "bar-fill" }));
  bar.firstChild.style.inlineSize = `${criterion.probability * 100}%`;
  return el(
    "span",
    { class: "probability", title: t("probability") },
    bar,
    el("span", { class: "hidden" }, `${t("probability")}: `),
    percent(criterion.probability),
  );
}

function points(criterion) {
  const values = { points: decimal(criterion.points), max: decimal(criterion.max_points) };
  return el("span", { class: "points" }, criterion.max_points ? t("points", values) : t("no_points"));
}

function quotes(view, criterion, index, onEvidence) {
  return el(
    "ul",
    { class: "quotes", "aria-label": t("evidence") },
    criterion.evidence.map((evidence, number) => {
      const turn = view.conversation.turns[evidence.turn];
      const place = turn?.start === undefined ? t("turn_n", { n: evidence.turn + 1 }) : clock(turn.start);
      return el(
        "li",
        {},
        el(
          "button",
          {
            type: "button",
            class: "quote",
            "data-evidence": `${index}.${number}`,
            onclick: () => onEvidence(index, number),
          },
          el("span", { class: "quote-place" }, place),
          el("q", { dir: "auto" }, evidence.quote || turn?.text || ""),
        ),
      );
    }),
  );
}
