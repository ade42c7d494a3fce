// A person's wish that somebody look at a grade again: the one that waits, and the form for a new one.

import { el } from "./page/dom.js";
import { t } from "./page/strings.js";
import { renderStatement } from "./statement.js";

/** Build what one asked, or the form; `reviews` are the conversation's, `onChanged()` is called when one was asked for. */
export function renderRequest(desk, { uid, reviews, onChanged }) {
  if (!desk.may("reviews.work")) return null;
  const asked = reviews.find(({ kind, state }) => kind === "requested" && ["waiting", "claimed"].includes(state));
  return asked ? waiting(desk, asked) : form(desk, { uid, onChanged });
}

/** Show why a person asks. */
export function reasonAsked(request, ...more) {
  return el("div", { class: "objection" }, el("strong", {}, t("request")), el("p", {}, request), more);
}

function waiting(desk, { id, request }) {
  const onclick = () => desk.go("queue", id);
  return reasonAsked(request, el("button", { type: "button", class: "primary", onclick }, t("show_in_queue")));
}

function form(desk, { uid, onChanged }) {
  return renderStatement(desk, `/v1/conversations/${encodeURIComponent(uid)}/reviews`, {
    blank: { reason: "" },
    field: "reason",
    words: {
      title: t("ask_review"),
      hint: t("ask_review_hint"),
      field: t("reason"),
      send: t("send_request"),
      sent: t("request_sent"),
    },
    onSent: onChanged,
  });
}
