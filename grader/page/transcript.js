// The transcript of one conversation, with the evidence marked in it.

import { SYMBOLS } from "./criteria.js";
import { el } from "./dom.js";
import { clock, span, t } from "./strings.js";

const PLACEHOLDER = /(\[(?:PHONE|ID_CARD|BANK_CARD|EMAIL|PLATE|PASSPORT|ADDRESS|NAME|CODE|PASSWORD)\])/;

const FEELING = { "-2": "bad", "-1": "", 1: "good" };

/** A turn longer than this, in characters, is shown in part until asked for. */
const LONG_TURN = 4000;

/** A transcript of more turns than this is laid out only where it is in view. */
const LONG_TRANSCRIPT = 300;

/**
 * Build the transcript.
 *
 * `view` is `{conversation, grade, nameOf}`; offsets of evidence count characters as the grade does (code points).
 * `onCriterion(criterion)` is called with its index when the mark of a criterion under a turn is chosen. `under(index)`
 * gives what stands under a turn, if anything.
 */
export function renderTranscript(view, { onCriterion, under = () => null }) {
  const { turns } = view.conversation;
  if (turns.length === 0) return el("p", { class: "empty" }, t("no_turns"));
  const found = evidenceByTurn(view.grade);
  const events = eventsByTurn(view);
  const overlaps = new Map(view.grade.timing.interruptions.map(({ turn, overlap }) => [turn, overlap]));
  const items = [];
  let before = null;
  let day = null;
  turns.forEach((turn, index) => {
    const between = [...(events.get(index) ?? [])];
    const today = turn.sent_at?.slice(0, 10);
    if (today && today !== day) {
      if (day !== null || view.conversation.channel === "email") between.unshift(event("day", today));
      day = today;
    }
    const follows = between.length === 0 && before?.speaker === turn.speaker && before?.voice === turn.voice;
    items.push(...between);
    items.push(turnItem(view, turn, { index, follows, overlap: overlaps.get(index), found, onCriterion, under }));
    before = turn;
  });
  items.push(...(events.get(turns.length) ?? []));
  return el("ol", { class: turns.length > LONG_TRANSCRIPT ? "transcript long" : "transcript" }, items);
}

/** Give all evidence of a grade in the order of the transcript, as indexes of criterion and evidence. */
export function evidenceInOrder(grade) {
  return grade.criteria
    .flatMap((criterion, index) =>
      criterion.evidence.map((evidence, number) => ({ criterion: index, number, ...evidence })),
    )
    .sort((a, b) => a.turn - b.turn || a.start - b.start || a.criterion - b.criterion);
}

/** Bring one piece of evidence into view and flash it. */
export function showEvidence(transcript, { criterion, number, turn }) {
  const item = transcript.querySelector(`[data-turn="${turn}"]`);
  if (!item) return;
  item.querySelector(".show-rest")?.click();
  for (const old of transcript.querySelectorAll(".current")) old.classList.remove("current");
  const marks = [...item.querySelectorAll(`[data-evidence~="${criterion}.${number}"]`)];
  for (const target of marks.length ? marks : [item]) target.classList.add("current");
  item.classList.remove("flash");
  (marks[0] ?? item).scrollIntoView({ block: "center" });
  item.classList.add("flash");
}

/** Light up the evidence of one criterion, or of none. */
export function lightEvidence(transcript, criterion) {
  for (const lit of transcript.querySelectorAll(".lit")) lit.classList.remove("lit");
  transcript.classList.toggle("pointing", criterion !== null);
  if (criterion === null) return;
  for (const mark of transcript.querySelectorAll(`[data-criteria~="${criterion}"]`)) mark.classList.add("lit");
}

function evidenceByTurn(grade) {
  const byTurn = new Map();
  for (const evidence of evidenceInOrder(grade)) {
    const state = grade.criteria[evidence.criterion].state;
    byTurn.set(evidence.turn, [...(byTurn.get(evidence.turn) ?? []), { ...evidence, state }]);
  }
  return byTurn;
}

/** Give what happens between turns, by the index of the turn that it stands before. */
function eventsByTurn({ conversation, grade }) {
  const events = new Map();
  const put = (index, at, item) => events.set(index, [...(events.get(index) ?? []), { at, item }]);
  for (const silence of grade.timing.silences) {
    if (isWithin(silence, conversation.turns)) continue;
    const index = silence.after_turn === null ? 0 : silence.after_turn + 1;
    put(index, silence.start, event("silence", t("silence", { seconds: span(silence.end - silence.start) })));
  }
  for (const { start, end, reason } of conversation.transcription?.dropped ?? []) {
    const later = conversation.turns.findIndex((turn) => turn.start !== undefined && turn.start >= start);
    const words = { from: clock(start), to: clock(end), reason: t(`dropped_${reason}`) };
    put(later < 0 ? conversation.turns.length : later, start, event("dropped", t("dropped", words)));
  }
  for (const [index, items] of events) {
    events.set(index, items.sort((a, b) => a.at - b.at).map(({ item }) => item));
  }
  return events;
}

