// One conversation for those who read: its grade, what reviewers said of it, the wish for a review, and appeals against it.

import { ConversationDetail } from "./page/detail.js";
import { el } from "./page/dom.js";
import { t } from "./page/strings.js";
import { renderTranscript } from "./page/transcript.js";
import { renderAppeals } from "./appeal.js";
import { Player } from "./player.js";
import { renderRequest } from "./request.js";
import { wordsOnCriteria, wordsOnGrade, wordsOnTurns } from "./said.js";
import { TurnCursor, readingKeys } from "./turns.js";
import { viewOf } from "./view.js";

const NO_GRADE = { criteria: [], turns: [], timing: { interruptions: [], silences: [] } };

export class ConversationPage {
  /** Read all that the page shows. `onChanged()` is called when an appeal was raised or withdrawn, or a review asked for. */
  static async read(desk, uid, actions) {
    const path = `/v1/conversations/${encodeURIComponent(uid)}`;
    const conversation = await desk.api.get(path);
    if (conversation.status !== "graded" && conversation.turns.length === 0 && conversation.status !== "removed") {
      return new ConversationPage(desk, { conversation, grade: null, reviews: [], appeals: [] }, actions);
    }
    const [grade, given, reviews, appeals] = await Promise.all([
      conversation.status === "waiting" || conversation.status === "failed" ? null : gradeOf(desk, path),
      desk.api.get(`${path}/grades`),
      desk.api.get(`${path}/reviews`),
      desk.api.get("/v1/appeals", { external_id: conversation.id, limit: 200 }),
    ]);
    if (grade) await desk.scorecards.load([grade.scorecard]);
    const own = appeals.items.filter((appeal) => appeal.uid === conversation.uid);
    const full = await Promise.all(own.map(({ id }) => desk.api.get(`/v1/appeals/${id}`)));
    const summary = given.items.find(({ standing }) => standing === "current");
    const ofIt = reviews.items.filter(({ grade_id }) => grade_id === summary?.grade_id);
    return new ConversationPage(desk, { conversation, grade, summary, reviews: ofIt, appeals: full }, actions);
  }

  constructor(desk, { conversation, grade, summary, reviews, appeals }, { onStep, onBack, onChanged }) {
    const nameOf = (id) => (grade ? desk.scorecards.nameOf(grade.scorecard, id) : id);
    const about = { id: conversation.id, channel: conversation.channel, nameOf, summary };
    const view = viewOf(conversation, grade ?? NO_GRADE, about);
    const canHear = desk.may("audio.read") && conversation.transcription;
    this.player = canHear ? new Player(conversation.uid) : null;
    if (!grade) {
      this.element = ungraded(view, { onBack });
      return;
    }
    const done = reviews.filter(({ state }) => state === "done");
    const [said, saidOfTurns] = [wordsOnCriteria(done), wordsOnTurns(done)];
    this.detail = new ConversationDetail(view, {
      roomy: desk.isRoomy(),
      onStep,
      onBack,
      say: desk.say,
      onTurn: (index) => this.cursor.goTo(index),
      slots: {
        below: (index) => said.get(grade.criteria[index].id),
        under: (turn) => saidOfTurns.get(turn),
        grade: [
          ...wordsOnGrade(done, grade),
          conversation.turns.length > 0 && renderRequest(desk, { uid: conversation.uid, reviews, onChanged }),
          renderAppeals(desk, { uid: conversation.uid, grade, appeals, nameOf, onChanged }),
        ],
        words: this.player?.element ?? (conversation.status === "removed" && el("p", { class: "hint" }, t("words_removed"))),
      },
    });
    this.element = this.detail.element;
    this.cursor = new TurnCursor(this.detail.transcript, { onMove: (index) => this.player?.seek(index) });
    this.player?.follow(this.detail.transcript, view.conversation.turns, { onTurn: (index) => this.cursor.at(index) });
  }

  get keys() {
    if (!this.detail) return {};
    return readingKeys(this);
  }

  leave() {
    this.player?.stop();
  }
}

/** A conversation whose words were removed may have kept its grade, or not. */
async function gradeOf(desk, path) {
  try {
    return await desk.api.get(`${path}/grade`);
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
}

function ungraded(view, { onBack }) {
  return el(
    "article",
    { class: "detail-plain", "aria-labelledby": "conversation" },
    el("button", { type: "button", class: "back", onclick: onBack }, `‹ ${t("back")}`),
    el("h2", { id: "conversation", tabindex: -1 }, view.conversation.id),
    el("p", { class: "hint" }, t("not_graded")),
    view.conversation.turns.length > 0 && renderTranscript(view, { onCriterion: () => {} }),
  );
}
