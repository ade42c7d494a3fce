// The review console: who is logged in, the sections, the address, the keys, the language.

import { el, fill } from "./page/dom.js";
import { languages, renderHelp } from "./page/head.js";
import { currentLanguage, setLanguage, t } from "./page/strings.js";
import { Api } from "./api.js";
import { Appeals } from "./appeals.js";
import { Conversations } from "./conversations.js";
import { forgetAll } from "./kept.js";
import { renderLogin, renderPassword, renderPasswordDialog } from "./login.js";
import { Queue } from "./queue.js";
import { Reports } from "./reports.js";
import { Scorecards } from "./scorecards.js";
import "./words.js";

/** The sections, with the permission that each asks for. */
const SECTIONS = {
  queue: { Section: Queue, needs: "reviews.read" },
  conversations: { Section: Conversations, needs: "conversations.read" },
  appeals: { Section: Appeals, needs: "conversations.read" },
  reports: { Section: Reports, needs: "reports.read" },
};

const HELP = {
  "j k": "turns",
  "↓ ↑": "turns",
  Space: "play",
  "1–9": "criteria",
  "y x 0": "states",
  "e E": "proof",
  c: "claim",
  l: "labels",
  a: "agree",
  s: "submit",
  n: "take_next",
  r: "release",
  "/": "filter",
  Esc: "back",
  "?": "help",
};

/** The keys that go on while they are held; whatever else a key does it does once. */
const WALKING = ["j", "k", "e", "E", "ArrowDown", "ArrowUp"];

/** Where the list and an item stand side by side; elsewhere the one replaces the other. */
const WIDE = matchMedia("(min-width: 72em)");

/** Where the criteria stand beside the transcript; elsewhere above it. */
const ROOMY = matchMedia("(min-width: 52em)");

/** Where the browser keeps the language that was chosen. */
const LANGUAGE = "callgrader.language";

const app = document.getElementById("app");
const parts = {};
const api = new Api({ onOver: () => showLogin(t("session_over")) });

/** What all sections share. */
const desk = {
  api,
  me: null,
  main: null,
  scorecards: new Scorecards(api),
  may: (permission) => desk.me.permissions.includes(permission),
  isRoomy: () => ROOMY.matches,
  say,
  go,
};

/** Tell something; what is wrong stays until it is closed or the next thing is said. */
function say(text, { wrong = false } = {}) {
  if (!parts.status) return;
  clearTimeout(parts.silence);
  fill(parts.status, text);
  parts.status.className = wrong ? "said wrong" : "said";
  if (!wrong) parts.silence = setTimeout(() => fill(parts.status), 6000);
}

/** Go to a section, or to one thing in it. */
function go(section, id = null) {
  const address = id === null ? `#${section}` : `#${section}/${encodeURIComponent(id)}`;
  if (location.hash === address) route();
  else location.hash = address;
}

function fromHash() {
  const [section, id = null] = location.hash.slice(1).split("/");
  return { section: section in SECTIONS && desk.may(SECTIONS[section].needs) ? section : first(), id: id && decoded(id) };
}

