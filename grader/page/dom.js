// Builds elements. Text enters the page only here, as text nodes and attribute values, never as markup.

const HIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Give `text` with control characters, bidirectional ones above all, spelt out: they would reorder what is read. */
export function visible(text) {
  return text.replace(
    HIDDEN,
    (character) => `⟨U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
  );
}

/**
 * Build an element. An attribute that is null or false is left out; `on…` names an event; children that are null or
 * false are left out, strings become text.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : visible(String(value)));
  }
  return fill(element, ...children);
}

/** Replace what stands in `element`. */
export function fill(element, ...children) {
  element.replaceChildren(
    ...children
      .flat()
      .filter((child) => child !== null && child !== undefined && child !== false)
      .map((child) => (child instanceof Node ? child : visible(String(child)))),
  );
  return element;
}
