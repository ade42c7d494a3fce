// Going from turn to turn with the keys.

/** The turn that one is at. */
export class TurnCursor {
  #at = -1;

  /** `onMove(index)` is called with each turn that is gone to. */
  constructor(transcript, { onMove }) {
    this.transcript = transcript;
    this.onMove = onMove;
  }

  step(step) {
    const count = this.transcript.querySelectorAll("[data-turn]").length;
    if (count === 0) return;
    this.#at = Math.min(Math.max(this.#at + step, 0), count - 1);
    this.transcript.querySelector(".at")?.classList.remove("at");
    const item = this.transcript.querySelector(`[data-turn="${this.#at}"]`);
    item.classList.add("at");
    item.setAttribute("tabindex", "-1");
    item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
    this.onMove(this.#at);
  }
}
