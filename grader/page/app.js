// The page of a run: reads the data, and ties the list, the filters, the chosen conversation and the keys together.

import { SYMBOLS } from "./criteria.js";
import { ConversationDetail } from "./detail.js";
import { el, fill } from "./dom.js";
import { choose, EVERYTHING, GROUPS, SORTS } from "./filters.js";
import { Counts, renderHead, renderHelp } from "./head.js";
import { columnNames, ConversationList, legend } from "./list.js";
import { renderProblems } from "./problems.js";
import { currentLanguage, moment, setLanguage, t } from "./strings.js";

const data = (name) => JSON.parse(document.getElementById(name).textContent);
const lines = (name) => document.getElementById(name).textContent.split("\n").filter(Boolean);
const run = data("run");
const rows = lines("rows").map((line, index) => {
  const row = JSON.parse(line);
  const stateOf = new Map(run.forms[row.form].criteria.map(({ id }, i) => [id, row.states[i]]));
  return { ...row, index, stateOf };
});
const columns = [...new Set(run.forms.flatMap(({ criteria }) => criteria.map(({ id }) => id)))];
const names = run.forms.map(({ criteria }) => new Map(criteria.map(({ id, name }) => [id, name])));

/** Where the list and a conversation stand side by side; elsewhere the one replaces the other. */
const WIDE = matchMedia("(min-width: 72em)");

/** Where the criteria stand beside the transcript; elsewhere above it. */
const ROOMY = matchMedia("(min-width: 52em)");

const HELP = { "j k": "next", "n p": "evidence", "/": "search", f: "review", Esc: "back", "?": "help" };

const state = { filter: { ...EVERYTHING }, chosen: null, problems: false };
const parts = {};

/** Give a criterion's name on the scorecard of `row`. */
function nameOn(row, id) {
  return names[row.form].get(id) ?? id;
}

/** Give a criterion's name for all conversations: where scorecards differ, the one in the reader's language. */
function nameOfAll(id) {
  const all = names.map((form) => form.get(id)).filter(Boolean);
  const chinese = currentLanguage() === "zh";
  return all.find((name) => /\p{Script=Han}/u.test(name) === chinese) ?? all[0] ?? id;
}

/** Give all that is said in a conversation. Kept, for the next key typed asks again. */
function said(row) {
  row.said ??= data(`c${row.index}`)
    .conversation.turns.map(({ text }) => text)
    .join("\n");
  return row.said;
}

function build() {
  document.documentElement.lang = currentLanguage() === "zh" ? "zh-Hans" : "en";
  document.title = `callgrader · ${t("run_of", { when: moment(run.started_at) })}`;
  parts.list = new ConversationList({ columns, nameOf: nameOn, onChoose: chooseRow });
  parts.matches = el("p", { class: "matches", role: "status" });
  parts.none = el("div", { class: "empty" });
  parts.main = el("main", { id: "main" });
  parts.status = el("p", { class: "hidden", role: "status" });
  parts.counts = new Counts(counted(), (group) => (group === "problems" ? showProblems() : setFilter({ show: group })));
  parts.help = renderHelp(HELP, t("privacy_note"));
  fill(
    document.getElementById("app"),
    renderHead(run, { counts: parts.counts.element, onLanguage: changeLanguage, onHelp: () => parts.help.showModal() }),
    el(
      "div",
      { class: "panes" },
      el(
        "nav",
        { class: "list-pane", "aria-label": t("conversations") },
        filters(),
        parts.matches,
        columnNames(columns, nameOfAll),
        parts.list.element,
        parts.none,
        legend(),
      ),
      parts.main,
    ),
    parts.status,
    parts.help,
  );
  showCounts();
  showRows();
  showMain();
}

function changeLanguage(code) {
  setLanguage(code);
  build();
  document.querySelector(`.languages [lang="${code}"]`).focus();
}

/** Give how many conversations are in each group, and how many inputs could not be graded. */
function counted() {
  const groups = Object.entries(GROUPS).map(([group, holds]) => [group, rows.filter(holds).length]);
  return [...groups.filter(([group, count]) => count > 0 || group !== "blank"), ["problems", run.problems.length]];
}

function showCounts() {
  parts.counts.press(state.problems ? "problems" : state.filter.show);
}

