// What else is known of one conversation: why it goes to a person or not, its timing, its recognition, its outcome.

import { el } from "./dom.js";
import { decimal, known, percent, span, t } from "./strings.js";

const LEVELS = ["-2", "-1", "0", "1", "2"];

/** Put a reason of the triage into words; `prefix` chooses the short form. */
export function reasonText(reason, nameOf, prefix = "") {
  const [kind, about = ""] = reason.split(/:(.*)/s);
  const key = prefix || kind !== "not_evaluated" ? `${prefix}${kind}` : "not_evaluated_reason";
  if (!known(key)) return reason;
  return t(key, { what: kind === "fatal" && known(about) ? t(about) : nameOf(about) });
}

/** Build the decision with its reasons. */
export function renderTriage({ grade, nameOf }) {
  const { decision, reasons } = grade.triage;
  const words = decision === "auto" ? t("triage_auto") : t("triage_review");
  return el(
    "div",
    { class: `triage ${decision}` },
    el("p", {}, el("strong", {}, `${decision === "auto" ? "⚙" : "⚑"} ${t(decision)}. `), words),
    reasons.length > 0 &&
      el("ul", {}, reasons.map((reason) => el("li", {}, reasonText(reason, nameOf)))),
  );
}

/** Build the figures of timing and recognition that were measured, and the outcome; `open` shows them at once. */
export function renderFacts({ conversation, grade }, { open }) {
  const outcome = Object.entries(grade.outcome);
  return el(
    "details",
    { class: "more", open },
    el("summary", {}, t("facts")),
    figures(t("timing"), timing(conversation, grade.timing)),
    figures(t("hearing"), hearing(conversation)),
    outcome.length > 0 &&
      el(
        "section",
        { class: "facts" },
        el("h3", {}, t("outcome")),
        el("p", { class: "hint" }, t("outcome_hint")),
        el("ul", { class: "outcome" }, outcome.map(([scale, shares]) => distribution(scale, shares))),
      ),
  );
}

function figures(title, rows) {
  const measured = rows.filter(([, value]) => value !== null);
  if (measured.length === 0) return null;
  const pairs = measured.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  return el("section", { class: "facts" }, el("h3", {}, title), el("dl", {}, pairs));
}

function timing(conversation, times) {
  const seconds = (key) => [t(key), isMissing(times[key]) ? null : span(times[key])];
  const unit = conversation.language === "zh" ? "characters_a_minute" : "words_a_minute";
  return [
    seconds("duration"),
    seconds("answer_delay"),
    seconds("first_response"),
    seconds("mean_response"),
    seconds("longest_response"),
    seconds("longest_silence"),
    seconds("total_silence"),
    [t("interruptions"), conversation.channel === "call" ? decimal(times.interruptions.length) : null],
    [t("speech_rate"), isMissing(times.speech_rate) ? null : t(unit, { rate: Math.round(times.speech_rate) })],
    [t("talk_ratio"), isMissing(times.talk_ratio) ? null : percent(times.talk_ratio)],
  ];
}

function hearing({ transcription, role_confidence: roles }) {
  const share = (key, value) => [t(key), isMissing(value) ? null : percent(value)];
  return [
    [t("model"), transcription?.model ?? null],
    share("intelligibility", transcription?.intelligibility),
    share("voice_confidence", transcription?.voice_confidence),
    share("role_confidence", roles),
  ];
}

function isMissing(value) {
  return value === null || value === undefined;
}

function distribution(scale, shares) {
  const mean = LEVELS.reduce((sum, level) => sum + Number(level) * (shares[level] ?? 0), 0);
  const signed = (text) => text.replace("-", "−");
  const words = LEVELS.map((level) => t("level_share", { level: signed(level), share: percent(shares[level] ?? 0) }));
  const bars = LEVELS.map((level) => {
    const bar = el("span", { class: "column" }, el("span", { class: "column-fill" }), el("i", {}, signed(level)));
    bar.firstChild.style.blockSize = `${Math.round((shares[level] ?? 0) * 100)}%`;
    return bar;
  });
  return el(
    "li",
    {},
    el("span", { class: "outcome-name" }, t(scale), " ", el("small", {}, t("mean", { mean: signed(decimal(mean)) }))),
    el("span", { class: "columns", role: "img", "aria-label": words.join(", "), title: words.join("\n") }, bars),
  );
}
