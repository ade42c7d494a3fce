// How conversations were graded in a period: of all, by group, and week by week.

import { el, fill } from "./page/dom.js";
import { currentLanguage, decimal, known, percent, t } from "./page/strings.js";
import { shareBar, weekLine } from "./chart.js";
import { filterBy } from "./conversations.js";
import { filtersFrom } from "./kept.js";
import { byBeginning, renderField } from "./listing.js";

const GROUPS = { team: "team", agent: "agent_field", queue: "queue", channel: "channel", language: "language" };
const SHARES = ["passed", "fatal", "automatic", "reviewed", "corrected", "audit"];
const EXPLAINED = ["automatic", "corrected", "audit"];
const APPEALS = ["open", "upheld", "partly_upheld", "rejected", "withdrawn"];

/** Of fewer conversations no share is shown: nobody is judged on three calls. */
const FEW = 10;

const DAYS = 30;

const values = filtersFrom({ by: "team", since: daysAgo(DAYS), until: "", channel: "", agent: "", team: "", queue: "", language: "" });

export class Reports {
  #token = 0;

  constructor(desk) {
    this.desk = desk;
    this.report = el("div", { class: "report" });
    const fields = [
      { name: "by", choices: Object.entries(GROUPS).map(([by, label]) => [by, t(label)]) },
      { name: "since", type: "date" },
      { name: "until", type: "date" },
      { name: "channel", choices: [["", t("any")], ...["call", "chat", "email"].map((channel) => [channel, t(channel)])] },
      { name: "agent", label: "agent_field" },
      { name: "team" },
      { name: "queue" },
      { name: "language", choices: [["", t("any")], ...["zh", "en"].map((code) => [code, t(`lang_${code}`)])] },
    ];
    this.element = el(
      "div",
      { class: "filters report-filters", role: "search" },
      fields.map((field) => renderField(field, values, () => this.refresh())),
    );
  }

  get keys() {
    return {};
  }

  show() {
    fill(this.desk.main, this.report);
  }

  leave() {
    this.#token++;
  }

  /** Count anew. */
  async refresh() {
    const token = ++this.#token;
    const { by, ...filters } = values;
    const asked = { ...byBeginning(filters), since: startOfDay(values.since), until: startOfDay(values.until) };
    try {
      const [groups, weeks] = await Promise.all(
        [by, "week"].map((by) => this.desk.api.get("/v1/reports", { ...asked, by })),
      );
      if (token === this.#token) this.#draw(groups, weeks, { ...asked, by, format: "csv" });
    } catch (problem) {
      if (problem.status !== 401) this.desk.say(problem.message, { wrong: true });
    }
  }

  #draw({ by, overall, groups }, { groups: weeks }, asked) {
    if (overall.conversations === 0) {
      fill(this.report, el("p", { class: "empty" }, t("nothing_found")));
      return;
    }
    const judged = overall.criteria.filter(({ of }) => of > 0);
    const criteria = judged.map(({ id }) => [id, this.desk.scorecards.commonName(id)]);
    fill(
      this.report,
      el("h2", {}, t("report_heading")),
      overview(overall),
      el("div", {}, [t("report_few", { few: FEW }), ...EXPLAINED.map(explained)].map((words) => el("p", { class: "hint" }, words))),
      section(
        t("report_by", { group: t(GROUPS[by]) }),
        table(by, ["conversations", "mean_score", ...SHARES, "appeals"].map(figureName), groups, resultsOf),
        table(by, criteria.map(([, name]) => name), groups, (group) => criteria.map(([id]) => shareOf(criterionOf(group, id)))),
        el("p", {}, el("a", { href: `/v1/reports?${new URLSearchParams(given(asked))}`, download: "" }, t("download_table"))),
      ),
      section(
        t("report_weeks"),
        el("p", { class: "hint" }, t("report_lines", { few: FEW })),
        el("div", { class: "week-lines" }, linesOf(criteria).map(([name, pick]) => weekFigure(name, weeks, pick))),
      ),
    );
  }
}

function section(title, ...children) {
  return el("section", { "aria-label": title }, el("h3", {}, title), ...children);
}

function figureName(name) {
  return t(`figure_${name}`);
}

function explained(name) {
  return t("explained", { name: figureName(name), words: t(`hint_${name}`) });
}

/** Build the figures of all conversations. */
function overview(overall) {
  const tile = (name, number, ...about) =>
    el("div", { class: "figure" }, el("dt", {}, figureName(name)), el("dd", {}, el("strong", {}, number), ...about));
  const shares = SHARES.map((name) => {
    const share = overall[name];
    if (share.of < FEW) return tile(name, "–", el("small", {}, countsOf(share)));
    return tile(name, percent(share.share), shareBar(share), el("small", {}, countsOf(share)), el("small", {}, intervalOf(share)));
  });
  return el(
    "dl",
    { class: "overview" },
    tile("conversations", new Intl.NumberFormat(currentLanguage()).format(overall.conversations)),
    tile("mean_score", meanOf(overall)),
    shares,
    tile("appeals", raised(overall.appeals), el("small", {}, endsOf(overall.appeals))),
  );
}

