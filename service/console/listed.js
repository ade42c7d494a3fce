// A list, and beside it what is chosen from it: the base of the queue, the conversations and the appeals.

import { el, fill } from "./page/dom.js";
import { t } from "./page/strings.js";
import { Listing } from "./listing.js";

export class ListedView {
  #shown = null;
  #token = 0;

  /** `name` is the view's in the address; `open(id)` gives what is shown of a row; the rest is for `Listing`. */
  constructor(desk, name, { open, ...listing }) {
    this.desk = desk;
    this.name = name;
    this.open = open;
    this.listing = new Listing({
      onChoose: (row) => row && desk.go(name, row.key),
      empty: () => t("nothing_found"),
      say: desk.say,
      ...listing,
    });
    this.element = this.listing.element;
  }

  refresh() {
    return this.listing.refresh();
  }

  get keys() {
    return this.#shown?.keys ?? {};
  }

  /** What is shown calls these to move on. */
  get steps() {
    return { onStep: (step) => this.#step(step), onBack: () => this.desk.go(this.name) };
  }

  /** Show what was chosen, or the invitation to choose. */
  async show(id) {
    const token = ++this.#token;
    this.leave();
    this.listing.choose(id);
    if (id === null) {
      fill(this.desk.main, this.invitation());
      return;
    }
    const shown = await this.open(id);
    if (token !== this.#token) {
      shown.leave();
      return;
    }
    this.#shown = shown;
    fill(this.desk.main, shown.element);
  }

  invitation() {
    return el("p", { class: "empty" }, t("choose"));
  }

  leave() {
    this.#shown?.leave();
    this.#shown = null;
  }

  #step(step) {
    const row = this.listing.list.neighbour(step);
    if (row) this.desk.go(this.name, row.key);
  }
}
