// One chart as SVG: axes, lines with their names at the ends, bands, curves, dots, bars, cells. It
// knows no widget.
// One unit of the drawing is one pixel of the page: text keeps its size when the width changes.
import { axisTicks, drawAxes, leaning, makeEqual, thinned, ticksApart } from "./axes.js";
import { barPath, cellPaths, findInterval, shadeStyle } from "./marks.js";
import { add, uniqueName } from "./page.js";
import { bandPath, curvePath, linePath, makeScale, spread } from "./scale.js";
import { bandStyle, barStyle, color, curveStyle, dotStyle, drawKey, ghostStyle, lineStyle, mark } from "./series.js";

const NARROW = 400; // below it, names stand above the chart instead of at the lines' ends
const LINE_HEIGHT = 17;

/**
 * A chart in `host`, with its key in `keyHost` (null: none). Call layout(width, height) for every
 * width and draw(frame) for every change; a frame holds the numbers, `spec` all that stays.
 */
export class Plot {
  constructor(host, keyHost, spec, words) {
    this.keyHost = keyHost;
    this.spec = spec;
    this.svg = add(host, "svg", words);
    this.clip = uniqueName();
  }

  /** The wanted height at `width`; `shared`: a chart stands beside it; `alone`: a small one only. */
  height(width, shared, alone) {
    const square = this.spec.equal && (alone || !shared);
    const [share, low, high] = square ? [0.9, 250, 420] : shared ? [0.9, 240, 320] : [0.55, 250, 380];
    return Math.round(Math.min(Math.max(share * width, low), high));
  }

  /** The pixels left and right of the frame, and whether the lines are named there. */
  margins(width, height) {
    const { spec } = this;
    const room = Math.max(0, ...spec.lines.map(({ name }) => this.measure(name))) + 16;
    const fits = width >= NARROW && room < 0.36 * width;
    const direct = spec.lines.length > 0 && fits && spec.direct !== false;
    const left = this.widest(this.yTicks(height)) + 14;
    return { left, right: direct ? room : 14, direct };
  }

  widest(ticks) {
    return Math.max(0, ...ticks.map(({ label }) => this.measure(label)));
  }

  yTicks(height) {
    return axisTicks(this.spec, "y", (height - this.top - 48) / 34);
  }

  get top() {
    return this.spec.ylabel ? 30 : 12;
  }