function filters() {
  const { filter } = state;
  let waiting;
  parts.search = el("input", {
    type: "search",
    "aria-label": t("search"),
    placeholder: t("search_hint"),
    oninput: () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => setFilter({ query: parts.search.value }), 120);
    },
  });
  parts.search.value = filter.query;
  const missed = columns.map((id) => {
    const count = rows.filter((row) => row.stateOf.get(id) === "not_met").length;
    return [id, t("is_not_met", { mark: SYMBOLS.not_met, name: nameOfAll(id), count })];
  });
  parts.criterion = select("criterion", [["", t("any_criterion")], ...missed]);
  parts.sort = select("sort", SORTS.map((order) => [order, t(`sort_${order}`)]));
  return el("div", { class: "filters", role: "search" }, parts.search, parts.criterion, parts.sort);
}

function select(name, choices) {
  const options = choices.map(([value, label]) => el("option", { value }, label));
  const element = el(
    "select",
    { "aria-label": t(name), onchange: () => setFilter({ [name]: element.value }) },
    options,
  );
  element.value = state.filter[name];
  return element;
}

function setFilter(change) {
  Object.assign(state.filter, change);
  if (state.problems) {
    state.problems = false;
    showMain();
  }
  showCounts();
  showRows();
}

function showRows() {
  const shown = choose(rows, state.filter, said);
  parts.list.show(shown);
  parts.list.choose(state.chosen);
  parts.list.element.hidden = shown.length === 0;
  parts.none.hidden = shown.length > 0;
  fill(parts.matches, t("matches", { count: shown.length, total: rows.length }));
  const clear = () => {
    state.filter = { ...EVERYTHING };
    build();
  };
  if (rows.length === 0) fill(parts.none, el("p", {}, t("nothing")));
  else {
    const button = el("button", { type: "button", onclick: clear }, t("clear"));
    fill(parts.none, el("p", {}, t("no_match")), button);
  }
}

function chooseRow(row) {
  if (row === undefined) return;
  const within = parts.main.contains(document.activeElement);
  state.chosen = row;
  state.problems = false;
  if (fromHash() !== row) location.hash = anchor(row);
  parts.list.choose(row);
  showCounts();
  showMain();
  fill(parts.status, row.id);
  if (!WIDE.matches) scrollTo(0, 0);
  if (!WIDE.matches || within) document.getElementById("conversation").focus();
}

/** Give the part of the address that names a row. Half a surrogate pair has no place in an address. */
function anchor(row) {
  return encodeURIComponent(row.id.replace(/\p{Surrogate}/gu, "\ufffd"));
}

/** Give the row that the address names: the chosen one if it bears that name, as ids may occur twice. */
function fromHash() {
  const named = (row) => anchor(row) === location.hash.slice(1);
  return state.chosen && named(state.chosen) ? state.chosen : rows.find(named);
}

function showProblems() {
  state.problems = true;
  showCounts();
  showMain();
}

function showMain() {
  document.body.classList.toggle("choosing", state.chosen === null && !state.problems);
  parts.detail = null;
  if (state.problems) return fill(parts.main, renderProblems(run.problems, { onBack: backToList }));
  if (state.chosen === null) return fill(parts.main, el("p", { class: "empty" }, rows.length ? t("choose") : t("nothing")));
  const row = state.chosen;
  const view = { ...data(`c${row.index}`), nameOf: (id) => nameOn(row, id) };
  parts.detail = new ConversationDetail(view, {
    roomy: ROOMY.matches,
    onStep: (step) => {
      chooseRow(parts.list.neighbour(step));
      parts.main.querySelector(step > 0 ? ".next" : ".previous").focus();
    },
    onBack: backToList,
    say: (text) => fill(parts.status, text),
  });
  fill(parts.main, parts.detail.element);
  return parts.main;
}

function backToList() {
  const left = state.chosen;
  if (!WIDE.matches) state.chosen = null;
  state.problems = false;
  if (state.chosen === null) history.replaceState(null, "", "#");
  showCounts();
  showMain();
  parts.list.choose(left);
  parts.list.element.focus();
}

const KEYS = {
  j: () => chooseRow(parts.list.neighbour(1)),
  k: () => chooseRow(parts.list.neighbour(-1)),
  n: () => parts.detail?.step(1),
  p: () => parts.detail?.step(-1),
  "/": () => parts.search.focus(),
  f: () => setFilter({ show: state.filter.show === "review" ? "all" : "review" }),
  "?": () => parts.help.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || parts.help.open) return;
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "Escape") {
    if (typing) event.target.blur();
    else if (state.chosen || state.problems) backToList();
  } else if (!typing && KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

addEventListener("hashchange", () => {
  const row = fromHash();
  if (row && row !== state.chosen) chooseRow(row);
  if (!row && !WIDE.matches) backToList();
});

setLanguage(navigator.language);
state.chosen = fromHash() ?? ((WIDE.matches && rows[0]) || null);
state.problems = rows.length === 0 && run.problems.length > 0;
build();