/** An address that nobody encoded is taken as it stands: what it names is not found, and that is told. */
function decoded(id) {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function first() {
  return Object.keys(SECTIONS).find((name) => desk.may(SECTIONS[name].needs));
}

async function route() {
  const { section, id } = fromHash();
  if (parts.name !== section) {
    parts.section?.leave();
    parts.name = section;
    parts.section = new SECTIONS[section].Section(desk);
    fill(parts.panes, parts.section.element, desk.main);
    for (const [name, tab] of parts.tabs) setCurrent(tab, name === section);
    document.title = `${t(`${section}_section`)} · callgrader`;
    parts.section.refresh();
  }
  document.body.classList.toggle("choosing", id === null);
  try {
    await parts.section.show(id);
    if (id !== null && !WIDE.matches) scrollTo(0, 0);
    if (id !== null && !isInList()) document.getElementById("conversation")?.focus({ preventScroll: true });
  } catch (problem) {
    if (problem.status === 401) return;
    fill(desk.main, el("p", { class: "empty", role: "alert" }, problem.message));
  }
}

/** Tell whether somebody goes through the list beside the item: the next arrow key is for the list too. */
function isInList() {
  return WIDE.matches && document.activeElement?.matches("[role=listbox]");
}

function setCurrent(tab, current) {
  if (current) tab.setAttribute("aria-current", "page");
  else tab.removeAttribute("aria-current");
}

function build() {
  const lit = Object.entries(SECTIONS).filter(([, { needs }]) => desk.may(needs));
  parts.tabs = new Map(lit.map(([name]) => [name, el("a", { href: `#${name}`, class: "tab" }, t(`${name}_section`))]));
  parts.status = el("p", { class: "said", role: "status" });
  parts.help = renderHelp(HELP, t("console_note"));
  parts.panes = el("div", { class: "panes" });
  parts.section?.leave();
  parts.section = null;
  parts.name = null;
  desk.main = el("main", { id: "main" });
  fill(
    app,
    el(
      "header",
      { class: "top" },
      el("div", { class: "top-title" }, el("p", { class: "product" }, "callgrader"), el("h1", {}, t("console"))),
      el("nav", { class: "tabs", "aria-label": t("sections") }, ...parts.tabs.values()),
      el(
        "div",
        { class: "tools" },
        el("span", { class: "person" }, desk.me.name),
        languages(changeLanguage),
        iconButton("refresh", "↻", () => parts.section.refresh()),
        iconButton("keys", "?", () => parts.help.showModal()),
        desk.me.has_password &&
          el("button", { type: "button", title: t("change_own_password"), onclick: changePassword }, t("password")),
        el("button", { type: "button", onclick: logOut }, t("log_out")),
      ),
    ),
    parts.panes,
    el("div", { class: "toast" }, parts.status, iconButton("close", "×", () => fill(parts.status))),
    parts.help,
  );
  route();
}

function iconButton(key, symbol, onclick) {
  return el("button", { type: "button", class: "icon", "aria-label": t(key), title: t(key), onclick }, symbol);
}

function changeLanguage(code) {
  setLanguage(code);
  localStorage.setItem(LANGUAGE, code);
  show();
}

async function logOut() {
  try {
    await api.logOut();
  } catch (problem) {
    if (problem.status !== 401) return say(problem.message, { wrong: true });
  }
  forgetAll();
  return showLogin();
}

/** Build what is to be seen, in the language that was chosen. */
function show() {
  document.documentElement.lang = currentLanguage() === "zh" ? "zh-Hans" : "en";
  if (desk.me === null) showLogin();
  else if (desk.me.must_change_password) showPassword();
  else start();
}

async function start() {
  try {
    await desk.scorecards.known();
  } catch (problem) {
    if (problem.status !== 401) showFailure(problem, start);
    return;
  }
  build();
}

/** Tell why nothing can be shown; `again()` tries anew. */
function showFailure(problem, again) {
  const button = el("button", { type: "button", class: "primary", onclick: again }, t("again"));
  fill(app, el("main", { class: "empty" }, el("p", { role: "alert" }, problem.message), button));
}

function showLogin(said = "") {
  parts.section?.leave();
  clearTimeout(parts.silence);
  Object.assign(parts, { section: null, name: null, status: null });
  desk.me = null;
  gate(renderLogin(api, { said, onIn: (me, password) => welcome(me, password) }));
}

function welcome(me, password = null) {
  if (me.actor !== parts.actor) forgetAll();
  parts.actor = me.actor;
  desk.me = me;
  parts.password = password;
  show();
}

function showPassword() {
  const onChanged = async () => welcome(await api.me());
  gate(renderPassword(api, { name: desk.me.name, old: parts.password, onChanged }));
}

function changePassword() {
  const dialog = renderPasswordDialog(api, { name: desk.me.name, onChanged: () => say(t("password_changed")) });
  app.append(dialog);
  dialog.showModal();
}

function gate(form) {
  document.title = "callgrader";
  fill(app, el("div", { class: "gate-page" }, el("div", { class: "tools" }, languages(changeLanguage)), el("main", {}, form)));
  form.querySelector("input:not([hidden])").focus();
}

/** Tell whether a key belongs to what has the focus: letters to fields, the space bar to buttons, arrows to choices. */
function isTaken({ key, target }) {
  if (target.matches("input:not([type=radio], [type=checkbox]), select, textarea")) return true;
  if (key === " ") return target.matches("input, button, summary, a, audio");
  return key.startsWith("Arrow") && target.matches("input, audio, [role=listbox]");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !parts.section || parts.help.open) return;
  const isHeld = event.repeat && !WALKING.includes(event.key);
  if (event.key === "Escape") {
    if (event.target.matches("input, select, textarea")) event.target.blur();
    else if (!isHeld) go(parts.name);
    return;
  }
  const keys = {
    "/": () => parts.panes.querySelector(".filters input, .filters select").focus(),
    "?": () => parts.help.showModal(),
    ...parts.section.keys,
  };
  if (isTaken(event) || !keys[event.key]) return;
  event.preventDefault();
  if (!isHeld) keys[event.key]();
});

addEventListener("hashchange", () => parts.section && route());

/** Ask who is logged in. */
async function begin() {
  try {
    const me = await api.me();
    if (me === null) show();
    else welcome(me);
  } catch (problem) {
    showFailure(problem, begin);
  }
}

setLanguage(localStorage.getItem(LANGUAGE) ?? navigator.language);
begin();
