// Going from turn to turn with the keys.

/** The turn that one is at. */
export class TurnCursor {
  #at = -1;

  /** `onMove(index)` is called with each turn that is gone to. `transcript` is the element that holds the turns. */
  constructor(transcript, { onMove }) {
    this.transcript = transcript;
    this.onMove = onMove;
  }

  /** Be at a turn, however one came there: the next step starts from it. */
  at(index) {
    this.#at = index;
    this.transcript.querySelector(".at")?.classList.remove("at");
    this.#item?.classList.add("at");
  }

  /** Its index; -1 where one is at none. */
  get index() {
    return this.#at;
  }

  goTo(index) {
    this.at(index);
    this.onMove(index);
  }

  step(step) {
    const count = this.transcript.querySelectorAll("[data-turn]").length;
    if (count === 0) return;
    this.goTo(Math.min(Math.max(this.#at + step, 0), count - 1));
    this.#item.setAttribute("tabindex", "-1");
    this.#item.focus({ preventScroll: true });
    this.#item.scrollIntoView({ block: "nearest" });
  }

  get #item() {
    return this.transcript.querySelector(`[data-turn="${this.#at}"]`);
  }
}

/** The keys that work wherever a conversation is read: from turn to turn, from evidence to evidence, play. */
export function readingKeys(page) {
  return {
    j: () => page.cursor.step(1),
    k: () => page.cursor.step(-1),
    ArrowDown: () => page.cursor.step(1),
    ArrowUp: () => page.cursor.step(-1),
    " ": () => page.player?.toggle(),
    e: () => page.detail.step(1),
    E: () => page.detail.step(-1),
  };
}
