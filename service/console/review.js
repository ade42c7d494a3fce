// One item of the review queue: taken, judged, given back.

import { ConversationDetail } from "./page/detail.js";
import { el, fill } from "./page/dom.js";
import { known, t } from "./page/strings.js";
import { Player } from "./player.js";
import { wordsOnCriteria, wordsOnGrade } from "./said.js";
import { TurnCursor, readingKeys } from "./turns.js";
import { Corrections, DecisionBox, forget, VerdictBox } from "./verdict.js";
import { viewOf } from "./view.js";

const RENEW = 60_000; // milliseconds between looks whether the claim is to be renewed
const BUSY = 300_000; // who did something within this time is at work

const STATE_KEYS = { y: "met", x: "not_met", 0: "not_applicable" };

/** Give what is said of each criterion by now: what the machine said, but for what reviewers said after it. */
function standingStates(review) {
  const states = new Map(review.grade.criteria.map(({ id, state }) => [id, state]));
  const rounds = [...review.earlier].reverse();
  if (review.state === "done") rounds.push(review);
  for (const { verdicts } of rounds) {
    for (const { criterion, value } of verdicts) if (criterion) states.set(criterion, value);
  }
  return states;
}

export class ReviewItem {
  #worked = Date.now();
  #timer = null;

  /**
   * `desk` is what all sections share. `onStep(step)` and `onBack()` lead elsewhere, `onDone()` is called after a verdict,
   * `onChanged()` when the item was taken or given back.
   */
  constructor(desk, review, { onStep, onBack, onDone, onChanged }) {
    this.desk = desk;
    this.review = review;
    this.onDone = onDone;
    this.onChanged = onChanged;
    const { grade, appeal, request } = review;
    const nameOf = (id) => desk.scorecards.nameOf(grade.scorecard, id);
    const view = viewOf(review.conversation, grade, { id: grade.conversation_id, channel: "chat", nameOf });
    this.corrections = new Corrections(review.id, {
      criteria: grade.criteria,
      standing: standingStates(review),
      nameOf,
      fatality: (id) => desk.scorecards.fatality(grade.scorecard, id),
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
    const said = wordsOnCriteria(done);
    this.detail = new ConversationDetail(view, {
      roomy: desk.isRoomy(),
      onStep,
      onBack,
      onTurn: (index) => this.cursor.goTo(index),
      say: desk.say,
      slots: {
        below: (index) => [said.get(grade.criteria[index].id), this.corrections.control(index)],
        grade: [this.bar, request && asked(request), appeal && objection(appeal, nameOf), ...wordsOnGrade(done, grade)],
        end: this.box.element,
        words: this.player?.element,
      },
    });
    this.element = this.detail.element;
    this.element.addEventListener("input", () => (this.#worked = Date.now()));
    this.cursor = new TurnCursor(this.detail.transcript, { onMove: (index) => this.player?.seek(index) });
    this.player?.follow(this.detail.transcript, view.conversation.turns, { onTurn: (index) => this.cursor.at(index) });
    this.#timer = setInterval(() => this.#renew(), RENEW);
    this.#show();
  }

  get isMine() {
    return this.review.state === "claimed" && this.review.claimed_by === this.desk.me.actor;
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
    clearInterval(this.#timer);
    this.player?.stop();
  }

  #decide() {
    const { body } = this.box;
    return body ? this.#send("decision", body) : this.desk.say(t("decide_first"), { wrong: true });
  }

  #send(what, body) {
    return this.#do(async () => {
      this.box.enable(false);
      const path = what === "verdict" ? `reviews/${this.review.id}/verdict` : `appeals/${this.review.appeal.id}/adjudicate`;
      const answer = await this.desk.api.post(`/v1/${path}`, body);
      forget(this.review.id);
      const outcome = what === "verdict" ? answer.outcome : answer.state;
      this.desk.say(t("submitted", { id: this.review.grade.conversation_id, outcome: t(outcome) }));
      this.onDone();
    });
  }

  #post(what) {
    return this.desk.api.post(`/v1/reviews/${this.review.id}/${what}`);
  }

  #take({ state, claimed_by, claimed_until }) {
    const before = this.isMine;
    Object.assign(this.review, { state, claimed_by, claimed_until });
    this.#show();
    if (before !== this.isMine) this.onChanged();
  }

  async #do(work) {
    try {
      await work();
    } catch (problem) {
      const lost = problem.status === 409 && this.isMine;
      if (lost) Object.assign(this.review, { state: "waiting", claimed_by: null });
      this.#show();
      this.desk.say(lost ? t("claim_lost") : problem.message, { wrong: true });
    }
  }

  /** Keep hold of the item while somebody is at work on it. */
  #renew() {
    if (this.isMine && Date.now() - this.#worked < BUSY) this.claim();
  }

  #setFocused(state) {
    const item = document.activeElement?.closest("[data-criterion]");
    if (item && this.isMine) this.corrections.set(Number(item.dataset.criterion), state);
  }

  #changed() {
    this.#worked = Date.now();
    this.box.show();
  }

  #show() {
    const { state, claimed_until: until, outcome } = this.review;
    this.corrections.enable(this.isMine);
    this.box.enable(this.isMine);
    this.box.element.hidden = !this.isMine;
    const time = until && new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(new Date(until));
    const take = el("button", { type: "button", class: "primary", "aria-keyshortcuts": "c", onclick: () => this.claim() }, t("take"), el("kbd", {}, "c"));
    const says = {
      waiting: () => [el("span", {}, t("unclaimed")), this.desk.may("reviews.work") && take],
      claimed: () => [el("span", {}, t(this.isMine ? "yours" : "theirs", { time }))],
      done: () => [el("span", {}, t("finished", { outcome: known(outcome) ? t(outcome) : outcome }))],
    };
    fill(this.bar, says[state]());
    this.bar.className = `claim-bar ${this.isMine ? "mine" : state}`;
  }
}

function asked(request) {
  return el("div", { class: "objection" }, el("strong", {}, t("request")), el("p", {}, request));
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
