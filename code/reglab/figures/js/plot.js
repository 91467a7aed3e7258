// One chart as SVG: axes, lines with their names at the ends, bands, dots, bars, cells. It knows no
// widget.
// One unit of the drawing is one pixel of the page: text keeps its size when the width changes.
import { barPath, cellPaths, findInterval, shadeStyle } from "./marks.js";
import { add, uniqueName } from "./page.js";
import { bandPath, linearTicks, linePath, logTicks, makeScale, spread } from "./scale.js";
import { bandStyle, barStyle, color, dotStyle, drawKey, lineStyle, mark } from "./series.js";

const NARROW = 480; // below it, names stand above the chart instead of at the lines' ends
const LINE_HEIGHT = 17;

/**
 * A chart in `host`, with its key in `keyHost`. Call layout(width, shared) for every width and
 * draw(frame) for every change; a frame holds the numbers, `spec` all that stays.
 */
export class Plot {
  constructor(host, keyHost, spec, words) {
    this.keyHost = keyHost;
    this.spec = spec;
    this.svg = add(host, "svg", words);
    this.clip = uniqueName();
  }

  /** The wanted height at `width`; `shared`: another chart stands beside this one. */
  height(width, shared) {
    const { equal } = this.spec;
    const [share, low, high] = shared ? [0.9, 240, 320] : equal ? [0.9, 250, 420] : [0.55, 250, 380];
    return Math.round(Math.min(Math.max(share * width, low), high));
  }

  layout(width, height) {
    const { spec } = this;
    const names = spec.lines.map((line) => line.name);
    const room = Math.max(0, ...names.map((name) => this.measure(name))) + 16;
    this.direct = names.length > 0 && width >= NARROW && room < 0.36 * width;
    const top = spec.ylabel ? 30 : 12;
    const yTicks = this.ticks("y", (height - top - 48) / 34);
    const left = Math.max(0, ...yTicks.map((tick) => this.measure(tick.label))) + 14;
    const right = width - (this.direct ? room : 14);
    const xTicks = this.ticks("x", (right - left) / 90);
    this.lean = this.leaning(xTicks, right - left);
    const below = this.lean + (xTicks.length ? 28 : 8) + (spec.xlabel ? 20 : 0);
    const whole = height + this.lean; // texts that lean may not take the chart's height
    this.frame = { left, right, top, bottom: whole - below, width, height: whole };
    if (spec.equal) this.makeEqual();
    this.sx = makeScale(spec.xlim, [left, this.frame.right], spec.logx);
    this.sy = makeScale(spec.ylim, [this.frame.bottom, top], spec.logy);
    this.svg.replaceChildren();
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.frame.height}`);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", this.frame.height);
    this.drawAxes(yTicks, xTicks);
    this.prepareSeries();
    drawKey(this.keyHost, spec, this.direct);
  }

  /** Shrink the frame so that one unit is as long on both axes. */
  makeEqual() {
    const { frame, spec } = this;
    const place = (limits, log) => {
      const [low, high] = log ? limits.map(Math.log10) : limits;
      return high - low;
    };
    const [x, y] = [place(spec.xlim, spec.logx), place(spec.ylim, spec.logy)];
    const unit = Math.min((frame.right - frame.left) / x, (frame.bottom - frame.top) / y);
    const cut = frame.bottom - frame.top - unit * y;
    frame.right = frame.left + unit * x;
    frame.bottom -= cut;
    frame.height -= cut;
  }

  /** The extra height for texts below x that would touch each other and so must lean; else 0. */
  leaning(ticks, width) {
    if (!this.spec.xnames?.length) return 0;
    const longest = Math.max(...ticks.map((tick) => this.measure(tick.label)));
    return longest + 8 > width / ticks.length ? 0.6 * longest : 0;
  }

  ticks(axis, count) {
    const { [`${axis}names`]: names, [`${axis}lim`]: limits, [`log${axis}`]: log } = this.spec;
    if (!names) return (log ? logTicks : linearTicks)(limits, Math.max(2, Math.floor(count)));
    const last = names.length - 1; // rows are named from the top, as in a matrix
    return names.map((label, k) => ({ value: axis === "y" ? last - k : k, label }));
  }

  measure(text) {
    this.ruler ||= document.createElement("canvas").getContext("2d");
    const { fontFamily } = getComputedStyle(this.svg.parentNode);
    this.ruler.font = `14px ${fontFamily}`;
    return this.ruler.measureText(text).width;
  }

  drawAxes(yTicks, xTicks) {
    const { left, right, top, bottom, height } = this.frame;
    const covered = this.spec.cells.length > 0;
    const axes = add(this.svg, "g", { class: "reglab-axes" });
    for (const { value, label } of yTicks) {
      const y = this.sy(value);
      if (!covered) add(axes, "path", { class: "reglab-grid", d: `M${left},${y}H${right}` });
      add(axes, "text", { x: left - 8, y: y + 4.5, "text-anchor": "end" }, label);
    }
    const base = covered ? `M${left},${bottom}H${right}V${top}H${left}Z` : `M${left},${bottom}H${right}`;
    add(axes, "path", { class: "reglab-axis", fill: "none", d: base });
    for (const { value, label } of xTicks) {
      const x = this.sx(value);
      add(axes, "path", { class: "reglab-axis", d: `M${x},${bottom}v5` });
      const y = bottom + (this.lean ? 16 : 20);
      const turn = { "text-anchor": "end", transform: `rotate(-35 ${x} ${y})` };
      add(axes, "text", { x, y, ...(this.lean ? turn : { "text-anchor": "middle" }) }, label);
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
    const clipped = () => add(this.svg, "g", { "clip-path": `url(#${this.clip})` });
    const paths = (series, attributes) => {
      const inside = clipped();
      return series.map((one) => add(inside, "path", attributes(one)));
    };
    this.shades = this.spec.cells.map(() => {
      const host = clipped();
      host.setAttribute("shape-rendering", "crispEdges"); // no seams between cells
      return { host, paths: new Map() };
    });
    this.bars = paths(this.spec.bars, ({ slot }) => barStyle(slot));
    this.bands = paths(this.spec.bands, ({ slot }) => bandStyle(slot));
    const cloud = add(this.svg, "g"); // whole dots, also on the edge: it is not clipped
    const onCells = this.spec.cells.length > 0;
    this.dots = this.spec.dots.map(({ slot }) => add(cloud, "path", dotStyle(slot, onCells)));
    this.lines = paths(this.spec.lines, ({ slot }) => lineStyle(slot));
    this.mark = this.spec.cells.some((one) => one.controls)
      ? add(this.svg, "path", { class: "reglab-here" })
      : null;
    this.ends = this.direct ? this.spec.lines.map(({ name, slot }) => this.addEnd(name, slot)) : [];
  }

