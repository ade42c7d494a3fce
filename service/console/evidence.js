// The words that a verdict rests on: marked in the transcript, listed, taken off again.

import { el, fill, visible } from "./page/dom.js";
import { t } from "./page/strings.js";

/**
 * Give the words that are marked in a turn (where several are touched, the first), as `{turn, start, end, quote}` in
 * characters (code points) of what was said; null where none are. `transcript` is the element that shows `turns`.
 */
export function markedWords(transcript, turns) {
  const selection = getSelection();
  if (selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  for (const words of transcript.querySelectorAll(".words")) {
    const [from, to] = overlap(words, range);
    if (from === to) continue;
    const turn = Number(words.closest("[data-turn]").dataset.turn);
    const { text } = turns[turn];
    const [start, end] = [position(text, from), position(text, to)];
    return { turn, start, end, quote: [...text].slice(start, end).join("") };
  }
  return null;
}

/** Give where a range begins and ends in the words shown of a turn. */
function overlap(words, range) {
  if (!range.intersectsNode(words)) return [0, 0];
  const until = (node, offset) => {
    const before = new Range();
    before.selectNodeContents(words);
    if (words.contains(node)) before.setEnd(node, offset);
    // The words are in elements; what stands between them, and the button for the rest, nobody said.
    const pieces = [...before.cloneContents().children].filter((piece) => !piece.matches("button"));
    return [...pieces.map((piece) => piece.textContent).join("")].length;
  };
  const from = words.contains(range.startContainer) ? until(range.startContainer, range.startOffset) : 0;
  return [from, until(range.endContainer, range.endOffset)];
}

/** Give the place in `text` of what is shown at `offset`: hidden characters are shown spelt out. */
function position(text, offset) {
  let [place, shown] = [0, 0];
  for (const character of text) {
    if (shown >= offset) break;
    shown += [...visible(character)].length;
    place += 1;
  }
  return place;
}

/** The evidence for one verdict. */
export class EvidenceList {
  #spans = [];

  /** `marked()` gives what is marked, if anything is; `onChange(spans)` is called when one is added or taken off. */
  constructor({ marked, onChange }) {
    this.marked = marked;
    this.onChange = onChange;
    this.list = el("ul", { class: "quotes", "aria-label": t("your_evidence") });
    // A button that took the focus might unmark the words.
    const onmousedown = (event) => event.preventDefault();
    const add = el("button", { type: "button", class: "use-marked", onmousedown, onclick: () => this.#add() }, t("use_marked"));
    this.element = el("div", { class: "your-evidence" }, this.list, add);
  }

  show(spans) {
    this.#spans = spans;
    this.list.hidden = spans.length === 0;
    fill(this.list, spans.map((span) => this.#item(span)));
  }

  #add() {
    const span = this.marked();
    if (span && !this.#spans.some((one) => JSON.stringify(one) === JSON.stringify(span))) this.onChange([...this.#spans, span]);
  }

  #item(span) {
    const remove = () => this.onChange(this.#spans.filter((one) => one !== span));
    return el(
      "li",
      {},
      el("span", { class: "quote-place" }, t("turn_n", { n: span.turn + 1 })),
      el("q", { dir: "auto" }, span.quote),
      el("button", { type: "button", class: "icon", "aria-label": t("take_off"), title: t("take_off"), onclick: remove }, "×"),
    );
  }
}
