// Which conversations the list shows and in what order. Pure: rows in, rows out.

/** What is shown before anybody chooses otherwise. */
export const EVERYTHING = { show: "all", query: "", criterion: "", sort: "run" };

/** The groups that the counts at the top stand for. */
export const GROUPS = {
  all: () => true,
  auto: (row) => row.decision === "auto",
  review: (row) => row.decision === "review",
  failed: (row) => row.passed === false,
  blank: (row) => row.passed === null,
};

const text = (value) => value ?? "";
const compare = (a, b) => text(a).localeCompare(text(b), undefined, { numeric: true });

// A conversation without a score stands last, whichever end comes first.
const ORDERS = {
  run: (a, b) => a.index - b.index,
  low: (a, b) => (a.score ?? Infinity) - (b.score ?? Infinity) || a.index - b.index,
  high: (a, b) => (b.score ?? -Infinity) - (a.score ?? -Infinity) || a.index - b.index,
  doubt: (a, b) => b.doubt - a.doubt || a.index - b.index,
  agent: (a, b) => compare(a.agent, b.agent) || a.index - b.index,
  id: (a, b) => compare(a.id, b.id) || a.index - b.index,
};

/** The names of the orders. */
export const SORTS = Object.keys(ORDERS);

/** Choose and order rows. `said(row)` gives all words of a conversation; it is asked last, for it costs most. */
export function choose(rows, { show, query, criterion, sort }, said) {
  const wanted = query.trim().toLowerCase();
  const has = (field) => field?.toLowerCase().includes(wanted);
  return rows
    .filter(
      (row) =>
        GROUPS[show](row) &&
        (!criterion || row.stateOf.get(criterion) === "not_met") &&
        (!wanted || has(row.id) || has(row.agent) || has(row.team) || has(said(row))),
    )
    .sort(ORDERS[sort]);
}
