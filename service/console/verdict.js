// What a reviewer says of a grade: what is right for each criterion and label where it is wrong, with the reason, and a comment.

import { SYMBOLS } from "./page/criteria.js";
import { el, fill } from "./page/dom.js";
import { t } from "./page/strings.js";
import { EvidenceList } from "./evidence.js";
import { draftOf } from "./kept.js";
import { TurnLabels } from "./labels.js";

const STATES = ["met", "not_met", "not_applicable"];

/** The corrections of one review; `onChange()` is called when they change. */
export class Corrections {
  #controls = [];

  /**
   * `standing` gives `{state, fatal}` of each of the criteria of `review` before: the machine's, or an earlier reviewer's.
   * `isSometimesFatal(id)` tells whether a person says if a failure is fatal, `marked()` which words are marked, if any are.
   * What is entered is kept under `name`.
   */
  constructor(name, { review, standing, nameOf, isSometimesFatal, marked, onChange }) {
    this.criteria = review.grade.criteria;
    this.standing = standing;
    this.nameOf = nameOf;
    this.isSometimesFatal = isSometimesFatal;
    this.marked = marked;
    this.onChange = onChange;
    this.draft = draftOf(name, { criteria: {}, labels: {}, comment: "", decision: "" });
    this.labels = new TurnLabels(this.draft, review, { onChange });
  }

  get count() {
    return Object.keys(this.draft.criteria).length + this.labels.said.length;
  }

  /** What the service is told. */
  get body() {
    const criteria = Object.entries(this.draft.criteria).map(([id, { state, fatal, why, evidence }]) => ({
      id,
      state,
      ...(this.#asksFatal(id, state) && { fatal }),
      ...(why.trim() && { comment: why.trim() }),
      evidence,
    }));
    return { criteria, labels: this.labels.said };
  }

  /** Build the controls of one criterion. */
  control(index) {
    const { id } = this.criteria[index];
    const why = el("textarea", { rows: 1, name: `why-${index}`, oninput: () => this.#enter(index, { why: why.value }) });
    const enterFatal = () => this.#enter(index, { fatal: fatal.checked });
    const fatal = el("input", { type: "checkbox", name: `fatal-${index}`, onchange: enterFatal });
    const fatalLine = el("label", { class: "fatal-line" }, fatal, " ", t("is_fatal"));
    const evidence = new EvidenceList({ marked: this.marked, onChange: (spans) => this.#enter(index, { evidence: spans }) });
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
      fatalLine,
      el("label", { class: "field why" }, el("span", {}, t("why")), why),
      evidence.element,
    );
    const show = () => {
      const entered = this.draft.criteria[id];
      const said = entered ?? this.#standing(id);
      for (const input of inputs) input.checked = input.value === said.state;
      element.classList.toggle("changed", entered !== undefined);
      fatalLine.hidden = !this.#asksFatal(id, said.state);
      fatal.checked = said.fatal;
      why.value = said.why;
      evidence.show(said.evidence);
    };
    this.#controls[index] = { element, show };
    show();
    return element;
  }

  /** Let the controls be used, or not. */
  enable(enabled) {
    for (const { element } of this.#controls) element.disabled = !enabled;
    this.labels.enable(enabled);
  }

  /** Say that a criterion has a state. */
  set(index, state) {
    this.#enter(index, { state });
  }

  clear() {
    this.draft.criteria = {};
    for (const { show } of this.#controls) show();
    this.labels.clear();
    this.onChange();
  }

  /** Take down what is said of a criterion; what stood before, without a word or evidence, is no correction. */
  #enter(index, what) {
    const { id } = this.criteria[index];
    const before = this.#standing(id);
    const said = { ...before, ...this.draft.criteria[id], ...what };
    const isOther = said.state !== before.state || (this.#asksFatal(id, said.state) && said.fatal !== before.fatal);
    if (isOther || said.why.trim() || said.evidence.length > 0) this.draft.criteria[id] = said;
    else delete this.draft.criteria[id];
    this.#controls[index].show();
    this.onChange();
  }

  #standing(id) {
    return { ...this.standing.get(id), why: "", evidence: [] };
  }

  #asksFatal(id, state) {
    return state === "not_met" && this.isSometimesFatal(id);
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

  /** Keep the verdict from being sent, or no longer. */
  hold(held) {
    this.agree.disabled = held;
    this.submit.disabled = held;
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
    this.submit = el("button", { type: "button", class: "primary", onclick: onSubmit }, t("submit_decision"), el("kbd", {}, "s"));
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
        this.submit,
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

  /** Keep the decision from being sent, or no longer. */
  hold(held) {
    this.submit.disabled = held;
  }
}
