// Appeals against one grade: those that were raised, and the form for a new one.

import { el } from "./page/dom.js";
import { local, t } from "./page/strings.js";
import { renderStatement } from "./statement.js";

/** Build the appeals of a conversation; `onChanged()` is called when one was raised or withdrawn. */
export function renderAppeals(desk, { uid, grade, appeals, nameOf, onChanged }) {
  const mayRaise = desk.may("appeals.raise") && !appeals.some(({ state }) => state !== "withdrawn");
  if (appeals.length === 0 && !mayRaise) return null;
  return el(
    "section",
    { class: "appeals", "aria-label": t("appeals_section") },
    appeals.map((appeal) => record(desk, appeal, { nameOf, onChanged })),
    mayRaise && form(desk, { uid, grade, nameOf, onChanged }),
  );
}

function record(desk, appeal, { nameOf, onChanged }) {
  const { state, criteria, grounds, decision } = appeal;
  const open = state === "open";
  const withdraw = async () => {
    try {
      await desk.api.post(`/v1/appeals/${appeal.id}/withdraw`);
      onChanged();
    } catch (problem) {
      desk.say(problem.message, { wrong: true });
    }
  };
  const judges = open && appeal.review_id && desk.may("appeals.adjudicate") && desk.may("reviews.read");
  return el(
    "div",
    { class: "objection" },
    el("strong", {}, t("objection"), ": ", t(state)),
    criteria.length > 0 && el("p", { class: "hint" }, t("objects_to", { what: criteria.map(nameOf).join(t("dot")) })),
    el("p", {}, grounds),
    decision && el("p", { class: "hint" }, t("said_on", { outcome: t(decision.decision), when: local(decision.at) })),
    decision && el("p", {}, decision.reason),
    open && appeal.raised_by === desk.me.actor && el("button", { type: "button", onclick: withdraw }, t("withdraw")),
    judges && el("button", { type: "button", class: "primary", onclick: () => desk.go("queue", appeal.review_id) }, t("decide_in_queue")),
  );
}

function form(desk, { uid, grade, nameOf, onChanged }) {
  return renderStatement(desk, `/v1/conversations/${encodeURIComponent(uid)}/appeals`, {
    blank: { grounds: "", criteria: [] },
    field: "grounds",
    words: {
      title: t("raise_appeal"),
      hint: t("raise_appeal_hint"),
      field: t("grounds"),
      send: t("send_appeal"),
      sent: t("appeal_sent"),
    },
    above: (draft) => against(draft, { grade, nameOf }),
    onSent: onChanged,
  });
}

function against(draft, { grade, nameOf }) {
  const note = () => (draft.criteria = boxes.filter((box) => box.checked).map((box) => box.value));
  const boxes = grade.criteria.map(({ id }) => {
    const box = el("input", { type: "checkbox", name: "criterion", value: id, onchange: note });
    box.checked = draft.criteria.includes(id);
    return box;
  });
  return el(
    "fieldset",
    { class: "against" },
    el("legend", {}, t("against")),
    boxes.map((box) => el("label", {}, box, " ", nameOf(box.value))),
  );
}
