// All conversations that one may see, found by filters.

import { t } from "./page/strings.js";
import { ConversationPage } from "./conversation.js";
import { filtersFrom } from "./kept.js";
import { ListedView } from "./listed.js";
import { byBeginning, criteriaOf, startOf } from "./listing.js";
import { gradeRow, ungradedRow } from "./view.js";

const WAITS = "waits_for_grade";
const values = filtersFrom({ external_id: "", channel: "", graded: "", result: "", agent: "", team: "", queue: "", language: "", criterion: "", since: "", until: "" });

/** Filter by these alone, once the section is opened. */
export function filterBy(wanted) {
  for (const name of Object.keys(values)) values[name] = wanted[name] ?? "";
}

export class Conversations extends ListedView {
  constructor(desk) {
    const channels = ["call", "chat", "email"].map((channel) => [channel, t(channel)]);
    const criteria = desk.scorecards.criteria().map((id) => [id, desk.scorecards.commonName(id)]);
    super(desk, "conversations", {
      fields: [
        { name: "external_id", label: "number" },
        { name: "channel", choices: [["", t("any")], ...channels] },
        { name: "graded", choices: [["", t("any")], ["auto", t("auto")], ["review", t("review")], [WAITS, t(WAITS)]] },
        { name: "result", choices: [["", t("any")], ["true", t("passed")], ["false", t("failed")]] },
        { name: "agent", label: "agent_field" },
        { name: "team" },
        { name: "queue" },
        { name: "language", choices: [["", t("any")], ...["zh", "en"].map((code) => [code, t(`lang_${code}`)])] },
        { name: "criterion", label: "criterion_not_met", choices: [["", t("any")], ...criteria] },
        { name: "since", type: "date" },
        { name: "until", type: "date" },
      ],
      values,
      read: (filters, page) => this.#read(filters, page),
      columnsOf: criteriaOf,
      nameOf: (row, id) => desk.scorecards.nameOf(row.card, id),
      commonName: (id) => desk.scorecards.commonName(id),
      open: (id) => ConversationPage.read(desk, id, { ...this.steps, onChanged: () => this.show(id) }),
    });
  }

  async #read({ graded, result, since, until, criterion, ...rest }, { cursor, limit, from }) {
    const asked = { ...byBeginning(rest), since: startOf(since), until: startOf(until), cursor, limit };
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
