// What reviewers said of a grade: of each criterion, of turns, and of the whole.

import { el } from "./page/dom.js";
import { decimal, known, local, t } from "./page/strings.js";
import { labelName, valueName } from "./labels.js";

/** Build the last word of people on each criterion, by its id; `done` has the latest review first. */
export function wordsOnCriteria(done) {
  const said = [...done].reverse().flatMap(({ verdicts }) => verdicts.filter(({ criterion }) => criterion));
  return new Map(said.map((verdict) => [verdict.criterion, humanWord(verdict)]));
}

/** Build the last word of people on the labels of each turn, by its index; `done` has the latest review first. */
export function wordsOnTurns(done) {
  const byTurn = new Map();
  for (const { turn, label, value } of [...done].reverse().flatMap(({ verdicts }) => verdicts)) {
    if (label) byTurn.set(turn, { ...byTurn.get(turn), [label]: t("label_is", { label: labelName(label), value: valueName(label, value) }) });
  }
  return new Map([...byTurn].map(([turn, said]) => [turn, wordOnTurn(Object.values(said))]));
}

/** Build what came of the reviews, and what each said in all; `done` has the latest review first. */
export function wordsOnGrade(done, grade) {
  return done.length > 0 ? [outcome(done[0], grade), reviewers(done)] : [];
}

function humanWord(verdict) {
  return el(
    "p",
    { class: `human-word is-${verdict.value}` },
    el("strong", {}, t("reviewer_said", { state: t(verdict.value) })),
    verdict.comment && ` ${verdict.comment}`,
    verdict.evidence.map(({ quote }) => [" ", el("q", { dir: "auto" }, quote)]).flat(),
  );
}

function wordOnTurn(said) {
  return el("p", { class: "human-word" }, el("strong", {}, t("reviewer_said", { state: said.join(t("dot")) })));
}

function outcome(review, grade) {
  if (review.outcome !== "corrected") return null;
  const number = (score) => (score === null ? "–" : decimal(score));
  const key = { true: "passed", false: "failed", null: "unscored" }[review.final_passed];
  const words = { score: number(review.final_score), verdict: t(key), machine: number(grade.score) };
  return el("p", { class: "after-review" }, t("after_review", words));
}

function reviewers(done) {
  return el(
    "section",
    { class: "reviews", "aria-label": t("reviews") },
    el("h3", {}, t("reviews")),
    done.map((review) =>
      el(
        "div",
        { class: "review-record" },
        el("p", { class: "hint" }, t("said_on", { outcome: known(review.outcome) ? t(review.outcome) : review.outcome, when: local(review.done_at) })),
        review.comment && el("p", {}, review.comment),
      ),
    ),
  );
}
