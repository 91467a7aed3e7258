// How each series looks, by its slot, and the key that names what has no end to be named at.
import { drawRamp, drawSquares } from "./marks.js";
import { add } from "./page.js";
import { writeNumber } from "./scale.js";

// Stroke and gap in pixels for slots 0, 1, ...; the same patterns as DASHES in style.py.
const DASHES = ["", "9 4", "2.5 3.5", "10 4 2.5 4", "16 4", "5 3 1.5 3 1.5 3"];
// Marks of slots 0, 1, ... around the point where the pen stands: the same as MARKERS in style.py.
const MARKS = [
  "m-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0z",
  "m-3.6,-3.6h7.2v7.2h-7.2z",
  "m0,-5l4.6,8h-9.2z",
  "m0,-5l4.4,5l-4.4,5l-4.4,-5z",
  "m0,5l4.6,-8h-9.2z",
  "m-1.5,-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
];
const isInk = (slot) => slot === "ink";
export const color = (slot) => (isInk(slot) ? "currentColor" : `var(--reglab-${slot})`);
const dash = (slot) => (isInk(slot) ? "6 3" : DASHES[slot]);
export const mark = (slot) => MARKS[isInk(slot) ? 0 : slot];

export function lineStyle({ slot, faint }) {
  const kinds = ["reglab-line", isInk(slot) && "reglab-ink", faint && "reglab-faint"];
  const words = { class: kinds.filter(Boolean).join(" "), stroke: color(slot) };
  return { ...words, "stroke-dasharray": faint ? "" : dash(slot) };
}

/** A curve is a line; if it is filled, its inside is as pale as a band. */
export function curveStyle(curve) {
  const { class: kind, ...words } = lineStyle(curve);
  const filled = curve.filled ? " reglab-filled" : "";
  return { ...words, class: `${kind} reglab-curve${filled}`, fill: color(curve.slot) };
}

export function dotStyle(slot, onCells = false) {
  return { class: onCells ? "reglab-dots reglab-ringed" : "reglab-dots", fill: color(slot) };
}

export function barStyle(slot) {
  return { class: "reglab-bars", fill: color(slot) };
}

export function bandStyle(slot) {
  return { class: "reglab-band", fill: color(slot) };
}

/** A line or bar where it was at the start: faint, and dashed unlike any line. */
export function ghostStyle(slot) {
  return { class: "reglab-ghost", stroke: color(slot) };
}

/**
 * Write the key of a chart; lines that are named at their ends (`direct`) are left out. Returns its
 * entry for the start, which is seen once something has moved, or null where nothing can.
 */
export function drawKey(host, spec, direct) {
  host.replaceChildren();
  const samples = new Map(); // a line and its dots share an entry
  // A single series that the axis already names needs no entry: "error" of "test error (%)".
  const series = ["lines", "curves", "bars", "dots"].flatMap((kind) => spec[kind]);
  const names = new Set(series.map(({ name }) => name));
  const told = names.size === 1 && spec.ylabel.includes(series[0].name);
  const addKey = (name, attributes) => {
    if (told && names.has(name)) return null;
    const item = samples.has(name) ? null : add(host, "li");
    if (item) samples.set(name, add(item, "svg", { width: 28, height: 14, "aria-hidden": "true" }));
    add(samples.get(name), "path", attributes);
    if (item) add(item, "span", {}, name);
    return item;
  };
  for (const line of direct ? [] : spec.lines) {
    addKey(line.name, { d: "M0,7H28", ...lineStyle(line) });
  }
  for (const curve of spec.curves) {
    addKey(curve.name, { d: curve.filled ? "M1,2H27V12H1Z" : "M0,7H28", ...curveStyle(curve) });
  }
  for (const { name, slot } of spec.bars) addKey(name, { d: "M6,1H22V13H6Z", ...barStyle(slot) });
  for (const { name, slot } of spec.dots) {
    addKey(name, { d: `M14,7${mark(slot)}`, ...dotStyle(slot) });
  }
  const { band_label: band, bands } = spec;
  if (band && bands.length) {
    const slot = bands.length > 1 ? "ink" : bands[0].slot;
    addKey(band, { d: "M0,1H28V13H0Z", ...bandStyle(slot) });
  }
  for (const cells of spec.cells) {
    const item = add(host, "li");
    add(item, "span", {}, `${cells.name}: ${cells.yesNo ? "no" : writeNumber(cells.low, 3, false)}`);
    if (cells.yesNo) drawSquares(item);
    else drawRamp(item, cells);
    add(item, "span", {}, cells.yesNo ? "yes" : writeNumber(cells.high, 3, false));
  }
  const moving = spec.ghosts !== false && [...spec.lines, ...spec.bars].some(({ y }) => y?.strides.some(Boolean));
  return moving ? addKey("before your changes", { d: "M0,7H28", ...ghostStyle("ink") }) : null;
}
