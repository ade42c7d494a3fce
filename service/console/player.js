// The recording of a call beside its transcript: a turn that is clicked is heard, the one that is heard is marked.

import { el, fill } from "./page/dom.js";
import { t } from "./page/strings.js";

const AHEAD = 0.05; // seconds: what is about to begin counts as begun

export class Player {
  #audio;
  #items = [];
  #playing = null;
  #sought = null;

  constructor(uid) {
    const source = `/v1/conversations/${encodeURIComponent(uid)}/audio`;
    this.#audio = el("audio", { controls: true, preload: "metadata", src: source, "aria-label": t("player") });
    this.#audio.addEventListener("timeupdate", () => this.#mark());
    this.#audio.addEventListener("seeked", () => this.#mark());
    const hint = el("p", { class: "hint" }, t("listen"));
    this.element = el("div", { class: "player" }, this.#audio, hint);
    this.#audio.addEventListener("error", () =>
      fill(this.element, el("p", { class: "hint" }, t("not_playable"), " ", el("a", { href: source }, t("download")))),
    );
  }

  /** Follow the turns of a transcript; `onTurn(index)` is called with each that is chosen or heard. */
  follow(transcript, turns, { onTurn }) {
    this.onTurn = onTurn;
    this.#items = turns.map((turn, index) => ({
      ...turn,
      index,
      element: transcript.querySelector(`[data-turn="${index}"]`),
    }));
    transcript.classList.add("hearable");
    transcript.addEventListener("click", (event) => {
      const item = event.target.closest("[data-turn]");
      if (!item || event.target.closest("button, .labels") || !getSelection().isCollapsed) return;
      const index = Number(item.dataset.turn);
      onTurn(index);
      this.seek(index);
      this.#audio.play().catch(() => {}); // a browser may refuse; the place is found all the same
    });
  }

  /** Go to the beginning of a turn. */
  seek(index) {
    this.#sought = this.#items[index] ?? null;
    if (this.#sought?.start !== undefined) this.#audio.currentTime = this.#sought.start;
  }

  toggle() {
    if (this.#audio.paused) this.#audio.play().catch(() => {});
    else this.#audio.pause();
  }

  stop() {
    this.#audio.pause();
    this.#audio.removeAttribute("src");
    this.#audio.load();
  }

  /** Give the turn that is heard: where two speak at once the one that was gone to, or else the later one. */
  #heard() {
    const now = this.#audio.currentTime + AHEAD;
    const isNow = ({ start, end }) => start !== undefined && start <= now && now < (end ?? Infinity);
    return this.#sought && isNow(this.#sought) ? this.#sought : this.#items.findLast(isNow);
  }

  #mark() {
    const heard = this.#heard();
    const element = heard?.element ?? null;
    if (element === this.#playing) return;
    this.#playing?.classList.remove("playing");
    this.#playing?.removeAttribute("aria-current");
    this.#playing = element;
    element?.classList.add("playing");
    element?.setAttribute("aria-current", "time");
    if (heard) this.onTurn(heard.index);
    if (element && !this.#audio.paused) element.scrollIntoView({ block: "nearest" });
  }
}
