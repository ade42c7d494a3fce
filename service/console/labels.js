// The labels of turns: what stands, and what a reviewer says instead. The service says which there are, and their values.

import { el } from "./page/dom.js";
import { known, t } from "./page/strings.js";

const LIKELY = 0.5; // what is at least so probable the machine says yes to

/** Name a label in words. */
export function labelName(label) {
  const [name, code] = label.split(":");
  return code ? t(`label_${name}`, { what: t(code) }) : t(`label_${name}`);
}

/** Name a value of a label in words. */
export function valueName(label, value) {
  const key = `${label}${value}`;
  return t(known(key) ? key : value);
}

/** Give the value that stands: the last reviewer's, or else the machine's; "" where nobody said anything of the label. */
function standing({ grade, earlier }, turn, label) {
  const said = earlier.flatMap(({ verdicts }) => verdicts).find((one) => one.turn === turn && one.label === label);
  return said ? said.value : mostProbable(grade.turns[turn] ?? {}, label);
}

function mostProbable(given, label) {
  const [name, code] = label.split(":");
  const found = code ? given[name]?.[code] : given[name];
  if (typeof found === "number") return found >= LIKELY ? "yes" : "no";
  const [value] = Object.entries(found ?? {}).sort((a, b) => b[1] - a[1])[0] ?? [""];
  return value;
}

/** The labels of all turns of one review. */
export class TurnLabels {
  #forms = new Map();

  /** What is entered is kept in `draft.labels`; `onChange()` is called when it changes. */
  constructor(draft, review, { onChange }) {
    this.draft = draft;
    this.review = review;
    this.onChange = onChange;
  }

  /** What is said otherwise than it stands, as the service is told. */
  get said() {
    return Object.values(this.draft.labels);
  }

  /** Build what opens to the labels of a turn; null where its speaker's turns carry none. */
  under(turn) {
    const labels = this.review.labels[this.review.conversation.turns[turn].speaker];
    if (!labels) return null;
    const form = new TurnForm(turn, {
      labels,
      read: (label) => this.#read(turn, label),
      enter: (label, value) => this.#enter(turn, label, value),
    });
    this.#forms.set(turn, form);
    return form.element;
  }

  /** Open the labels of a turn, or close them. */
  toggle(turn) {
    this.#forms.get(turn)?.toggle();
  }

  /** Let the forms be used, or not. */
  enable(enabled) {
    for (const { element } of this.#forms.values()) element.disabled = !enabled;
  }

  clear() {
    this.draft.labels = {};
    for (const form of this.#forms.values()) form.show();
  }

  #read(turn, label) {
    const stands = standing(this.review, turn, label);
    return { stands, value: this.draft.labels[`${turn} ${label}`]?.value ?? stands };
  }

  #enter(turn, label, value) {
    if (value === this.#read(turn, label).stands) delete this.draft.labels[`${turn} ${label}`];
    else this.draft.labels[`${turn} ${label}`] = { turn, label, value };
    this.#forms.get(turn).show();
    this.onChange();
  }
}

/** The labels of one turn. They are built when they are opened: a long conversation has thousands. */
class TurnForm {
  #selects = new Map();

  /** `labels` has the values of each; `read(label)` gives `{stands, value}`, `enter(label, value)` takes another down. */
  constructor(turn, { labels, read, enter }) {
    this.labels = labels;
    this.read = read;
    this.enter = enter;
    this.grid = el("div", { class: "label-grid" });
    this.details = el("details", { ontoggle: () => this.#build() }, el("summary", {}, t("labels")), this.grid);
    const legend = el("legend", { class: "hidden" }, t("labels_of", { n: turn + 1 }));
    this.element = el("fieldset", { class: "labels" }, legend, this.details);
    this.show();
  }

  toggle() {
    this.details.open = !this.details.open;
    this.#build();
    if (this.details.open) this.grid.querySelector("select").focus();
  }

  /** Show what is entered. */
  show() {
    const read = Object.keys(this.labels).map(this.read);
    this.element.classList.toggle("changed", read.some(({ stands, value }) => value !== stands));
    for (const [label, select] of this.#selects) select.value = this.read(label).value;
  }

  #build() {
    if (this.#selects.size > 0) return;
    for (const [label, values] of Object.entries(this.labels)) this.grid.append(this.#field(label, values));
    this.show();
  }

  #field(label, values) {
    const known = this.read(label).stands === "" ? ["", ...values] : values;
    const options = known.map((value) => el("option", { value }, value === "" ? "–" : valueName(label, value)));
    const select = el("select", { onchange: () => this.enter(label, select.value) }, options);
    this.#selects.set(label, select);
    return el("label", { class: "field" }, el("span", {}, labelName(label)), select);
  }
}
