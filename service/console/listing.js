// A list with filters above it, read from the service page by page.

import { el, fill } from "./page/dom.js";
import { columnNames, ConversationList, legend } from "./page/list.js";
import { t } from "./page/strings.js";

const PAGE = 100;
const PATIENCE = 250; // milliseconds after the last key before the service is asked

export class Listing {
  #token = 0;
  #next = null;

  /**
   * `fields` are the filters: `{name, choices}` for a choice of `[value, words]`, `{name, type}` for an input. `values`
   * holds what is filtered by, and outlives this list. `read(values, {cursor, limit})` gives `{rows, next}`;
   * `columnsOf(rows)` the ids of the criteria to show; `empty()` what stands where nothing is found.
   */
  constructor({ fields, values, read, columnsOf, nameOf, commonName, onChoose, empty, tools = null, say }) {
    this.values = values;
    this.rows = [];
    this.read = read;
    this.columnsOf = columnsOf;
    this.commonName = commonName;
    this.empty = empty;
    this.say = say;
    this.list = new ConversationList({ columns: [], nameOf, onChoose });
    const controls = fields.map((field) => renderField(field, values, () => this.refresh()));
    this.filters = el("div", { class: "filters", role: "search" }, controls);
    this.matches = el("p", { class: "matches", role: "status" });
    this.columns = el("div");
    this.none = el("div", { class: "empty", hidden: true });
    this.more = el("button", { type: "button", class: "more-rows", hidden: true, onclick: () => this.#grow() }, t("more"));
    this.element = el(
      "nav",
      { class: "list-pane", "aria-label": t("conversations") },
      tools,
      this.filters,
      this.matches,
      this.columns,
      this.list.element,
      this.none,
      this.more,
      legend(),
    );
  }

  /** Read the list anew. */
  async refresh() {
    const token = ++this.#token;
    const page = await this.#page(null);
    if (!page || token !== this.#token) return;
    this.rows = page.rows;
    this.#next = page.next;
    const columns = this.columnsOf(this.rows);
    this.list.columns = columns;
    fill(this.columns, columns.length > 0 && columnNames(columns, this.commonName));
    this.list.show(this.rows);
    this.#count();
    this.choose(this.chosen);
  }

  /** Mark the row of that key. */
  choose(key) {
    this.chosen = key;
    this.list.choose(this.rows.find((row) => row.key === key) ?? null);
  }

  #count() {
    fill(this.matches, t(this.#next ? "shown_more" : "shown", { count: this.rows.length }));
    this.more.hidden = this.#next === null;
    this.list.element.hidden = this.rows.length === 0;
    this.none.hidden = this.rows.length > 0;
    if (this.rows.length === 0) fill(this.none, el("p", {}, this.empty()));
  }

  async #grow() {
    const token = this.#token;
    const page = await this.#page(this.#next);
    if (!page || token !== this.#token) return;
    this.rows = [...this.rows, ...page.rows];
    this.#next = page.next;
    this.list.add(page.rows);
    this.#count();
  }

  async #page(cursor) {
    try {
      return await this.read(this.values, { cursor, limit: PAGE, from: cursor ? this.rows.length : 0 });
    } catch (problem) {
      this.say(problem.message, { wrong: true });
      return null;
    }
  }
}

/** Build a filter for one of `values`; `onChanged()` is called a moment after it was changed. */
export function renderField({ name, choices, type = "search", label = name }, values, onChanged) {
  let waiting;
  const changed = (value) => {
    values[name] = value;
    clearTimeout(waiting);
    waiting = setTimeout(onChanged, choices ? 0 : PATIENCE);
  };
  const input = choices
    ? el(
        "select",
        { name, onchange: () => changed(input.value) },
        choices.map(([value, words]) => el("option", { value }, words)),
      )
    : el("input", { name, type, autocomplete: "off", oninput: () => changed(input.value) });
  input.value = values[name] ?? "";
  return el("label", { class: "filter" }, el("span", {}, t(label)), input);
}

/** Give the ids of all criteria of rows, in the order of their first appearance. */
export function criteriaOf(rows) {
  return [...new Set(rows.flatMap((row) => [...row.stateOf.keys()]))];
}

/** Give the parameters that find what begins with what was typed; what stands in double quotes is meant to the letter. */
export function byBeginning(typed) {
  const asked = { ...typed };
  for (const name of ["external_id", "agent", "team", "queue"]) {
    const whole = /^"(.*)"$/.exec(typed[name])?.[1];
    asked[name] = whole;
    asked[`${name}_prefix`] = whole === undefined ? typed[name] : "";
  }
  return asked;
}

/** Give the start of a day, as the reader's clock shows it, with its zone. */
export function startOf(day) {
  return day ? new Date(`${day}T00:00:00`).toISOString() : "";
}
