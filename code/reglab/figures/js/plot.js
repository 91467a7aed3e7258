// One chart as SVG: axes, lines with their names at the ends, bands, dots. It knows no widget.
// One unit of the drawing is one pixel of the page: text keeps its size when the width changes.
import { add, uniqueName } from "./page.js";
import { bandPath, linearTicks, linePath, logTicks, makeScale, spread } from "./scale.js";

const NARROW = 480; // below it, names stand above the chart instead of at the lines' ends
const LINE_HEIGHT = 17;
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
const color = (slot) => (isInk(slot) ? "currentColor" : `var(--reglab-${slot})`);
const dash = (slot) => (isInk(slot) ? "6 3" : DASHES[slot]);
const mark = (slot) => MARKS[isInk(slot) ? 0 : slot];

/**
 * A chart in `host`, with its key in `keyHost`. Call layout(width) for every width and
 * draw(frame) for every change; a frame holds the numbers, `spec` all that stays.
 */
export class Plot {
  constructor(host, keyHost, spec, alt) {
    this.keyHost = keyHost;
    this.spec = spec;
    this.svg = add(host, "svg", { role: "img", "aria-label": alt });
    this.clip = uniqueName();
  }

  layout(width) {
    const { spec } = this;
    const names = spec.lines.map((line) => line.name);
    const room = Math.max(...names.map((name) => this.measure(name))) + 16;
    this.direct = width >= NARROW && room < 0.36 * width;
    const height = Math.round(Math.min(Math.max(0.55 * width, 250), 380));
    const top = spec.ylabel ? 30 : 12;
    const bottom = height - (spec.xlabel ? 48 : 28);
    const yTicks = this.ticks(spec.ylim, spec.logy, (bottom - top) / 34);
    const left = Math.max(...yTicks.map((tick) => this.measure(tick.label))) + 14;
    const right = width - (this.direct ? room : 14);
    this.frame = { left, right, top, bottom, width, height };
    this.sx = makeScale(spec.xlim, [left, right], spec.logx);
    this.sy = makeScale(spec.ylim, [bottom, top], spec.logy);
    this.svg.replaceChildren();
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", height);
    this.drawAxes(yTicks, this.ticks(spec.xlim, spec.logx, (right - left) / 90));
    this.prepareSeries();
    this.drawKey();
  }

  ticks(limits, log, count) {
    return (log ? logTicks : linearTicks)(limits, Math.max(2, Math.floor(count)));
  }

  measure(text) {
    this.ruler ||= document.createElement("canvas").getContext("2d");
    const { fontFamily } = getComputedStyle(this.svg.parentNode);
    this.ruler.font = `14px ${fontFamily}`;
    return this.ruler.measureText(text).width;
  }

  drawAxes(yTicks, xTicks) {
    const { left, right, top, bottom, height } = this.frame;
    const axes = add(this.svg, "g", { class: "reglab-axes" });
    for (const { value, label } of yTicks) {
      const y = this.sy(value);
      add(axes, "path", { class: "reglab-grid", d: `M${left},${y}H${right}` });
      add(axes, "text", { x: left - 8, y: y + 4.5, "text-anchor": "end" }, label);
    }
    add(axes, "path", { class: "reglab-axis", d: `M${left},${bottom}H${right}` });
    for (const { value, label } of xTicks) {
      const x = this.sx(value);
      add(axes, "path", { class: "reglab-axis", d: `M${x},${bottom}v5` });
      add(axes, "text", { x, y: bottom + 20, "text-anchor": "middle" }, label);
    }
    const middle = (left + right) / 2;
    const below = { class: "reglab-name", x: middle, y: height - 8, "text-anchor": "middle" };
    add(axes, "text", below, this.spec.xlabel);
    add(axes, "text", { class: "reglab-name", x: 0, y: top - 14 }, this.spec.ylabel);
  }

  prepareSeries() {
    const { left, right, top, bottom } = this.frame;
    const clip = add(add(this.svg, "defs"), "clipPath", { id: this.clip });
    add(clip, "rect", { x: left, y: top, width: right - left, height: bottom - top });
    const paths = (series, attributes) => {
      const inside = add(this.svg, "g", { "clip-path": `url(#${this.clip})` });
      return series.map((one) => add(inside, "path", attributes(one)));
    };
    this.bands = paths(this.spec.bands, ({ slot }) => bandStyle(slot));
    const cloud = add(this.svg, "g"); // whole dots, also on the edge: it is not clipped
    this.dots = this.spec.dots.map(({ slot }) => add(cloud, "path", dotStyle(slot)));
    this.lines = paths(this.spec.lines, ({ slot }) => lineStyle(slot));
    this.ends = this.direct ? this.spec.lines.map(({ name, slot }) => this.addEnd(name, slot)) : [];
  }