  /** Lay it out with the margins of its own, or wider ones, which it shares with another chart. */
  layout(width, height, shared = {}) {
    const { spec, top } = this;
    const measure = (text) => this.measure(text);
    const own = this.margins(width, height);
    this.direct = own.direct;
    const left = Math.max(own.left, shared.left ?? 0);
    const right = width - Math.max(own.right, shared.right ?? 0);
    let yTicks = this.yTicks(height);
    let xTicks = axisTicks(spec, "x", (right - left) / 90);
    this.lean = leaning(spec, xTicks, right - left, measure);
    const below = this.lean + (xTicks.length ? 28 : 8) + (spec.xlabel ? 20 : 0);
    const whole = height + this.lean; // texts that lean may not take the chart's height
    this.frame = { left, right, top, bottom: whole - below, width, height: whole };
    if (spec.equal) makeEqual(this.frame, spec);
    this.sx = makeScale(spec.xlim, [left, this.frame.right], spec.logx);
    this.sy = makeScale(spec.ylim, [this.frame.bottom, top], spec.logy);
    if (spec.xticks || spec.logx) xTicks = ticksApart(xTicks, this.sx, measure);
    else if (spec.xnames && !this.lean) xTicks = thinned(xTicks, this.sx, this.widest(xTicks) + 8);
    if (spec.ynames) yTicks = thinned(yTicks, this.sy, LINE_HEIGHT);
    this.svg.replaceChildren();
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.frame.height}`);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", this.frame.height);
    drawAxes(this.svg, spec, this, yTicks, xTicks);
    this.prepareSeries();
    this.ghostKey = this.keyHost && drawKey(this.keyHost, spec, this.direct);
  }

  measure(text) {
    this.ruler ||= document.createElement("canvas").getContext("2d");
    const { fontFamily } = getComputedStyle(this.svg.parentNode);
    this.ruler.font = `14px ${fontFamily}`;
    return this.ruler.measureText(text).width;
  }

  prepareSeries() {
    const { left, right, top, bottom } = this.frame;
    const clip = add(add(this.svg, "defs"), "clipPath", { id: this.clip });
    add(clip, "rect", { x: left, y: top, width: Math.max(right - left, 0), height: Math.max(bottom - top, 0) });
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
    const ghosts = (series) => paths(series, ({ slot }) => ghostStyle(slot));
    this.ghosts = { lines: ghosts(this.spec.lines), bars: ghosts(this.spec.bars) };
    this.bars = paths(this.spec.bars, ({ slot }) => barStyle(slot));
    this.bands = paths(this.spec.bands, ({ slot }) => bandStyle(slot));
    this.curves = paths(this.spec.curves, curveStyle);
    const cloud = add(this.svg, "g"); // whole dots, also on the edge: it is not clipped
    const onCells = this.spec.cells.length > 0;
    this.dots = this.spec.dots.map(({ slot }) => add(cloud, "path", dotStyle(slot, onCells)));
    this.lines = paths(this.spec.lines, lineStyle);
    this.mark = add(this.svg, "path", { class: "reglab-here" });
    this.ends = this.direct ? this.spec.lines.map(({ name, slot }) => this.addEnd(name, slot)) : [];
    this.cursor = add(this.svg, "path", { class: "reglab-cursor" });
  }

  addEnd(name, slot) {
    const leader = add(this.svg, "path", { class: "reglab-leader", stroke: color(slot) });
    const text = add(this.svg, "text", { class: "reglab-end", fill: color(slot) }, name);
    return { leader, text };
  }

  /** Draw the numbers of `frame`, and dashed behind them where lines and bars were at `start`. */
  draw(frame, start = null) {
    const { x, lines, bands, curves, dots, bars, cells } = frame;
    const xs = Array.from(x, this.sx);
    this.shown = { frame, xs };
    cells.forEach((matrix, i) => this.drawCells(matrix, i));
    bars.forEach(({ y }, i) => this.bars[i].setAttribute("d", this.barsOf(xs, y, i)));
    const ys = lines.map((line) => Array.from(line.y, this.sy));
    ys.forEach((y, i) => this.lines[i].setAttribute("d", linePath(xs, y)));
    if (start && this.spec.ghosts !== false) this.drawGhosts(start, frame, xs);
    bands.forEach(({ low, high }, i) => {
      const edges = [low, high].map((edge) => Array.from(edge, this.sy));
      this.bands[i].setAttribute("d", bandPath(xs, ...edges));
    });
    curves.forEach(({ x, y }, i) => {
      const path = curvePath(Array.from(x, this.sx), Array.from(y, this.sy));
      this.curves[i].setAttribute("d", path);
    });
    dots.forEach((cloud, i) => this.dots[i].setAttribute("d", this.marks(cloud, i)));
    if (this.direct) this.placeEnds(xs, ys);
  }

  barsOf(xs, y, i) {
    return barPath(xs, Array.from(y, this.sy), this.sy(0), i, this.spec.bars.length);
  }

  drawGhosts(start, now, xs) {
    let moved = false;
    for (const [kind, paths] of Object.entries(this.ghosts)) {
      paths.forEach((path, i) => {
        const { y } = start[kind][i];
        const same = y.every((value, k) => Object.is(value, now[kind][i].y[k]));
        const d = kind === "bars" ? this.barsOf(xs, y, i) : linePath(xs, Array.from(y, this.sy));
        path.setAttribute("d", same ? "" : d);
        moved ||= !same;
      });
    }
    this.ghostKey?.classList.toggle("reglab-unseen", !moved);
  }

  /** Draw a thin line at pixel `px` with a ring around each of `heights`; null removes both. */
  point(px, heights) {
    const { top, bottom } = this.frame;
    const seen = heights.filter((py) => py >= top - 1 && py <= bottom + 1);
    const rings = seen.map((py) => `M${px},${py}m-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0z`);
    const d = px === null ? "" : `M${px},${top}V${bottom}${rings.join("")}`;
    this.cursor.setAttribute("d", d);
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

  /** Mark what controls the knobs at `index`: a frame around their cell, or a line at their x. */
  markKnobs(index) {
    const { cells: [cells], controls } = this.spec;
    const along = controls?.[0];
    if (cells?.controls) {
      const { xs, ys } = this.cellEnds;
      const [column, row] = cells.controls.map((knob) => index[knob]);
      const d = `M${xs[column]},${ys[row]}H${xs[column + 1]}V${ys[row + 1]}H${xs[column]}Z`;
      this.mark.setAttribute("d", d);
    } else if (along) {
      const px = this.sx(along.at[index[along.knob]]);
      const { top, bottom } = this.frame;
      this.mark.setAttribute("d", `M${px},${top}V${bottom}M${px},${top}l-6,-8h12z`);
      this.mark.classList.add("reglab-grip");
    }
  }

  /** The cell at a point of the drawing, in pixels: {column, row, value}, or null. */
  cellAt({ x, y }) {
    if (!this.cellEnds) return null;
    const { xs, ys, value } = this.cellEnds;
    const [column, row] = [findInterval(xs, x), findInterval(ys, y)];
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
