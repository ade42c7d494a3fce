// Logging in, and one's own password.

import { el, fill } from "./page/dom.js";
import { known, t } from "./page/strings.js";

/** Build the form to log in; `onIn(me, password)` is called once it worked. `said` stands above it. */
export function renderLogin(api, { onIn, said = "" }) {
  const login = field("login_name", { autocomplete: "username", autocapitalize: "off", spellcheck: "false" });
  const password = field("password", { type: "password", autocomplete: "current-password" });
  const send = async () => {
    const me = await api.logIn(login.input.value, password.input.value);
    history.replaceState(null, "", `/${location.hash}`); // a refusal in the address is over
    onIn(me, password.input.value);
  };
  const built = form({ title: t("log_in"), fields: [login, password], button: t("log_in"), said: said || refusal(), send });
  offerProvider(api, built);
  return built;
}

/** Give what became of a login through the identity provider: the address brings a code, the sentence is the page's. */
function refusal() {
  const key = `oidc_${new URLSearchParams(location.search).get("refused")}`;
  return known(key) ? t(key) : "";
}

/** Add the way through an identity provider, where there is one. */
async function offerProvider(api, built) {
  const { oidc } = await api.get("/v1/login").catch(() => ({ oidc: false })); // the password's form says what is wrong
  if (oidc) built.append(el("a", { class: "other-way", href: "/v1/login/oidc" }, t("single_sign_on")));
}

/** Build the dialog in which one changes one's password. */
export function renderPasswordDialog(api, { name, onChanged }) {
  const words = { title: t("change_own_password"), hint: t("change_own_password_hint") };
  const changed = () => {
    dialog.close();
    onChanged();
  };
  const dialog = el(
    "dialog",
    {
      class: "password-dialog",
      "aria-label": words.title,
      onclose: () => dialog.remove(),
      onkeydown: (event) => event.stopPropagation(), // keys are for what lies behind it
    },
    renderPassword(api, { name, ...words, onChanged: changed }),
    el("form", { method: "dialog" }, el("button", { type: "submit" }, t("close"))),
  );
  return dialog;
}

/** Build the form for one's own password; `old` is the present one where it was just given, `name` whose. */
export function renderPassword(
  api,
  { name, old = null, title = t("change_password"), hint = t("change_password_hint"), onChanged },
) {
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
    title,
    hint,
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
