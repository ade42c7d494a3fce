// A form, folded away until one has something to say, in which a person tells the service why.

import { el, fill } from "./page/dom.js";
import { t } from "./page/strings.js";
import { draftOf, forget } from "./kept.js";

/**
 * Build the form. What is entered goes to `path` in the shape of `blank`, the reason as its `field`. `words` are its
 * `{title, hint, field, send, sent}`; `above(draft)` gives what else is entered, `onSent()` is called afterwards.
 */
export function renderStatement(desk, path, { blank, field, words, above = () => null, onSent }) {
  const draft = draftOf(path, blank);
  const note = () => (draft[field] = reason.value);
  const reason = el("textarea", { name: field, rows: 4, required: true, maxlength: 10_000, oninput: note });
  reason.value = draft[field];
  const alert = el("p", { class: "alert", role: "alert" });
  const send = el("button", { type: "submit", class: "primary" }, words.send);
  const onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      await desk.api.submit(path, draft);
      forget(path);
      desk.say(words.sent);
      onSent();
    } catch (problem) {
      fill(alert, problem.message);
      send.disabled = false;
    }
  };
  const label = el("label", { class: "field" }, el("span", {}, words.field), reason);
  return el(
    "details",
    { class: "raise", open: draft[field] !== "" },
    el("summary", {}, words.title),
    el("form", { onsubmit }, el("p", { class: "hint" }, words.hint), above(draft), label, alert, send),
  );
}
