// The head of the page: what was run, how it went, the language, the keys.

import { el } from "./dom.js";
import { currentLanguage, known, moment, STRINGS, t } from "./strings.js";

/** Build the head. `onLanguage(code)` is called when a language is chosen, `onHelp()` when the keys are asked for. */
export function renderHead(run, { counts, onLanguage, onHelp }) {
  const scorecards = run.forms.map(({ scorecard }) => `${scorecard.name} ${t("version", scorecard)}`);
  const named = (title, names) => names.length > 0 && `${t(title)}: ${[...new Set(names)].join(", ")}`;
  const about = [named("scorecards", scorecards), named("models", run.models)].filter(Boolean);
  return el(
    "header",
    { class: "top" },
    el(
      "div",
      { class: "top-title" },
      el("p", { class: "product" }, "callgrader"),
      el("h1", {}, t("run_of", { when: moment(run.started_at) })),
      el("p", { class: "about" }, about.join(t("dot"))),
    ),
    el(
      "div",
      { class: "tools" },
      languages(onLanguage),
      el("button", { type: "button", class: "icon", "aria-label": t("keys"), title: t("keys"), onclick: onHelp }, "?"),
    ),
    counts,
    run.notices.length > 0 &&
      el(
        "div",
        { class: "notices", role: "note" },
        el("strong", {}, t("notice")),
        run.notices.map((notice) => el("p", {}, known(notice) ? t(notice) : notice)),
      ),
  );
}

/** Build the choice of the language. */
export function languages(onLanguage) {
  const buttons = Object.entries(STRINGS).map(([code, words]) => {
    const pressed = String(currentLanguage() === code);
    const attributes = { type: "button", lang: code, "aria-pressed": pressed, onclick: () => onLanguage(code) };
    return el("button", attributes, words.language_name);
  });
  return el("div", { class: "languages", role: "group", "aria-label": t("choose_language") }, buttons);
}

/** The counts of a run; each is a button that shows only what it counts. */
export class Counts {
  /** `counts` are pairs of group and number; `onChoose(group)` is called when one is chosen. */
  constructor(counts, onChoose) {
    this.buttons = new Map(counts.map(([group, count]) => [group, countButton(group, count, () => onChoose(group))]));
    this.element = el("div", { class: "counts", role: "group", "aria-label": t("show") }, ...this.buttons.values());
  }

  /** Mark the group that is shown. */
  press(shown) {
    for (const [group, button] of this.buttons) button.setAttribute("aria-pressed", String(group === shown));
  }
}

function countButton(group, count, onclick) {
  return el(
    "button",
    { type: "button", class: `count ${group}`, disabled: group === "problems" && count === 0, onclick },
    el("span", { class: "number" }, new Intl.NumberFormat(currentLanguage()).format(count)),
    " ",
    el("span", { class: "label" }, t(`count_${group}`)),
  );
}

/** Build the dialog that tells of `keys`: what each does, `key_…` says; `note` stands below. */
export function renderHelp(keys, note) {
  const pairs = Object.entries(keys).map(([key, name]) =>
    el("div", {}, el("dt", {}, key.split(" ").map((one) => el("kbd", {}, one))), el("dd", {}, t(`key_${name}`))),
  );
  return el(
    "dialog",
    { class: "help", "aria-label": t("keys") },
    el("h2", {}, t("keys")),
    el("dl", {}, pairs),
    el("p", { class: "hint" }, note),
    el("form", { method: "dialog" }, el("button", { type: "submit" }, t("close"))),
  );
}
