// Small pictures of shares: a bar with its interval, a line week by week.

import { el } from "./page/dom.js";

const SVG = "http://www.w3.org/2000/svg";
const [WIDTH, HEIGHT, MARGIN] = [240, 64, 5];

/** Build a bar as long as a share, with a stroke from the lower to the upper bound of its interval. */
export function shareBar({ share, low, high }) {
  const fill = el("span", { class: "bar-fill" });
  fill.style.inlineSize = `${share * 100}%`;
  const stroke = el("span", { class: "bar-interval" });
  stroke.style.insetInlineStart = `${low * 100}%`;
  stroke.style.inlineSize = `${(high - low) * 100}%`;
  return el("span", { class: "share-bar", "aria-hidden": "true" }, fill, stroke);
}

/**
 * Build a line of shares from the first week to the last. A point is `{share, words}`; where its share is null, the line
 * has a gap. `name` is for those who do not see it.
 */
export function weekLine(points, name) {
  const step = points.length > 1 ? (WIDTH - 2 * MARGIN) / (points.length - 1) : 0;
  const placed = points.map((point, index) => ({
    ...point,
    x: MARGIN + index * step,
    y: point.share === null ? null : MARGIN + (1 - point.share) * (HEIGHT - 2 * MARGIN),
  }));
  const levels = [0, 0.5, 1].map((share) => MARGIN + share * (HEIGHT - 2 * MARGIN));
  return drawn(
    "svg",
    { class: "week-line", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": name },
    ...levels.map((y) => drawn("line", { class: "level", x1: 0, x2: WIDTH, y1: y, y2: y })),
    ...runs(placed).map((run) => drawn("polyline", { points: run.map(({ x, y }) => `${x},${y}`).join(" ") })),
    ...placed.filter(({ y }) => y !== null).map(dot),
  );
}

/** Give the points that follow each other without a gap. */
function runs(points) {
  const found = [[]];
  for (const point of points) {
    if (point.y === null) found.push([]);
    else found.at(-1).push(point);
  }
  return found.filter((run) => run.length > 1);
}

function dot({ x, y, words }) {
  const title = drawn("title", {});
  title.textContent = words;
  return drawn("circle", { cx: x, cy: y, r: 3 }, title);
}

function drawn(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