/** Tell whether a silence is a pause inside the turn that it is noted after. */
function isWithin({ after_turn: after, end }, turns) {
  return after !== null && end <= turns[after]?.end;
}

function event(kind, text) {
  return el("li", { class: `event ${kind}` }, el("span", {}, text));
}

function turnItem(view, turn, { index, follows, overlap, found, onCriterion, under }) {
  const evidence = found.get(index) ?? [];
  const pauses = view.grade.timing.silences.filter(
    (silence) => silence.after_turn === index && isWithin(silence, view.conversation.turns),
  );
  const whole = evidence.filter(({ start, end }) => start === end);
  return el(
    "li",
    {
      class: `turn ${turn.speaker}${follows ? " follows" : ""}`,
      "data-turn": index,
      "data-criteria": whole.length > 0 && whole.map(({ criterion }) => criterion).join(" "),
      "data-evidence": whole.length > 0 && whole.map(({ criterion, number }) => `${criterion}.${number}`).join(" "),
    },
    el(
      "div",
      { class: "who" },
      el("span", { class: "speaker" }, speakerName(turn)),
      when(turn),
      pauses.map(({ start, end }) => el("span", { class: "tag" }, t("silence", { seconds: span(end - start) }))),
      overlap !== undefined && el("span", { class: "tag" }, t("interrupts", { seconds: span(overlap) })),
      turn.emotion && el("span", { class: `tag ${FEELING[turn.emotion]}` }, t(`emotion${turn.emotion}`)),
      turn.escalation && el("span", { class: "tag bad" }, t("escalates")),
    ),
    words(view, turn, evidence),
    evidence.length > 0 && el("div", { class: "rests" }, chips(view, evidence, onCriterion)),
    under(index),
  );
}

function speakerName(turn) {
  return turn.voice && turn.speaker === "unknown" ? `${t("unknown")} (${turn.voice})` : t(turn.speaker);
}

function when(turn) {
  if (turn.start !== undefined) return el("time", {}, clock(turn.start));
  return turn.sent_at ? el("time", { datetime: turn.sent_at }, turn.sent_at.slice(11, 19)) : null;
}

function words(view, turn, evidence) {
  const language = view.conversation.language === "zh" ? "zh-Hans" : view.conversation.language;
  const text = el("p", { class: "words", dir: "auto", lang: language });
  const pieces = (characters) => segments(characters, evidence, turn.unsure ?? []).map(piece);
  const characters = [...turn.text];
  if (characters.length <= LONG_TURN) {
    text.append(...pieces(characters));
    return text;
  }
  const rest = t("show_rest", { count: characters.length - LONG_TURN });
  const showRest = () => text.replaceChildren(...pieces(characters));
  const button = el("button", { type: "button", class: "show-rest", onclick: showRest }, rest);
  text.append(...pieces(characters.slice(0, LONG_TURN)), "… ", button);
  return text;
}

/** Cut the text where evidence or an unsure word begins or ends. */
function segments(characters, evidence, unsure) {
  const within = (offset) => Math.min(Math.max(offset, 0), characters.length);
  const cuts = new Set([0, characters.length]);
  for (const { start, end } of evidence) cuts.add(within(start)).add(within(end));
  for (const [start, end] of unsure) cuts.add(within(start)).add(within(end));
  const ordered = [...cuts].sort((a, b) => a - b);
  return ordered.slice(1).map((end, i) => ({
    text: characters.slice(ordered[i], end).join(""),
    evidence: evidence.filter((one) => one.start < end && one.end > ordered[i]),
    unsure: unsure.some(([from, to]) => from < end && to > ordered[i]),
  }));
}

function piece({ text, evidence, unsure }) {
  const inner = text
    .split(PLACEHOLDER)
    .filter(Boolean)
    .map((part) =>
      PLACEHOLDER.test(part) ? el("span", { class: "redacted", title: t("redacted") }, part) : part,
    );
  const content = unsure ? [el("span", { class: "unsure", title: t("unsure_word") }, inner)] : inner;
  if (evidence.length === 0) return el("span", {}, content);
  const state = evidence.some((one) => one.state === "not_met") ? "not_met" : evidence[0].state;
  return el(
    "mark",
    {
      class: `is-${state}`,
      "data-criteria": evidence.map(({ criterion }) => criterion).join(" "),
      "data-evidence": evidence.map(({ criterion, number }) => `${criterion}.${number}`).join(" "),
    },
    content,
  );
}

/** Build the marks under a turn that say which criteria rest on it. */
function chips(view, evidence, onCriterion) {
  return [...new Set(evidence.map(({ criterion }) => criterion))].map((index) => {
    const { id, state } = view.grade.criteria[index];
    return el(
      "button",
      {
        type: "button",
        class: `chip is-${state}`,
        "data-criteria": index,
        "aria-label": `${view.nameOf(id)}: ${t(state)}`,
        onclick: () => onCriterion(index),
      },
      `${SYMBOLS[state]} ${view.nameOf(id)}`,
    );
  });
}
