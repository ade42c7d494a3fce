// What a person leaves on this page: what was entered and not sent, and what lists are filtered by. It outlives what is
// shown, and a session that ends; it goes with the person.

const drafts = new Map();
const filters = [];

/** Give the draft of that name; in `blank` nothing is entered. */
export function draftOf(name, blank) {
  if (!drafts.has(name)) drafts.set(name, { draft: structuredClone(blank), blank });
  return drafts.get(name).draft;
}

/** Forget a draft: it was sent, or can be no longer. */
export function forget(name) {
  drafts.delete(name);
}

/** Give what a list is filtered by: `fresh`, until the reader says otherwise. */
export function filtersFrom(fresh) {
  const values = { ...fresh };
  filters.push({ values, fresh });
  return values;
}

/** Forget all of it: another person comes. */
export function forgetAll() {
  drafts.clear();
  for (const { values, fresh } of filters) Object.assign(values, fresh);
}

function isAnythingUnsent() {
  return [...drafts.values()].some(({ draft, blank }) => JSON.stringify(draft) !== JSON.stringify(blank));
}

addEventListener("beforeunload", (event) => isAnythingUnsent() && event.preventDefault());
