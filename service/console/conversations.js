// All conversations that one may see, found by filters.

import { el, fill } from "./page/dom.js";
import { t } from "./page/strings.js";
import { ConversationPage } from "./conversation.js";
import { criteriaOf, Listing, startOf } from "./listing.js";
import { gradeRow, ungradedRow } from "./view.js";

const WAITS = "waits_for_grade";
const values = { external_id: "", channel: "", graded: "", result: "", agent: "", team: "", queue: "", criterion: "", since: "", until: "" };

export class Conversations {
  #page = null;
  #token = 0;

  constructor(desk) {
    this.desk = desk;
    const channels = ["call", "chat", "email"].map((channel) => [channel, t(channel)]);
    this.listing = new Listing({
      fields: [
        { name: "external_id", label: "number" },
        { name: "channel", choices: [["", t("any")], ...channels] },
        { name: "graded", choices: [["", t("any")], ["auto", t("auto")], ["review", t("review")], [WAITS, t(WAITS)]] },
        { name: "result", choices: [["", t("any")], ["true", t("passed")], ["false", t("failed")]] },
        { name: "agent", label: "agent_field" },
        { name: "team" },
        { name: "queue" },
        { name: "criterion", label: "criterion_not_met", choices: this.#criteria() },
        { name: "since", type: "date" },
        { name: "until", type: "date" },
      ],
      values,
      read: (filters, page) => this.#read(filters, page),
      columnsOf: criteriaOf,
      nameOf: (row, id) => desk.scorecards.nameOf(row.card, id),
      commonName: (id) => desk.scorecards.commonName(id),
      onChoose: (row) => row && desk.go("conversations", row.key),
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

  async show(id) {
    const token = ++this.#token;
    this.leave();
    this.listing.choose(id);
    if (id === null) {
      fill(this.desk.main, el("p", { class: "empty" }, t("choose")));
      return;
    }
    const page = await ConversationPage.read(this.desk, id, {
      onStep: (step) => this.#step(step),
      onBack: () => this.desk.go("conversations"),
      onChanged: () => this.show(id),
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
    if (row) this.desk.go("conversations", row.key);
  }

  #criteria() {
    return [["", t("any")], ...this.desk.scorecards.criteria().map((id) => [id, this.desk.scorecards.commonName(id)])];
  }

  async #read({ graded, result, since, until, criterion, ...rest }, { cursor, limit, from }) {
    const asked = { ...rest, since: startOf(since), until: startOf(until), cursor, limit };
    if (graded === WAITS) {
      const page = await this.desk.api.get("/v1/conversations", { ...asked, graded: false });
      return { rows: page.items.map((one, index) => ungradedRow(one, from + index)), next: page.next };
    }
    const missed = criterion && { criterion, state: "not_met" };
    const page = await this.desk.api.get("/v1/grades", { ...asked, ...missed, decision: graded, passed: result });
    await this.desk.scorecards.load(page.items.map(({ scorecard }) => scorecard));
    return { rows: page.items.map((grade, index) => gradeRow(grade, from + index)), next: page.next };
  }
}
