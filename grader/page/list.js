// The list of conversations. Only the rows in view exist as elements, so that thousands scroll as lightly as ten.

import { SYMBOLS, stateMark } from "./criteria.js";
import { el, fill } from "./dom.js";
import { reasonText } from "./facts.js";
import { decimal, local, t } from "./strings.js";

/** Rows kept ready above and below those in view. */
const SPARE = 6;

export class ConversationList {
  #rows = [];
  #chosen = null;
  #viewport = el("div", {
    class: "list",
    role: "listbox",
    tabindex: 0,
    onscroll: () => this.#draw(),
    onkeydown: (event) => this.#key(event),
  });
  #space = el("div", { class: "list-space", role: "presentation" });

  /** `columns` and `formOf` say which mark stands where; `onChoose(row)` is called when a row is chosen. */
  constructor({ columns, nameOf, onChoose }) {
    this.columns = columns;
    this.nameOf = nameOf;
    this.onChoose = onChoose;
    this.#viewport.append(this.#space);
    new ResizeObserver(() => this.#draw()).observe(this.#viewport);
  }

  get element() {
    return this.#viewport;
  }

  /** Show these rows, in this order. */
  show(rows) {
    this.#rows = rows;
    this.#viewport.setAttribute("aria-label", t("conversations"));
    this.#viewport.scrollTop = 0;
    this.choose(this.#chosen);
  }

  /** Show more rows, below those that are shown. */
  add(rows) {
    this.#rows = [...this.#rows, ...rows];
    this.#draw();
  }

  /** Mark a row as chosen and bring it into view. */
  choose(row) {
    this.#chosen = row;
    const position = this.#rows.indexOf(row);
    if (position >= 0) {
      const height = this.#rowHeight();
      const { scrollTop, clientHeight } = this.#viewport;
      const top = position * height;
      if (top < scrollTop) this.#viewport.scrollTop = top;
      if (top + height > scrollTop + clientHeight) this.#viewport.scrollTop = top + height - clientHeight;
    }
    this.#draw();
  }

  /** Give the row that stands `step` after the chosen one, the first or last if there is none there. */
  neighbour(step) {
    const position = this.#rows.indexOf(this.#chosen);
    const next = position < 0 ? 0 : position + step;
    return this.#rows[Math.min(Math.max(next, 0), this.#rows.length - 1)];
  }

  /** The style sheet gives every row the same height, in the reader's own text size. */
  #rowHeight() {
    return parseFloat(getComputedStyle(this.#space).lineHeight);
  }

  #draw() {
    const height = this.#rowHeight();
    const { scrollTop, clientHeight } = this.#viewport;
    const first = Math.max(0, Math.floor(scrollTop / height) - SPARE);
    const last = Math.min(this.#rows.length, Math.ceil((scrollTop + clientHeight) / height) + SPARE);
    this.#space.style.blockSize = `${this.#rows.length * height}px`;
    fill(
      this.#space,
      this.#rows.slice(first, last).map((row, i) => {
        const item = this.#item(row, first + i);
        item.style.insetBlockStart = `${(first + i) * height}px`;
        return item;
      }),
    );
    const visible = this.#space.querySelector('[aria-selected="true"]');
    if (visible) this.#viewport.setAttribute("aria-activedescendant", visible.id);
    else this.#viewport.removeAttribute("aria-activedescendant");
  }

  #item(row, position) {
    const when = row.when && local(row.when, { dateStyle: "medium", timeStyle: "short" });
    const about = [when, row.agent, row.team, t(row.channel), row.language];
    const why = row.reasons.map((reason) => reasonText(reason, (id) => this.nameOf(row, id), "short_"));
    return el(
      "div",
      {
        class: "row",
        role: "option",
        id: `row-${row.index}`,
        "aria-selected": row === this.#chosen ? "true" : "false",
        "aria-posinset": position + 1,
        "aria-setsize": this.#rows.length,
        onclick: () => this.onChoose(row),
      },
      el(
        "span",
        { class: "row-line" },
        el("span", { class: "row-id", title: row.id }, row.id),
        el("span", { class: "row-about" }, about.filter(Boolean).join(t("dot"))),
        el("span", { class: "row-score" }, scoreOf(row)),
      ),
      el(
        "span",
        { class: "row-line" },
        el("span", { class: "row-marks" }, this.#marks(row)),
        el(
          "span",
          { class: `row-why ${row.decision}`, title: why.join("\n") },
          [`${row.decision === "review" ? "⚑ " : ""}${t(row.decision)}`, ...why].join(t("dot")),
        ),
        el("span", { class: `row-verdict ${verdict(row)}` }, t(verdict(row))),
      ),
    );
  }

  #marks(row) {
    return this.columns.map((id) => {
      const state = row.stateOf.get(id);
      return state ? stateMark(state, this.nameOf(row, id)) : el("span", { class: "state" });
    });
  }

  #key(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity };
    if (!(event.key in steps) || this.#rows.length === 0) return;
    event.preventDefault();
    this.onChoose(this.neighbour(steps[event.key]));
  }
}

function scoreOf({ score }) {
  if (score === undefined) return "";
  return score === null ? "–" : decimal(score);
}

/** Give the key of a row's verdict; nothing where the row is about something that has none. */
export function verdict(row) {
  if (row.passed === undefined) return "";
  if (row.passed === null) return "unscored";
  return row.passed ? "passed" : "failed";
}

/** Build the heading above the marks: which criterion stands in which column. */
export function columnNames(columns, nameOf) {
  const headings = columns.map((id) => el("span", { title: nameOf(id) }, nameOf(id)));
  return el("div", { class: "column-names", "aria-hidden": "true" }, el("div", {}, headings));
}

/** Build the legend of the marks. */
export function legend() {
  const states = Object.keys(SYMBOLS).map((state) => el("li", {}, stateMark(state), " ", t(state)));
  return el("ul", { class: "legend" }, states);
}