/** Build a table with a row for each group. */
function table(by, headings, groups, cellsOf) {
  return el(
    "div",
    { class: "report-table", tabindex: 0, role: "group", "aria-label": t("report_by", { group: t(GROUPS[by]) }) },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, [t(GROUPS[by]), ...headings].map((heading) => el("th", { scope: "col" }, heading)))),
      el(
        "tbody",
        {},
        groups.map((group) => el("tr", {}, el("th", { scope: "row" }, groupLink(by, group.group)), cellsOf(group).map((cell) => el("td", {}, cell)))),
      ),
    ),
  );
}

function resultsOf(group) {
  const { appeals } = group;
  return [
    new Intl.NumberFormat(currentLanguage()).format(group.conversations),
    meanOf(group),
    ...SHARES.map((name) => shareOf(group[name], { isBad: name === "fatal" })),
    el("span", { title: endsOf(appeals) }, raised(appeals)),
  ];
}

/** Build the way to a group's conversations; those that name no group cannot be asked for. */
function groupLink(by, group) {
  if (group === null) return t("not_named");
  const { by: _, ...filters } = values;
  const meant = by === "channel" || by === "language" ? group : `"${group}"`;
  return el("a", { href: "#conversations", onclick: () => filterBy({ ...filters, [by]: meant }) }, nameOf(by, group));
}

function nameOf(by, group) {
  if (by === "channel") return t(group);
  return by === "language" && known(`lang_${group}`) ? t(`lang_${group}`) : group;
}

function criterionOf(group, id) {
  return group.criteria.find((criterion) => criterion.id === id) ?? { count: 0, of: 0 };
}

function shareOf(share, { isBad = false } = {}) {
  if (share.of === 0) return "–";
  const counts = el("small", {}, countsOf(share));
  if (share.of < FEW) return el("span", { class: "share", title: t("too_few", { few: FEW }) }, el("span", {}, "–"), counts);
  const about = { class: isBad ? "share is-not_met" : "share", title: intervalOf(share) };
  return el("span", about, el("span", {}, percent(share.share)), shareBar(share), counts);
}

function meanOf({ conversations, mean_score: mean }) {
  return conversations < FEW || mean === null ? "–" : decimal(mean);
}

function countsOf({ count, of }) {
  return t("count_of", { count, of });
}

function intervalOf({ low, high }) {
  return t("interval", { low: percent(low), high: percent(high) });
}

function raised(appeals) {
  return APPEALS.reduce((sum, state) => sum + appeals[state], 0);
}

function endsOf(appeals) {
  return APPEALS.filter((state) => appeals[state] > 0)
    .map((state) => `${t(state)} ${appeals[state]}`)
    .join(t("dot"));
}

/** Give the lines: the name of each, and how a week's share is picked. */
function linesOf(criteria) {
  const mean = ({ mean_score: score, ...week }) => ({
    of: week.conversations,
    share: score === null ? null : score / 100,
    words: meanOf({ mean_score: score, ...week }),
  });
  const worded = (share) => ({ ...share, words: share.of < FEW ? countsOf(share) : `${percent(share.share)} (${countsOf(share)})` });
  return [
    [figureName("mean_score"), mean],
    [figureName("passed"), ({ passed }) => worded(passed)],
    ...criteria.map(([id, name]) => [name, (week) => worded(criterionOf(week, id))]),
  ];
}

function weekFigure(name, weeks, pick) {
  const points = weeks.map((week) => {
    const { share, of, words } = pick(week);
    return { share: of < FEW ? null : share, words: t("in_week", { day: dayOf(week.group), words }) };
  });
  const last = points.findLast(({ share }) => share !== null);
  return el(
    "figure",
    { class: "week-figure" },
    el("figcaption", {}, name),
    weekLine(points, [name, ...points.map(({ words }) => words)].join("\n")),
    el("p", { class: "week-ends" }, el("span", {}, dayOf(weeks[0].group)), el("span", {}, dayOf(weeks.at(-1).group))),
    el("p", { class: "hint" }, last ? last.words : t("too_few", { few: FEW })),
  );
}

function given(parameters) {
  return Object.entries(parameters).filter(([, value]) => value);
}

/** Give the day so many days before today, as a date field holds it. */
function daysAgo(days) {
  const now = new Date();
  const then = new Date(now.getFullYear(), now.getMonth(), now.getDate() - days);
  return [then.getFullYear(), then.getMonth() + 1, then.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/** Give when a day begins by the reader's clock, with its zone: weeks begin there as well. */
function startOfDay(day) {
  if (!day) return "";
  const minutes = -new Date(`${day}T00:00:00`).getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return `${day}T00:00:00${minutes < 0 ? "-" : "+"}${two(hours)}:${two(rest)}`;
}

/** Give the first day of a week in words. */
function dayOf(monday) {
  const language = currentLanguage() === "zh" ? "zh-CN" : "en-GB";
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(monday));
}
