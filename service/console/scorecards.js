// The scorecards that grades were given by: the names of their criteria, and which failures are fatal.

import { currentLanguage } from "./page/strings.js";

const keyOf = ({ name, version }) => JSON.stringify([name, version]);

export class Scorecards {
  #api;
  #ids = null;
  #active = [];
  #cards = new Map();

  constructor(api) {
    this.#api = api;
  }

  /** Fetch those scorecards, given by name and version, that are not known yet. */
  async load(wanted) {
    const missing = new Map(wanted.map((card) => [keyOf(card), card]).filter(([key]) => !this.#cards.has(key)));
    for (const key of missing.keys()) {
      if (!this.#ids?.has(key)) await this.#list();
      const id = this.#ids.get(key);
      // A scorecard that is no longer kept is shown by its criteria's ids.
      const criteria = id ? (await this.#api.get(`/v1/scorecards/${id}`)).criteria : [];
      this.#cards.set(key, new Map(criteria.map((criterion) => [criterion.id, criterion])));
    }
  }

  /** Fetch those that are active now: their names are needed before any grade is seen. */
  async known() {
    if (this.#ids === null) await this.#list();
    await this.load(this.#active);
  }

  /** Give the ids of the criteria of all known scorecards. */
  criteria() {
    return [...new Set([...this.#cards.values()].flatMap((card) => [...card.keys()]))];
  }

  nameOf(card, id) {
    return this.#cards.get(keyOf(card))?.get(id)?.name ?? id;
  }

  /** Tell whether some failures of a criterion are fatal and others are not. */
  isSometimesFatal(card, id) {
    return this.#cards.get(keyOf(card))?.get(id)?.fatal === "sometimes";
  }

  /** Give the names of the findings that make a failure of a criterion fatal. */
  fatalFor(card, id) {
    return this.#cards.get(keyOf(card))?.get(id)?.fatal_for ?? [];
  }

  /** Give a criterion's name for all conversations: where scorecards differ, the one in the reader's language. */
  commonName(id) {
    const all = [...this.#cards.values()].map((card) => card.get(id)?.name).filter(Boolean);
    const chinese = currentLanguage() === "zh";
    return all.find((name) => /\p{Script=Han}/u.test(name) === chinese) ?? all[0] ?? id;
  }

  async #list() {
    const ids = new Map();
    const active = [];
    for (let cursor = ""; cursor !== null; ) {
      const { items, next } = await this.#api.get("/v1/scorecards", { cursor, limit: 200 });
      for (const card of items) ids.set(keyOf(card), card.id);
      active.push(...items.filter((card) => card.active));
      cursor = next;
    }
    [this.#ids, this.#active] = [ids, active];
  }
}
