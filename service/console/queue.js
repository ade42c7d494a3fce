// The review queue: what waits for a person and why; one item after the other.

import { el } from "./page/dom.js";
import { t } from "./page/strings.js";
import { filtersFrom } from "./kept.js";
import { ListedView } from "./listed.js";
import { byBeginning, criteriaOf } from "./listing.js";
import { ReviewItem, UNREAD } from "./review.js";
import { reviewRow } from "./view.js";

const values = filtersFrom({ state: "waiting", kind: "", decision: "", agent: "", team: "", queue: "" });

export class Queue extends ListedView {
  #isTaking = false;

  constructor(desk) {
    super(desk, "queue", {
      fields: [
        { name: "state", choices: ["waiting", "claimed", "done", "done_by_me"].map((state) => [state, t(state)]) },
        { name: "kind", choices: [["", t("any")], ...["triage", "requested", "appeal"].map((kind) => [kind, t(`kind_${kind}`)])] },
        { name: "decision", choices: [["", t("any")], ["review", t("review")], ["auto", t("auto")]] },
        { name: "agent", label: "agent_field" },
        { name: "team" },
        { name: "queue" },
      ],
      values,
      read: (filters, page) => this.#read(filters, page),
      columnsOf: criteriaOf,
      nameOf: (row, id) => desk.scorecards.nameOf(row.card, id),
      commonName: (id) => desk.scorecards.commonName(id),
      empty: () => t(values.state === "waiting" ? "nothing_waits" : "nothing_found"),
      tools: desk.may("reviews.work") && el("div", { class: "list-tools" }, nextButton(() => this.next())),
      open: (id) => this.#open(id),
    });
  }

  get keys() {
    return { n: () => this.next(), ...super.keys };
  }

  invitation() {
    const button = this.desk.may("reviews.work") && nextButton(() => this.next());
    return el("div", { class: "empty" }, el("p", {}, t("choose_review")), button);
  }

  /** Take the most urgent item and show it; a double tap takes one. */
  async next() {
    if (this.#isTaking) return;
    this.#isTaking = true;
    try {
      const wanted = { ...byBeginning(values), state: "" }; // whatever is listed, taken is what waits
      const review = await this.desk.api.post("/v1/reviews/next", null, wanted);
      await this.refresh();
      if (!review) this.leave();
      this.desk.go("queue", review?.id);
      if (!review) this.desk.say(t("queue_empty"));
    } catch (problem) {
      this.desk.say(problem.message, { wrong: true });
    } finally {
      setTimeout(() => (this.#isTaking = false), UNREAD);
    }
  }

  async #open(id) {
    const review = await this.desk.api.get(`/v1/reviews/${encodeURIComponent(id)}`);
    await this.desk.scorecards.load([review.grade.scorecard]);
    return new ReviewItem(this.desk, review, {
      ...this.steps,
      onDone: () => this.next(),
      onChanged: () => this.refresh(),
    });
  }

  async #read(filters, { cursor, limit, from }) {
    const asked = { ...byBeginning(filters), ...(filters.state === "done_by_me" && { state: "done", done_by: this.desk.me.actor }) };
    const page = await this.desk.api.get("/v1/reviews", { ...asked, cursor, limit });
    const items = [...(cursor ? [] : await this.#held(filters)), ...page.items];
    await this.desk.scorecards.load(items.map(({ grade }) => grade.scorecard));
    return { rows: items.map((review, index) => reviewRow(review, from + index)), next: page.next };
  }

  /** Give what one holds oneself, which stands above what waits. */
  async #held(filters) {
    if (filters.state !== "waiting" || !this.desk.may("reviews.work")) return [];
    const { items } = await this.desk.api.get("/v1/reviews", { ...byBeginning(filters), state: "claimed", limit: 200 });
    return items.filter((review) => review.claimed_by === this.desk.me.actor);
  }
}

function nextButton(onclick) {
  return el("button", { type: "button", class: "primary", "aria-keyshortcuts": "n", onclick }, t("take_next"), el("kbd", {}, "n"));
}
