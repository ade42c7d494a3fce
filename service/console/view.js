// What the service says of conversations, in the form that the pieces of the page show.

const UNSURE_WORD = 0.5; // a word whose recognition is less probable is underlined
const REACH = 32; // how far on a word is looked for: past a placeholder of the redactor, not past a sentence
const LIKELY = 0.5; // a customer's label is displayed where it is more probable than not

/**
 * Give what is shown of one conversation; `conversation` is null where its words were removed. `summary` is the grade's,
 * with what stands after review.
 */
export function viewOf(conversation, grade, { id, channel, nameOf, summary }) {
  const kept = conversation ?? { id, channel, agent: {}, remarks: [], turns: [], transcription: null };
  const turns = kept.turns.map((turn, index) => turnOf(turn, grade.turns[index] ?? {}));
  const shown = { ...kept, turns, recording: null, transcription: kept.transcription };
  const stands = summary && { score: summary.final_score, passed: summary.final_passed };
  return { conversation: shown, grade, nameOf, stands };
}

/** Give what the list shows of a grade: what stands after review. */
export function gradeRow(grade, index) {
  return {
    index,
    key: grade.uid,
    when: grade.happened_at,
    id: grade.conversation_id,
    channel: grade.channel,
    language: grade.language,
    agent: grade.agent,
    team: grade.team,
    score: grade.final_score,
    passed: grade.final_passed,
    decision: grade.review_outcome ?? grade.triage.decision,
    reasons: grade.triage.reasons,
    card: grade.scorecard,
    stateOf: new Map(grade.criteria.map(({ id, final_state }) => [id, final_state])),
  };
}

/** Give what the list shows of a review. */
export function reviewRow(review, index) {
  const decision = { waiting: "review", claimed: "claimed", done: review.outcome }[review.state];
  return {
    ...gradeRow(review.grade, index),
    key: review.id,
    when: review.done_at ?? review.grade.happened_at,
    decision,
    reasons: review.reasons.map((reason) => (reason === "appeal" ? "objection" : reason)), // to the whole grade
  };
}

/** Give what the list shows of a conversation that has no grade. */
export function ungradedRow(conversation, index) {
  const { uid, happened_at: when, id, channel, language, agent, team } = conversation;
  const about = { index, key: uid, when, id, channel, language, agent, team };
  return { ...about, decision: "waits_for_grade", reasons: [], card: null, stateOf: new Map() };
}

/** Give what the list shows of an appeal. */
export function appealRow(appeal, index) {
  const { uid, created_at: when, conversation_id: id, agent, team, criteria } = appeal;
  const reasons = criteria.map((criterion) => `appeal:${criterion}`);
  const about = { index, key: appeal.id, when, uid, review: appeal.review_id, id, agent, team };
  return { ...about, decision: appeal.state, reasons, card: null, stateOf: new Map() };
}

function turnOf(turn, labels) {
  const shown = Object.fromEntries(Object.entries(turn).filter(([name, value]) => value !== null && name !== "words"));
  const unsure = unsureSpans(turn);
  if (unsure.length) shown.unsure = unsure;
  const [level, probability] = Object.entries(labels.emotion ?? {}).sort((a, b) => b[1] - a[1])[0] ?? ["0", 0];
  if (level !== "0" && probability > LIKELY) shown.emotion = level;
  if (labels.escalation > LIKELY) shown.escalation = true;
  return shown;
}

/** Give the spans, in characters of the redacted text, that the recogniser was unsure of. */
function unsureSpans({ text, words }) {
  const spans = [];
  const characters = [...text];
  let position = 0;
  for (const word of words ?? []) {
    const wanted = [...word.text.trim()];
    const start = wanted.length ? find(characters, wanted, position) : -1;
    if (start < 0) continue;
    position = start + wanted.length;
    if (word.probability !== null && word.probability < UNSURE_WORD) spans.push([start, position]);
  }
  return spans;
}

function find(characters, wanted, from) {
  for (let start = from; start <= from + REACH; start++) {
    if (wanted.every((character, i) => characters[start + i] === character)) return start;
  }
  return -1;
}
