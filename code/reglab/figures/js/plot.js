// One chart as SVG: axes, lines with their names at the ends, bands, dots. It knows no widget.
// One unit of the drawing is one pixel of the page: text keeps its size when the width changes.
import { bandPath, linearTicks, linePath, logTicks, makeScale, spread } from "./scale.js";

const SVG = "http://www.w3.org/2000/svg";
const NARROW = 480; // below it, names stand above the chart instead of at the lines' ends
const LINE_HEIGHT = 17;
// Stroke and gap in pixels for slots 0, 1, ...; the same patterns as DASHES in style.py.
const DASHES = ["", "9 4", "2.5 3.5", "10 4 2.5 4", "16 4", "5 3 1.5 3 1.5 3"];
// Marks of slots 0, 1, ... around (0, 0).
const MARKS = [
  "M-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0Z",
  "M-3.6,-3.6H3.6V3.6H-3.6Z",
  "M0,-4.6L4.4,3.4H-4.4Z",
  "M0,-5L4.4,0L0,5L-4.4,0Z",
  "M0,4.6L4.4,-3.4H-4.4Z",
  "M-1.5,-4.5H1.5V-1.5H4.5V1.5H1.5V4.5H-1.5V1.5H-4.5V-1.5H-1.5Z",
];
const isInk = (slot) => slot === "ink";
const color = (slot) => (isInk(slot) ? "currentColor" : `var(--reglab-${slot})`);
const dash = (slot) => (isInk(slot) ? "6 3" : DASHES[slot]);
const mark = (slot) => MARKS[isInk(slot) ? 0 : slot];

/** Append an element to `parent` and return it. */
export function add(parent, tag, attributes = {}, text = "") {
  const inSvg = tag === "svg" || parent.namespaceURI === SVG;
  const node = inSvg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return parent.appendChild(node);
}

/**
 * A chart in `host`, with its key in `keyHost`. Call layout(width) for every width and
 * draw(frame) for every change; a frame holds the numbers, `spec` all that stays.
 */
export class Plot {
  constructor(host, keyHost, spec, alt) {
    this.keyHost = keyHost;
    this.spec = spec;
    this.svg = add(host, "svg", { role: "img", "aria-label": alt });
    this.clip = `reglab-clip-${Math.random().toString(36).slice(2, 10)}`;
  }

  layout(width) {
    const { spec } = this;
    const names = spec.lines.map((line) => line.name);
    const room = Math.max(...names.map((name) => this.measure(name))) + 16;
    this.direct = width >= NARROW && room < 0.36 * width;
    const height = Math.round(Math.min(Math.max(0.55 * width, 250), 380));
    const top = spec.ylabel ? 30 : 12;
    const bottom = height - (spec.xlabel ? 48 : 28);
    const yTicks = this.ticks(spec.ylim, spec.logy, (bottom - top) / 52);
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
    const name = { class: "reglab-name" };
    add(axes, "text", { ...name, x: middle, y: height - 8, "text-anchor": "middle" }, this.spec.xlabel);
    add(axes, "text", { ...name, x: 0, y: top - 14 }, this.spec.ylabel);
  }

  prepareSeries() {
    const { left, right, top, bottom } = this.frame;
    const clip = add(add(this.svg, "defs"), "clipPath", { id: this.clip });
    add(clip, "rect", { x: left, y: top, width: right - left, height: bottom - top });
    const inside = add(this.svg, "g", { "clip-path": `url(#${this.clip})` });
    const paths = (series, attributes) => series.map((s) => add(inside, "path", attributes(s)));
    this.bands = paths(this.spec.bands, ({ slot }) => ({ class: "reglab-band", fill: color(slot) }));
    this.lines = paths(this.spec.lines, ({ slot }) => lineStyle(slot));
    this.dots = this.spec.dots.map(({ slot }) => {
      return add(this.svg, "path", { class: "reglab-dots", fill: color(slot) });
    });
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
      // A path's first M may be relative only from (0, 0), so each mark is moved there and back.
      if (seen) path += shape.replace(/^M([-\d.]+),([-\d.]+)/, (_, a, b) => `M${px + +a},${py + +b}`);
    }
    return path;
  }

  placeEnds(xs, ys) {
    const { right, top, bottom } = this.frame;
    const ends = ys.map((y) => lastSeen(xs, y, right + 0.5));
    const shown = ends.flatMap((end, i) => (end ? [i] : []));
    const wanted = shown.map((i) => Math.min(Math.max(ends[i][1], top), bottom));
    const placed = spread(wanted, LINE_HEIGHT, top + 4, bottom - 4);
    this.ends.forEach(({ text, leader }) => [text, leader].forEach((n) => (n.style.display = "none")));
    shown.forEach((i, k) => {
      const { text, leader } = this.ends[i];
      text.style.display = "";
      text.setAttribute("x", right + 12);
      text.setAttribute("y", placed[k] + 4.5);
      leader.style.display = Math.abs(placed[k] - wanted[k]) > 3 ? "" : "none";
      leader.setAttribute("d", `M${ends[i][0] + 1},${wanted[k]}L${right + 10},${placed[k]}`);
    });
  }

  drawKey() {
    this.keyHost.replaceChildren();
    const lines = this.direct ? [] : this.spec.lines;
    lines.forEach(({ name, slot }) => this.addKey(name, "path", { d: "M0,7H28", ...lineStyle(slot) }));
    this.spec.dots.forEach(({ name, slot }) => {
      const at = { d: mark(slot), fill: color(slot), transform: "translate(14 7)" };
      this.addKey(name, "path", at);
    });
    if (this.spec.bandLabel && this.spec.bands.length) {
      const fill = color(this.spec.bands[0].slot);
      this.addKey(this.spec.bandLabel, "path", { class: "reglab-band", d: "M0,1H28V13H0Z", fill });
    }
  }

  addKey(name, tag, attributes) {
    const item = add(this.keyHost, "li");
    const sample = add(item, "svg", { width: 28, height: 14, "aria-hidden": "true" });
    add(sample, tag, attributes);
    add(item, "span", {}, name);
  }
}

function lineStyle(slot) {
  const kind = isInk(slot) ? "reglab-line reglab-ink" : "reglab-line";
  return { class: kind, stroke: color(slot), "stroke-dasharray": dash(slot) };
}

function lastSeen(xs, ys, right) {
  for (let i = ys.length - 1; i >= 0; i--) {
    if (Number.isFinite(ys[i]) && xs[i] <= right) return [xs[i], ys[i]];
  }
  return null;
}
