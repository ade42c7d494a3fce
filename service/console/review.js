// One item of the review queue: taken, judged, given back.

import { ConversationDetail } from "./page/detail.js";
import { el, fill } from "./page/dom.js";
import { known, local, t } from "./page/strings.js";
import { markedWords } from "./evidence.js";
import { forget } from "./kept.js";
import { Player } from "./player.js";
import { reasonAsked } from "./request.js";
import { wordsOnCriteria, wordsOnGrade, wordsOnTurns } from "./said.js";
import { TurnCursor, readingKeys } from "./turns.js";
import { Corrections, DecisionBox, VerdictBox } from "./verdict.js";
import { viewOf } from "./view.js";

const RENEW = 60_000; // milliseconds between looks whether the claim is to be renewed
const BUSY = 300_000; // who did something within this time is at work
const WORK = ["keydown", "pointerdown", "input", "scroll", "timeupdate"]; // what somebody at work does, listening too

/**
 * Milliseconds after an item was opened in which nobody has read it. The next one opens by itself: were it open to
 * verdicts at once, a double tap would close it unread.
 */
export const UNREAD = 1000;

const STATE_KEYS = { y: "met", x: "not_met", 0: "not_applicable" };

/** Give `{state, fatal}` of each criterion as it stands: what the machine said, but for what reviewers said after it. */
function standing({ grade, earlier }, fatalFor) {
  const isFatal = (id) => fatalFor(id).some((name) => grade.triage.reasons.includes(`fatal:${name}`));
  const stands = new Map(grade.criteria.map(({ id, state }) => [id, { state, fatal: state === "not_met" && isFatal(id) }]));
  for (const { verdicts } of [...earlier].reverse()) {
    for (const { criterion, value, fatal } of verdicts) {
      // Who says that it was met says nothing of how grave a failure would be.
      if (criterion) stands.set(criterion, { state: value, fatal: value === "not_met" ? fatal : stands.get(criterion).fatal });
    }
  }
  return stands;
}

export class ReviewItem {
  #worked = Date.now();
  #timer = null;
  #unread = null;
  #held = false;
  #gone = new AbortController();

  /**
   * `desk` is what all sections share. `onStep(step)` and `onBack()` lead elsewhere, `onDone()` is called after a verdict,
   * `onChanged()` when the item was taken or given back.
   */
  constructor(desk, review, { onStep, onBack, onDone, onChanged }) {
    this.desk = desk;
    this.review = review;
    this.actor = desk.me.actor;
    this.onDone = onDone;
    this.onChanged = onChanged;
    const { grade, appeal, request } = review;
    const nameOf = (id) => desk.scorecards.nameOf(grade.scorecard, id);
    const view = viewOf(review.conversation, grade, { id: grade.conversation_id, channel: "chat", nameOf, summary: review.summary });
    this.corrections = new Corrections(this.#draft, {
      review,
      standing: standing(review, (id) => desk.scorecards.fatalFor(grade.scorecard, id)),
      nameOf,
      isSometimesFatal: (id) => desk.scorecards.isSometimesFatal(grade.scorecard, id),
      marked: () => this.#marked(),
      onChange: () => this.#changed(),
    });
    const Box = appeal ? DecisionBox : VerdictBox;
    this.box = new Box(this.corrections, {
      onAgree: () => this.agree(),
      onSubmit: () => this.submit(),
      onRelease: () => this.release(),
    });
    this.bar = el("div", { class: "claim-bar" });
    this.player = desk.may("audio.read") && view.conversation.transcription ? new Player(review.uid) : null;
    const done = review.state === "done" ? [review, ...review.earlier] : review.earlier;
    const [said, saidOfTurns] = [wordsOnCriteria(done), wordsOnTurns(done)];
    this.detail = new ConversationDetail(view, {
      roomy: desk.isRoomy(),
      onStep,
      onBack,
      onTurn: (index) => this.cursor.goTo(index),
      say: desk.say,
      slots: {
        below: (index) => [said.get(grade.criteria[index].id), this.corrections.control(index)],
        under: (turn) => [saidOfTurns.get(turn), this.corrections.labels.under(turn)],
        grade: [this.bar, request && reasonAsked(request), appeal && objection(appeal, nameOf), ...wordsOnGrade(done, grade)],
        end: this.box.element,
        words: this.player?.element,
      },
    });
    this.element = this.detail.element;
    this.cursor = new TurnCursor(this.detail.transcript, { onMove: (index) => this.player?.seek(index) });
    this.player?.follow(this.detail.transcript, view.conversation.turns, { onTurn: (index) => this.cursor.at(index) });
    for (const what of WORK) {
      document.addEventListener(what, () => (this.#worked = Date.now()), { capture: true, passive: true, signal: this.#gone.signal });
    }
    this.#timer = setInterval(() => this.#renew(), RENEW);
    this.#hold(true);
    this.#unread = setTimeout(() => this.#hold(false), UNREAD);
    this.#know(review);
  }

  get isMine() {
    return this.review.state === "claimed" && this.review.claimed_by === this.actor;
  }

  /** The name of what was entered here and not sent. */
  get #draft() {
    return `review ${this.review.id}`;
  }

