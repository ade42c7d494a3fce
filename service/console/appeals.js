// All appeals that one may see: an agent's own, a supervisor's to decide.

import { el, fill } from "./page/dom.js";
import { t } from "./page/strings.js";
import { ConversationPage } from "./conversation.js";
import { Listing } from "./listing.js";
import { appealRow } from "./view.js";

const STATES = ["open", "upheld", "partly_upheld", "rejected", "withdrawn"];
const values = { state: "", agent: "", team: "" };

export class Appeals {
  #page = null;
  #token = 0;

  constructor(desk) {
    this.desk = desk;
    this.listing = new Listing({
      fields: [
        { name: "state", choices: [["", t("any")], ...STATES.map((state) => [state, t(state)])] },
        { name: "agent", label: "agent_field" },
        { name: "team" },
      ],
      values,
      read: (filters, page) => this.#read(filters, page),
      columnsOf: () => [],
      nameOf: (_, id) => desk.scorecards.commonName(id),
      commonName: (id) => id,
      onChoose: (row) => row && desk.go("appeals", row.key),
      empty: () => t("nothing_found"),
      say: desk.say,
    });
    this.element = this.listing.element;
  }

  refresh() {
    return this.listing.refresh();
  }

  get keys() {
    return this.#page?.keys ?? {};
  }

  /** Show the conversation that an appeal is about. */
  async show(id) {
    const token = ++this.#token;
    this.leave();
    this.listing.choose(id);
    if (id === null) {
      fill(this.desk.main, el("p", { class: "empty" }, t("choose")));
      return;
    }
    const { uid } = await this.desk.api.get(`/v1/appeals/${encodeURIComponent(id)}`);
    const page = await ConversationPage.read(this.desk, uid, {
      onStep: (step) => this.#step(step),
      onBack: () => this.desk.go("appeals"),
      onChanged: () => this.refresh().then(() => this.show(id)),
    });
    if (token !== this.#token) return;
    this.#page = page;
    fill(this.desk.main, page.element);
  }

  leave() {
    this.#page?.leave();
    this.#page = null;
  }

  #step(step) {
    const row = this.listing.list.neighbour(step);
    if (row) this.desk.go("appeals", row.key);
  }

  async #read(filters, { cursor, limit, from }) {
    const page = await this.desk.api.get("/v1/appeals", { ...filters, cursor, limit });
    return { rows: page.items.map((appeal, index) => appealRow(appeal, from + index)), next: page.next };
  }
}
