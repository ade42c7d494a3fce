// The inputs that could not be graded: file, place, what is wrong, what to do.

import { el } from "./dom.js";
import { t } from "./strings.js";

const COLUMNS = ["file", "place", "problem", "remedy"];

/** Build the list of problems; `onBack()` leads back to the conversations. */
export function renderProblems(problems, { onBack }) {
  const lines = problems.map(({ source, place, problem, remedy }) => {
    const cells = [source, place ?? t("whole"), problem, remedy];
    return el("tr", {}, cells.map((text, i) => el("td", { "data-name": t(COLUMNS[i]) }, text)));
  });
  return el(
    "section",
    { class: "problem-list", "aria-labelledby": "problems" },
    el("button", { type: "button", class: "back", onclick: onBack }, `‹ ${t("back")}`),
    el("h2", { id: "problems" }, t("problems")),
    el("p", { class: "hint" }, t("problems_hint")),
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, COLUMNS.map((name) => el("th", { scope: "col" }, t(name))))),
      el("tbody", {}, lines),
    ),
  );
}