  addEnd(name, slot) {
    const leader = add(this.svg, "path", { class: "reglab-leader", stroke: color(slot) });
    const text = add(this.svg, "text", { class: "reglab-end", fill: color(slot) }, name);
    return { leader, text };
  }

  draw({ x, lines, bands, dots, bars, cells }) {
    const xs = Array.from(x, this.sx);
    cells.forEach((matrix, i) => this.drawCells(matrix, i));
    const zero = this.sy(0);
    bars.forEach(({ y }, i) => {
      const tops = Array.from(y, this.sy);
      this.bars[i].setAttribute("d", barPath(xs, tops, zero, i, bars.length));
    });
    const ys = lines.map((line) => Array.from(line.y, this.sy));
    ys.forEach((y, i) => this.lines[i].setAttribute("d", linePath(xs, y)));
    bands.forEach(({ low, high }, i) => {
      const edges = [low, high].map((edge) => Array.from(edge, this.sy));
      this.bands[i].setAttribute("d", bandPath(xs, ...edges));
    });
    dots.forEach((cloud, i) => this.dots[i].setAttribute("d", this.marks(cloud, i)));
    if (this.direct) this.placeEnds(xs, ys);
  }

  drawCells({ value, xedges, yedges }, i) {
    const [xs, ys] = [Array.from(xedges, this.sx), Array.from(yedges, this.sy)];
    const { host, paths } = this.shades[i];
    const now = cellPaths(value, xs, ys, this.spec.cells[i]);
    for (const [step, path] of paths) if (!now.has(step)) path.setAttribute("d", "");
    for (const [step, d] of now) {
      if (!paths.has(step)) paths.set(step, add(host, "path", shadeStyle(step)));
      paths.get(step).setAttribute("d", d);
    }
    this.cellEnds = { xs, ys, value };
  }

  /** Frame the cell in this column and row, and remember where it is. */
  markCell(column, row) {
    if (!this.mark || !this.cellEnds) return;
    const { xs, ys } = this.cellEnds;
    const d = `M${xs[column]},${ys[row]}H${xs[column + 1]}V${ys[row + 1]}H${xs[column]}Z`;
    this.mark.setAttribute("d", d);
  }

  /** The cell under a pointer: {column, row, value}, or null. */
  cellAt({ clientX, clientY }) {
    if (!this.cellEnds) return null;
    const box = this.svg.getBoundingClientRect();
    const { xs, ys, value } = this.cellEnds;
    const column = findInterval(xs, clientX - box.left);
    const row = findInterval(ys, clientY - box.top);
    if (column < 0 || row < 0) return null;
    return { column, row, value: value[row * (xs.length - 1) + column] };
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
}

function lastSeen(xs, ys, right) {
  for (let i = ys.length - 1; i >= 0; i--) {
    if (Number.isFinite(ys[i]) && xs[i] <= right) return [xs[i], ys[i]];
  }
  return null;
}
