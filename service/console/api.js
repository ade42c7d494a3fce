// The REST API, as the console uses it: the session's cookie goes by itself, its CSRF token with every change.

import { currentLanguage, known, t } from "./page/strings.js";

/** What the service did not do, with its reason as the message. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export class Api {
  #csrf = null;
  #unanswered = new Map();

  /** `onOver()` is called when the session turns out to be over. */
  constructor({ onOver }) {
    this.onOver = onOver;
  }

  /** Give who is logged in, or null. */
  async me() {
    try {
      return this.#known(await this.#send("GET", "/v1/me"));
    } catch (refusal) {
      if (refusal.status === 401) return null;
      throw refusal;
    }
  }

  async logIn(login, password) {
    return this.#known(await this.#send("POST", "/v1/login", { login, password }));
  }

  async logOut() {
    await this.post("/v1/logout");
    this.#csrf = null;
  }

  /** Read what stands at `path`; parameters that are empty are left out. */
  get(path, parameters = {}) {
    return this.#asked("GET", withParameters(path, parameters));
  }

  /** Ask for a change; null where there is nothing to say. */
  post(path, body = null, parameters = {}) {
    return this.#asked("POST", withParameters(path, parameters), body);
  }

  /** Hand something in: where its answer was lost and it is handed in again, it is still done once. */
  async submit(path, body) {
    const said = JSON.stringify([path, body]);
    const key = this.#unanswered.get(said) ?? newKey();
    this.#unanswered.set(said, key);
    const answer = await this.#asked("POST", path, body, key);
    this.#unanswered.delete(said);
    return answer;
  }

  #known(me) {
    this.#csrf = me.csrf_token;
    return me;
  }

  async #asked(method, address, body, key) {
    try {
      return await this.#send(method, address, body, key);
    } catch (refusal) {
      if (refusal.status === 401) this.onOver();
      throw refusal;
    }
  }

  async #send(method, address, body = null, key = newKey()) {
    const headers = { Accept: "application/json" };
    if (body !== null) headers["Content-Type"] = "application/json";
    if (method !== "GET") headers["Idempotency-Key"] = key;
    if (method !== "GET" && this.#csrf) headers["X-CSRF-Token"] = this.#csrf;
    let answer;
    try {
      answer = await fetch(address, { method, headers, body: body === null ? undefined : JSON.stringify(body) });
    } catch {
      throw new Refusal(0, t("unreachable"));
    }
    if (!answer.ok) throw await refusalOf(answer);
    return answer.status === 204 ? null : answer.json();
  }
}

function withParameters(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/** The service speaks English; readers of Mandarin are told the kind of refusal first. */
async function refusalOf(answer) {
  const { detail } = await answer.json().catch(() => ({ detail: answer.statusText }));
  const kind = `refused_${answer.status}`;
  return new Refusal(answer.status, currentLanguage() === "zh" && known(kind) ? `${t(kind)} ${detail}` : detail);
}

// Not crypto.randomUUID: browsers have that only where the address is secure.
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
