// Logging in, and the password that follows a one-time one.

import { el, fill } from "./page/dom.js";
import { t } from "./page/strings.js";

/** Build the form to log in; `onIn(me, password)` is called once it worked. `said` stands above it. */
export function renderLogin(api, { onIn, said = "" }) {
  const login = field("login_name", { autocomplete: "username", autocapitalize: "off", spellcheck: "false" });
  const password = field("password", { type: "password", autocomplete: "current-password" });
  const send = async () => onIn(await api.logIn(login.input.value, password.input.value), password.input.value);
  return form({ title: t("log_in"), fields: [login, password], button: t("log_in"), said, send });
}

/** Build the form for one's own password; `old` is the present one where it was just given, `name` whose. */
export function renderPassword(api, { name, old = null, onChanged }) {
  // For password managers: whose password this is.
  const account = { element: el("input", { type: "text", autocomplete: "username", value: name, hidden: true }) };
  const present = old === null ? field("old_password", { type: "password", autocomplete: "current-password" }) : null;
  const fresh = field("new_password", { type: "password", autocomplete: "new-password", minlength: 12, maxlength: 256 });
  const again = field("new_password_again", { type: "password", autocomplete: "new-password" });
  const send = async () => {
    if (fresh.input.value !== again.input.value) throw new Error(t("passwords_differ"));
    await api.post("/v1/me/password", { old: old ?? present.input.value, new: fresh.input.value });
    await onChanged();
  };
  return form({
    title: t("change_password"),
    hint: t("change_password_hint"),
    fields: [account, present, fresh, again].filter(Boolean),
    button: t("change"),
    send,
  });
}

function field(name, attributes) {
  const input = el("input", { name, required: true, ...attributes });
  return { input, element: el("label", { class: "field" }, el("span", {}, t(name)), input) };
}

function form({ title, hint, fields, button, said, send }) {
  const alert = el("p", { class: "alert", role: "alert" }, said);
  const submit = el("button", { type: "submit", class: "primary" }, button);
  const onsubmit = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    fill(alert);
    try {
      await send();
    } catch (problem) {
      fill(alert, problem.message);
    } finally {
      submit.disabled = false;
    }
  };
  return el(
    "form",
    { class: "gate", onsubmit },
    el("p", { class: "product" }, "callgrader"),
    el("h1", {}, title),
    hint && el("p", { class: "hint" }, hint),
    fields.map(({ element }) => element),
    alert,
    submit,
  );
}
