// The values in a chart, told where a pointer is, and along the chart by keyboard.
import { add } from "./page.js";
import { writeNumber } from "./scale.js";

const NEAR = 16; // pixels from a pointer to a dot
const STEPS = 40; // presses of a key from one end of a line to the other

/** What stands at the k-th of the drawn points: {k, px, title, rows: [{name, text, py}]}. */
export function readPoint({ spec, shown: { frame, xs }, sy }, k) {
  const rows = [];
  for (const kind of ["lines", "bars"]) {
    spec[kind].forEach(({ name }, i) => {
      const value = frame[kind][i].y[k];
      if (!Number.isFinite(value)) return;
      const band = frame.bands[spec.bands.findIndex((one) => one.name === name)];
      const ends = band && [band.low[k], band.high[k]].map((end) => writeNumber(end)).join(" to ");
      const text = writeNumber(value) + (ends ? ` (${ends})` : "");
      rows.push({ name, text, py: sy(value) });
    });
  }
  const names = spec.titles ?? (spec.xnames?.length ? spec.xnames : null);
  const at = names ? names[k] : writeNumber(frame.x[k], 3, false);
  return { k, px: xs[k], title: `${spec.xlabel || "x"} ${at}`, rows };
}

/** Where an event lies in `stage`, in pixels. */
export function placeIn(stage, { clientX, clientY }) {
  const box = stage.getBoundingClientRect();
  return { x: clientX - box.left, y: clientY - box.top };
}

/** The place of the number in `values` that is nearest to `at`, or -1. */
export function nearest(values, at) {
  let best = -1;
  values.forEach((value, k) => {
    const nearer = Math.abs(value - at) < (best < 0 ? Infinity : Math.abs(values[best] - at));
    if (nearer) best = k;
  });
  return best;
}

/** The dot under a pointer, told like a point: {px, title, rows}, or null. */
function readDot({ spec, shown: { frame }, sx, sy }, { x, y }) {
  let [found, distance] = [null, NEAR];
  frame.dots.forEach((cloud, i) => {
    cloud.x.forEach((value, k) => {
      const [px, py] = [sx(value), sy(cloud.y[k])];
      const away = Math.hypot(px - x, py - y);
      if (!(away < distance)) return;
      distance = away;
      const text = `${writeNumber(value, 3, false)}, ${writeNumber(cloud.y[k], 3, false)}`;
      found = { px, title: spec.dots[i].name, rows: [{ name: "", text, py }] };
    });
  });
  return found;
}

/** Tells the values of a chart in a small box; `keys`: also by keyboard and to screen readers. */
export class Reader {
  constructor(stage, plot, keys) {
    this.stage = stage;
    this.plot = plot;
    this.at = null; // {x, y} of a pointer, {k} of the keyboard, or null
    this.tip = add(stage, "div", { class: "reglab-tip", "aria-hidden": "true" });
    const { lines, bars } = plot.spec;
    this.along = lines.length + bars.length > 0;
    if (keys && this.along) this.addHandle();
    for (const kind of ["pointermove", "pointerdown"]) {
      stage.addEventListener(kind, (event) => this.look(placeIn(stage, event)));
    }
    stage.addEventListener("pointerleave", ({ pointerType }) => {
      if (pointerType !== "touch") this.look(null); // a tap leaves at once
    });
  }

  /** A slider without a thumb: arrows move along the chart, and its value is what stands there. */
  addHandle() {
    const { xlabel } = this.plot.spec;
    const words = { role: "slider", tabindex: 0, "aria-label": `Values along ${xlabel || "x"}` };
    this.handle = add(this.stage, "div", { class: "reglab-handle", ...words });
    this.handle.addEventListener("focus", () => this.look({ k: this.k }));
    this.handle.addEventListener("blur", () => this.look(null));
    this.handle.addEventListener("keydown", (event) => {
      const k = this.step(event.key);
      if (k === null) return;
      event.preventDefault();
      this.k = k;
      this.look({ k });
    });
  }

  step(key) {
    const last = this.plot.shown.xs.length - 1;
    const one = Math.max(1, Math.round(last / STEPS));
    const moves = { ArrowLeft: -one, ArrowDown: -one, ArrowRight: one, ArrowUp: one };
    const jumps = { PageDown: -5 * one, PageUp: 5 * one, Home: -last, End: last };
    const by = moves[key] ?? jumps[key];
    return by === undefined ? null : Math.min(Math.max(this.k + by, 0), last);
  }

  look(at) {
    this.at = at;
    this.refresh();
  }

  /** Tell what stands there now; call it after each drawing. */
  refresh() {
    const { plot, at, handle } = this;
    if (handle) {
      const last = plot.shown.xs.length - 1;
      this.k = Math.min(this.k ?? Math.round(last / 2), last);
      const told = readPoint(plot, this.k);
      const now = { "aria-valuemin": 0, "aria-valuemax": last, "aria-valuenow": this.k };
      for (const [name, value] of Object.entries(now)) handle.setAttribute(name, value);
      const words = told.rows.map(({ name, text }) => `${name} ${text}`).join(", ");
      handle.setAttribute("aria-valuetext", `${told.title}: ${words || "nothing"}`);
    }
    this.show(at && this.told(at));
  }

  told(at) {
    const { plot } = this;
    if ("k" in at) return readPoint(plot, at.k);
    const { left, right, top, bottom } = plot.frame;
    const cell = plot.cellAt(at);
    if (cell) return { px: null, title: writeNumber(cell.value), rows: [] };
    if (at.x < left - 8 || at.x > right + 8 || at.y < top - 8 || at.y > bottom + 8) return null;
    const dot = readDot(plot, at);
    if (dot || !this.along) return dot;
    const k = nearest(plot.shown.xs, at.x);
    return k < 0 ? null : readPoint(plot, k);
  }

  show(told) {
    const { tip, plot, stage, at } = this;
    tip.replaceChildren();
    plot.point(told?.px ?? null, told?.rows.map(({ py }) => py) ?? []);
    if (!told) return;
    add(tip, "div", {}, told.title);
    for (const { name, text } of told.rows) {
      const row = add(tip, "div", { class: "reglab-told" });
      add(row, "span", {}, name);
      add(row, "b", {}, text);
    }
    const [x, y] = [at.x ?? told.px, at.y ?? plot.frame.top + tip.offsetHeight];
    const beside = x + 14 + tip.offsetWidth > stage.clientWidth ? x - 14 - tip.offsetWidth : x + 14;
    tip.style.left = `${Math.max(beside, 0)}px`;
    tip.style.top = `${Math.max(y - tip.offsetHeight - 4, 0)}px`;
  }
}