  /** The keys that work here. */
  get keys() {
    const toCriterion = (index) => index < this.corrections.criteria.length && this.detail.goToCriterion(index);
    const numbers = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [n, () => toCriterion(n - 1)]));
    const states = Object.fromEntries(Object.entries(STATE_KEYS).map(([key, state]) => [key, () => this.#setFocused(state)]));
    return {
      ...readingKeys(this),
      c: () => this.claim(),
      a: () => this.agree(),
      s: () => this.submit(),
      r: () => this.release(),
      l: () => this.isMine && this.corrections.labels.toggle(this.cursor.index),
      ...numbers,
      ...states,
    };
  }

  claim() {
    return this.#do(async () => this.#take(await this.#post("claim")));
  }

  release() {
    if (!this.isMine) return null;
    return this.#do(async () => {
      this.#take(await this.#post("release"));
      this.desk.say(t("released"));
      this.onChanged();
    });
  }

  agree() {
    if (this.review.appeal || !this.isMine) return null;
    if (this.corrections.count > 0) return this.desk.say(t("corrections_there"), { wrong: true });
    return this.#send("verdict", this.box.body);
  }

  submit() {
    if (!this.isMine) return null;
    if (this.review.appeal) return this.#decide();
    return this.corrections.count > 0 ? this.#send("verdict", this.box.body) : null;
  }

  /** End what goes on by itself. */
  leave() {
    this.#gone.abort();
    clearInterval(this.#timer);
    clearTimeout(this.#unread);
    this.player?.stop();
  }

  #decide() {
    const { body } = this.box;
    return body ? this.#send("decision", body) : this.desk.say(t("decide_first"), { wrong: true });
  }

  async #send(what, body) {
    if (this.#held) return;
    this.#hold(true);
    await this.#do(async () => {
      const path = what === "verdict" ? `reviews/${this.review.id}/verdict` : `appeals/${this.review.appeal.id}/adjudicate`;
      const answer = await this.desk.api.submit(`/v1/${path}`, body);
      this.#know(what === "verdict" ? answer : answer.review);
      const outcome = what === "verdict" ? answer.outcome : answer.state;
      this.desk.say(t("submitted", { id: this.review.grade.conversation_id, outcome: t(outcome) }));
      this.onDone();
    });
    this.#hold(false);
  }

  /** Keep a verdict from being sent, or no longer. */
  #hold(held) {
    this.#held = held;
    this.box.hold(held);
  }

  #post(what) {
    return this.desk.api.post(`/v1/reviews/${this.review.id}/${what}`);
  }

  #take(review) {
    const before = this.isMine;
    this.#know(review);
    if (before !== this.isMine) this.onChanged();
  }

  /** Take note of how the item stands now. */
  #know({ state, claimed_by, claimed_until, outcome }) {
    Object.assign(this.review, { state, claimed_by, claimed_until, outcome });
    if (state === "done" || state === "obsolete") forget(this.#draft);
    this.#show();
  }

  async #do(work) {
    const { isMine } = this;
    try {
      await work();
    } catch (problem) {
      if (problem.status === 409) await this.#reread();
      const isLost = isMine && this.review.state === "waiting";
      this.desk.say(this.#end ?? (isLost ? t("claim_lost") : problem.message), { wrong: true });
    }
  }

  /** Ask how the item stands: not as it was thought. */
  async #reread() {
    try {
      this.#know(await this.desk.api.get(`/v1/reviews/${this.review.id}`));
      this.onChanged();
    } catch {
      // The refusal that led here is told all the same.
    }
  }

  /** Say how the item ended; null where it did not. */
  get #end() {
    const { state, outcome } = this.review;
    if (state === "obsolete") return t("obsolete");
    return state === "done" ? t("finished", { outcome: known(outcome) ? t(outcome) : outcome }) : null;
  }

  /** Keep hold of the item while somebody is at work on it. */
  #renew() {
    if (this.isMine && Date.now() - this.#worked < BUSY) this.claim();
  }

  #setFocused(state) {
    const item = document.activeElement?.closest("[data-criterion]");
    if (item && this.isMine) this.corrections.set(Number(item.dataset.criterion), state);
  }

  /** Give the words that are marked in the transcript; where none are, say so. */
  #marked() {
    const marked = markedWords(this.detail.transcript, this.detail.view.conversation.turns);
    if (!marked) this.desk.say(t("mark_first"), { wrong: true });
    return marked;
  }

  #changed() {
    this.#worked = Date.now();
    this.box.show();
  }

  #show() {
    if (this.#gone.signal.aborted) return;
    const { state, claimed_until: until } = this.review;
    this.corrections.enable(this.isMine);
    this.box.enable(this.isMine);
    this.box.element.hidden = !this.isMine;
    const time = until && local(until, { timeStyle: "short" });
    const take = el("button", { type: "button", class: "primary", "aria-keyshortcuts": "c", onclick: () => this.claim() }, t("take"), el("kbd", {}, "c"));
    const says = {
      waiting: () => [el("span", {}, t("unclaimed")), this.desk.may("reviews.work") && take],
      claimed: () => [el("span", {}, t(this.isMine ? "yours" : "theirs", { time }))],
      done: () => [el("span", {}, this.#end)],
      obsolete: () => [el("span", {}, this.#end)],
    };
    fill(this.bar, says[state]());
    this.bar.className = `claim-bar ${this.isMine ? "mine" : state}`;
  }
}

function objection(appeal, nameOf) {
  const about = appeal.criteria.map(nameOf).join(t("dot"));
  return el(
    "div",
    { class: "objection" },
    el("strong", {}, t("objection")),
    about && el("p", { class: "hint" }, t("objects_to", { what: about })),
    el("p", {}, appeal.grounds),
  );
}