  addEnd(name, slot) {
    const leader = add(this.svg, "path", { class: "reglab-leader", stroke: color(slot) });
    const text = add(this.svg, "text", { class: "reglab-end", fill: color(slot) }, name);
    return { leader, text };
  }

  draw({ x, lines, bands, dots }) {
    const xs = Array.from(x, this.sx);
    const ys = lines.map((line) => Array.from(line.y, this.sy));
    ys.forEach((y, i) => this.lines[i].setAttribute("d", linePath(xs, y)));
    bands.forEach(({ low, high }, i) => {
      const edges = [low, high].map((edge) => Array.from(edge, this.sy));
      this.bands[i].setAttribute("d", bandPath(xs, ...edges));
    });
    dots.forEach((cloud, i) => this.dots[i].setAttribute("d", this.marks(cloud, i)));
    if (this.direct) this.placeEnds(xs, ys);
  }

  marks({ x, y }, i) {
    const { left, right, top, bottom } = this.frame;
    const shape = mark(this.spec.dots[i].slot);
    let path = "";
    for (let k = 0; k < x.length; k++) {
      const [px, py] = [this.sx(x[k]), this.sy(y[k])];
      const seen = px >= left - 1 && px <= right + 1 && py >= top - 1 && py <= bottom + 1;
      if (seen) path += `M${px.toFixed(1)},${py.toFixed(1)}${shape}`; // NaN is never seen
    }
    return path;
  }

  placeEnds(xs, ys) {
    const { right, top, bottom } = this.frame;
    const ends = ys.map((y) => lastSeen(xs, y, right + 0.5));
    const shown = ends.flatMap((end, i) => (end ? [i] : []));
    const wanted = shown.map((i) => Math.min(Math.max(ends[i][1], top), bottom));
    const placed = spread(wanted, LINE_HEIGHT, top + 4, bottom - 4);
    this.ends.forEach(({ text, leader }, i) => {
      for (const part of [text, leader]) part.style.display = ends[i] ? "" : "none";
    });
    shown.forEach((i, k) => {
      const { text, leader } = this.ends[i];
      text.setAttribute("x", right + 12);
      text.setAttribute("y", placed[k] + 4.5);
      leader.style.display = Math.abs(placed[k] - wanted[k]) > 3 ? "" : "none";
      leader.setAttribute("d", `M${ends[i][0] + 1},${wanted[k]}L${right + 10},${placed[k]}`);
    });
  }

  drawKey() {
    this.keyHost.replaceChildren();
    const lines = this.direct ? [] : this.spec.lines;
    lines.forEach(({ name, slot }) => this.addKey(name, { d: "M0,7H28", ...lineStyle(slot) }));
    this.spec.dots.forEach(({ name, slot }) => {
      this.addKey(name, { d: `M14,7${mark(slot)}`, ...dotStyle(slot) });
    });
    if (this.spec.bandLabel && this.spec.bands.length) {
      const slot = this.spec.bands.length > 1 ? "ink" : this.spec.bands[0].slot;
      this.addKey(this.spec.bandLabel, { d: "M0,1H28V13H0Z", ...bandStyle(slot) });
    }
  }

  addKey(name, attributes) {
    const item = add(this.keyHost, "li");
    const sample = add(item, "svg", { width: 28, height: 14, "aria-hidden": "true" });
    add(sample, "path", attributes);
    add(item, "span", {}, name);
  }
}

function lineStyle(slot) {
  const kind = isInk(slot) ? "reglab-line reglab-ink" : "reglab-line";
  return { class: kind, stroke: color(slot), "stroke-dasharray": dash(slot) };
}

function dotStyle(slot) {
  return { class: "reglab-dots", fill: color(slot) };
}

function bandStyle(slot) {
  return { class: "reglab-band", fill: color(slot) };
}

function lastSeen(xs, ys, right) {
  for (let i = ys.length - 1; i >= 0; i--) {
    if (Number.isFinite(ys[i]) && xs[i] <= right) return [xs[i], ys[i]];
  }
  return null;
}
