// One conversation: its heading, the decision, the transcript and the panel of criteria beside it.

import { renderCriteria } from "./criteria.js";
import { el } from "./dom.js";
import { renderFacts, renderTriage } from "./facts.js";
import { verdict } from "./list.js";
import { decimal, known, moment, t } from "./strings.js";
import { evidenceInOrder, lightEvidence, renderTranscript, showEvidence } from "./transcript.js";

/** The chosen conversation on screen; `element` holds it, `say(text)` announces what is shown. */
export class ConversationDetail {
  #evidence;
  #position = -1;
  #transcript;
  #criteria;

  /**
   * `view` is `{conversation, grade, nameOf, stands}`, the last one with the score and result that stand now where they
   * may be other than the grade's; `roomy` says that the criteria stand beside the transcript, so that all of them can be
   * open; `onStep(step)` goes to another conversation, `onBack()` to the list, `onTurn(index)` is called with the turn that
   * a piece of evidence is in. `slots` hold what the review console adds: `below(index)` to a criterion, `under(index)` to
   * a turn, `grade` and `words` elements above the one and the other pane, `end` below the facts.
   */
  constructor(view, { roomy, onStep, onBack, onTurn = () => {}, say, slots = {} }) {
    this.view = view;
    this.onTurn = onTurn;
    this.say = say;
    this.#evidence = evidenceInOrder(view.grade);
    this.#transcript = renderTranscript(view, { onCriterion: (index) => this.goToCriterion(index), under: slots.under });
    this.#criteria = renderCriteria(view, {
      open: ({ state }) => roomy || state === "not_met" || state === "abstained",
      onEvidence: (criterion, number) =>
        this.#goTo(this.#evidence.findIndex((one) => one.criterion === criterion && one.number === number)),
      onPoint: (criterion) => lightEvidence(this.#transcript, criterion),
      below: slots.below,
    });
    this.element = el(
      "article",
      { class: "detail", "aria-labelledby": "conversation" },
      heading(view, { onStep, onBack }),
      el(
        "div",
        { class: "detail-body" },
        el(
          "aside",
          { class: "grade-pane", tabindex: 0, "aria-label": t("criteria") },
          slots.grade,
          renderTriage(view),
          el("h3", {}, t("criteria")),
          this.#criteria,
          renderFacts(view, { open: roomy }),
          slots.end,
        ),
        el(
          "section",
          { class: "words-pane", tabindex: 0, "aria-label": t("transcript") },
          slots.words,
          remarks(view),
          this.#transcript,
        ),
      ),
    );
  }

  /** The transcript's element. */
  get transcript() {
    return this.#transcript;
  }

  /** Bring a criterion into view, open it and give it the focus. */
  goToCriterion(index) {
    const criterion = this.#criteria.querySelector(`[data-criterion="${index}"]`);
    criterion.querySelector("details").open = true;
    criterion.scrollIntoView({ block: "center" });
    criterion.focus({ preventScroll: true });
  }

  /** Go to the next (1) or previous (-1) piece of evidence, round and round. */
  step(step) {
    const { length } = this.#evidence;
    if (length === 0) this.say(t("no_evidence"));
    else this.#goTo(this.#position < 0 && step < 0 ? length - 1 : (this.#position + step + length) % length);
  }

  #goTo(position) {
    this.#position = position;
    const one = this.#evidence[position];
    const { id, state } = this.view.grade.criteria[one.criterion];
    for (const old of this.#criteria.querySelectorAll(".current")) old.classList.remove("current");
    const quote = this.#criteria.querySelector(`[data-evidence="${one.criterion}.${one.number}"]`);
    quote.classList.add("current");
    quote.closest("details").open = true;
    quote.scrollIntoView({ block: "nearest" });
    showEvidence(this.#transcript, one);
    this.onTurn(one.turn);
    const words = { n: position + 1, total: this.#evidence.length, name: this.view.nameOf(id), state: t(state) };
    this.say(t("evidence_at", words));
  }
}

function heading({ conversation, grade, stands = grade }, { onStep, onBack }) {
  const { agent } = conversation;
  const facts = [
    t(conversation.channel),
    conversation.direction && t(conversation.direction),
    conversation.language && (known(`lang_${conversation.language}`) ? t(`lang_${conversation.language}`) : conversation.language),
    agent.id && t("agent_id", { id: agent.id }),
    agent.team,
    conversation.queue && `${t("queue")} ${conversation.queue}`,
    conversation.started_at && moment(conversation.started_at),
    `${grade.scorecard.name} ${t("version", { version: grade.scorecard.version })}`,
  ];
  const passed = verdict(stands);
  const move = (step, key, arrow) =>
    el("button", { type: "button", class: `icon ${key}`, "aria-label": t(key), title: t(key), onclick: () => onStep(step) }, arrow);
  return el(
    "header",
    { class: "detail-head" },
    el("button", { type: "button", class: "back", onclick: onBack }, `‹ ${t("back")}`),
    el(
      "div",
      { class: "detail-title" },
      el("h2", { id: "conversation", tabindex: -1 }, conversation.id),
      el("p", { class: "about" }, facts.filter(Boolean).join(t("dot"))),
      conversation.recording &&
        el("a", { href: conversation.recording, class: "recording", target: "_blank", rel: "noopener" }, `▸ ${t("recording")}`),
    ),
    el(
      "p",
      { class: `verdict ${passed}` },
      el("span", { class: "score" }, stands.score === null ? "–" : decimal(stands.score)),
      el("span", { class: "verdict-word" }, t(passed)),
    ),
    el("div", { class: "moves" }, move(-1, "previous", "↑"), move(1, "next", "↓")),
  );
}

function remarks({ conversation }) {
  if (conversation.remarks.length === 0) return null;
  return el(
    "div",
    { class: "remarks" },
    el("h3", {}, t("remarks")),
    el("ul", {}, conversation.remarks.map((remark) => el("li", {}, remark))),
  );
}
