// What a reviewer says of a grade: a state for each criterion that is wrong, with the reason, and a comment.

import { SYMBOLS } from "./page/criteria.js";
import { el, fill } from "./page/dom.js";
import { t } from "./page/strings.js";

const STATES = ["met", "not_met", "not_applicable"];

/** What was entered and not yet sent, by review: it stays while one looks at something else. */
const drafts = new Map();

export function forget(review) {
  drafts.delete(review);
}

/** The corrections of one review; `onChange()` is called when they change. */
export class Corrections {
  #controls = [];

  /** `standing` gives the state of each criterion before: the machine's, or an earlier reviewer's. */
  constructor(review, { criteria, standing, nameOf, fatality, onChange }) {
    this.criteria = criteria;
    this.standing = standing;
    this.nameOf = nameOf;
    this.fatality = fatality;
    this.onChange = onChange;
    if (!drafts.has(review)) drafts.set(review, { criteria: new Map(), comment: "", decision: "" });
    this.draft = drafts.get(review);
  }

  get count() {
    return this.draft.criteria.size;
  }

  /** What the service is told. */
  get body() {
    const criteria = [...this.draft.criteria].map(([id, { state, why, fatal }]) => ({
      id,
      state,
      ...(why.trim() && { comment: why.trim() }),
      ...(state === "not_met" && fatal !== undefined && { fatal }),
    }));
    return { criteria };
  }

  /** Build the controls of one criterion. */
  control(index) {
    const { id } = this.criteria[index];
    const why = el("textarea", { rows: 2, name: `why-${index}`, oninput: () => this.#note(id, { why: why.value }) });
    const fatal = el("input", { type: "checkbox", name: `fatal-${index}`, onchange: () => this.#note(id, { fatal: fatal.checked }) });
    const fatalLine = el("label", { class: "fatal-line" }, fatal, " ", t("is_fatal"));
    const details = el(
      "div",
      { class: "correction-details" },
      fatalLine,
      el("label", { class: "field" }, el("span", {}, t("why")), why),
    );
    const inputs = STATES.map((state) =>
      el("input", { type: "radio", name: `state-${index}`, value: state, onchange: () => this.set(index, state) }),
    );
    const element = el(
      "fieldset",
      { class: "correction" },
      el("legend", { class: "hidden" }, t("verdict_on", { name: this.nameOf(id) })),
      el(
        "div",
        { class: "choices" },
        inputs.map((input, i) =>
          el(
            "label",
            { class: `choice is-${STATES[i]}` },
            input,
            el("span", { "aria-hidden": "true" }, SYMBOLS[STATES[i]]),
            el("span", {}, t(`set_${STATES[i]}`)),
          ),
        ),
      ),
      details,
    );
    const show = () => {
      const entered = this.draft.criteria.get(id);
      const state = entered?.state ?? this.standing.get(id);
      for (const input of inputs) input.checked = input.value === state;
      element.classList.toggle("changed", entered !== undefined);
      details.hidden = entered === undefined;
      fatalLine.hidden = state !== "not_met" || this.fatality(id) !== "sometimes";
      why.value = entered?.why ?? "";
      fatal.checked = entered?.fatal ?? false;
    };
    this.#controls[index] = { element, show };
    show();
    return element;
  }

  /** Let the controls be used, or not. */
  enable(enabled) {
    for (const { element } of this.#controls) element.disabled = !enabled;
  }

  /** Say that a criterion has a state; the one that stood before is no correction. */
  set(index, state) {
    const { id } = this.criteria[index];
    const entered = this.draft.criteria.get(id);
    if (state === this.standing.get(id)) this.draft.criteria.delete(id);
    else this.draft.criteria.set(id, { why: "", ...entered, state });
    this.#controls[index].show();
    this.onChange();
  }

  clear() {
    this.draft.criteria.clear();
    for (const { show } of this.#controls) show();
    this.onChange();
  }

  #note(id, what) {
    Object.assign(this.draft.criteria.get(id), what);
  }
}

/** Build the end of a verdict: the comment and the buttons. */
export class VerdictBox {
  /** `onAgree()`, `onSubmit()` and `onRelease()` are called by the buttons. */
  constructor(corrections, { onAgree, onSubmit, onRelease }) {
    this.corrections = corrections;
    const { draft } = corrections;
    this.comment = el("textarea", { rows: 1, name: "comment", oninput: () => (draft.comment = this.comment.value) });
    this.comment.value = draft.comment;
    this.agree = el("button", { type: "button", class: "primary", "aria-keyshortcuts": "a", onclick: onAgree }, t("agree"), el("kbd", {}, "a"));
    this.submit = el("button", { type: "button", class: "primary", "aria-keyshortcuts": "s", onclick: onSubmit });
    this.clear = el("button", { type: "button", onclick: () => corrections.clear() }, t("take_back"));
    this.release = el("button", { type: "button", "aria-keyshortcuts": "r", onclick: onRelease }, t("release"), el("kbd", {}, "r"));
    this.element = el(
      "fieldset",
      { class: "verdict-box" },
      el("legend", { class: "hidden" }, t("your_verdict")),
      el("label", { class: "field" }, el("span", {}, t("comment")), this.comment),
      el("div", { class: "buttons" }, this.agree, this.submit, this.clear, this.release),
    );
    this.show();
  }

  get body() {
    const comment = this.comment.value.trim();
    return { ...this.corrections.body, ...(comment && { comment }) };
  }

  /** Let the buttons say what stands. */
  show() {
    const { count } = this.corrections;
    this.agree.hidden = count > 0;
    this.submit.hidden = count === 0;
    this.clear.hidden = count === 0;
    fill(this.submit, count === 1 ? t("submit_one") : t("submit", { count }), el("kbd", {}, "s"));
  }

  enable(enabled) {
    this.element.disabled = !enabled;
  }
}

/** The end of the verdict on an appeal: the decision and its reason. */
export class DecisionBox {
  constructor(corrections, { onSubmit, onRelease }) {
    this.corrections = corrections;
    const { draft } = corrections;
    this.choices = ["upheld", "partly_upheld", "rejected"].map((value) => {
      const input = el("input", { type: "radio", name: "decision", value, onchange: () => (draft.decision = value) });
      input.checked = draft.decision === value;
      return el("label", { class: "choice" }, input, el("span", {}, t(value)));
    });
    this.reason = el("textarea", { rows: 2, name: "reason", oninput: () => (draft.comment = this.reason.value) });
    this.reason.value = draft.comment;
    this.element = el(
      "fieldset",
      { class: "verdict-box" },
      el("legend", { class: "hidden" }, t("decide")),
      el("p", { class: "hint" }, t("decide")),
      el("div", { class: "choices" }, this.choices),
      el("label", { class: "field" }, el("span", {}, t("reason")), this.reason),
      el(
        "div",
        { class: "buttons" },
        el("button", { type: "button", class: "primary", onclick: onSubmit }, t("submit_decision"), el("kbd", {}, "s")),
        el("button", { type: "button", onclick: onRelease }, t("release"), el("kbd", {}, "r")),
      ),
    );
  }

  /** Null until a decision is chosen and a reason given. */
  get body() {
    const [decision, reason] = [this.corrections.draft.decision, this.reason.value.trim()];
    return decision && reason ? { ...this.corrections.body, decision, reason } : null;
  }

  show() {}

  enable(enabled) {
    this.element.disabled = !enabled;
  }
}
