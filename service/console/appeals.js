// All appeals that one may see: an agent's own, a supervisor's to decide.

import { t } from "./page/strings.js";
import { ConversationPage } from "./conversation.js";
import { filtersFrom } from "./kept.js";
import { ListedView } from "./listed.js";
import { byBeginning } from "./listing.js";
import { appealRow } from "./view.js";

const STATES = ["open", "upheld", "partly_upheld", "rejected", "withdrawn"];
const values = filtersFrom({ state: "", agent: "", team: "" });

export class Appeals extends ListedView {
  constructor(desk) {
    super(desk, "appeals", {
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
      open: (id) => this.#open(id),
    });
  }

  /** Give the conversation that an appeal is about. */
  async #open(id) {
    const { uid } = await this.desk.api.get(`/v1/appeals/${encodeURIComponent(id)}`);
    const onChanged = () => this.refresh().then(() => this.show(id));
    return ConversationPage.read(this.desk, uid, { ...this.steps, onChanged });
  }

  async #read(filters, { cursor, limit, from }) {
    const page = await this.desk.api.get("/v1/appeals", { ...byBeginning(filters), cursor, limit });
    return { rows: page.items.map((appeal, index) => appealRow(appeal, from + index)), next: page.next };
  }
}
