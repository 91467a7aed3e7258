// Sweep: sliders over a grid of precomputed numbers. The state is described in sweep_layout.py.
import { add, addButton, figureBox, uniqueName } from "./page.js";
import { Plot } from "./plot.js";
import { readBlock, toFloats, writeNumber } from "./scale.js";

const MOTION_MS = 160;
// The numbers of each mark: see sweep_layout.py.
const PARTS = {
  lines: ["y"],
  bars: ["y"],
  bands: ["low", "high"],
  dots: ["x", "y"],
  cells: ["value", "xedges", "yedges"],
};
const QUIET_MS = 500; // a screen reader hears the values once the slider has rested this long

function render({ model, el }) {
  const view = new SweepView(model, el);
  return () => view.close();
}

class SweepView {
  constructor(model, el) {
    this.model = model;
    this.build(el);
    this.changed = () => this.refresh();
    this.replaced = () => this.restart();
    model.on("change:index", this.changed);
    for (const part of ["data", "panels", "readouts"]) model.on(`change:${part}`, this.replaced);
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.root);
    this.restart();
  }

  build(el) {
    const { model } = this;
    this.root = figureBox(el, model.get("title"));
    this.charts = add(this.root, "div", { class: "reglab-charts" });
    const panel = add(this.root, "div", { class: "reglab-panel" });
    this.table = add(panel, "table", { class: "reglab-readouts" });
    const knobs = add(panel, "div", { class: "reglab-knobs" });
    this.knobs = model.get("knobs").map((knob, k) => this.addKnob(knobs, knob, k));
    addButton(knobs, "Reset", () => this.move(model.get("start")));
    this.status = add(this.root, "p", { class: "reglab-hidden", role: "status" });
  }

  addKnob(host, { name, labels }, k) {
    const id = uniqueName();
    const row = add(host, "div", { class: "reglab-knob" });
    add(row, "label", { for: id }, name);
    const value = add(row, "span", { class: "reglab-value", "aria-hidden": "true" });
    const range = { type: "range", min: 0, max: labels.length - 1, step: 1 };
    const slider = add(row, "input", { id, ...range });
    slider.addEventListener("input", () => {
      const index = [...this.model.get("index")];
      index[k] = Number(slider.value);
      this.move(index);
    });
    return { slider, value, labels };
  }

  move(index) {
    this.model.set("index", [...index]);
    this.model.save_changes();
  }

  restart() {
    const panels = this.model.get("panels");
    this.floats = toFloats(this.model.get("data"));
    this.charts.replaceChildren();
    this.charts.classList.toggle("reglab-pair", panels.length > 1);
    this.plots = panels.map((spec, k) => this.addPlot(spec, k));
    this.table.replaceChildren();
    this.cells = this.model.get("readouts").map(({ name }) => {
      const row = add(this.table, "tr");
      add(row, "th", { scope: "row" }, name);
      return add(row, "td");
    });
    this.width = 0;
    this.frames = null;
    this.resize();
    this.refresh();
  }

  addPlot(spec, k) {
    const host = add(this.charts, "div", { class: "reglab-chart" });
    const key = add(host, "ul", { class: "reglab-key" });
    const stage = add(host, "div", { class: "reglab-stage" });
    // The alt text speaks of all charts, so the first bears it.
    const words = k ? { "aria-hidden": "true" } : { role: "img", "aria-label": this.model.get("alt") };
    const plot = new Plot(stage, key, spec, words);
    const [cells] = spec.cells;
    if (cells?.controls) {
      stage.classList.add("reglab-controls");
      stage.addEventListener("click", (event) => this.choose(plot.cellAt(event), cells.controls));
    }
    if (cells) this.tellCells(stage, plot);
    return { plot, stage };
  }

  /** Move the knobs of the columns and of the rows to a cell: the sliders do it by keyboard. */
  choose(cell, [ofColumn, ofRow]) {
    if (!cell) return;
    const index = [...this.model.get("index")];
    index[ofColumn] = cell.column;
    index[ofRow] = cell.row;
    this.move(index);
  }

  /** Say the value of the cell under the pointer. */
  tellCells(stage, plot) {
    const tip = add(stage, "p", { class: "reglab-tip", "aria-hidden": "true" });
    stage.addEventListener("pointermove", (event) => {
      const cell = plot.cellAt(event);
      tip.textContent = cell ? writeNumber(cell.value) : "";
      const box = stage.getBoundingClientRect();
      tip.style.left = `${event.clientX - box.left}px`;
      tip.style.top = `${event.clientY - box.top}px`;
    });
    stage.addEventListener("pointerleave", () => (tip.textContent = ""));
  }

  resize() {
    const width = Math.round(this.charts.clientWidth);
    if (!width || width === this.width) return; // no width yet: the figure stands in a closed box
    this.width = width;
    const widths = this.plots.map(({ stage }) => Math.round(stage.clientWidth));
    const shared = this.plots.length > 1 && widths[0] < 0.7 * width;
    const heights = this.plots.map(({ plot }, k) => plot.height(widths[k], shared));
    const height = Math.max(...heights);
    this.plots.forEach(({ plot }, k) => plot.layout(widths[k], shared ? height : heights[k]));
    if (this.frames) this.drawAll();
  }

  refresh() {
    const index = this.model.get("index");
    this.knobs.forEach(({ slider, value, labels }, k) => {
      slider.value = index[k];
      slider.setAttribute("aria-valuetext", labels[index[k]]); // not the position, 0, 1, 2
      value.textContent = labels[index[k]];
    });
    this.model.get("readouts").forEach(({ value }, i) => {
      this.cells[i].textContent = writeNumber(this.read(value)[0]);
    });
    this.animate(this.model.get("panels").map((panel) => this.frameAt(panel)));
    this.announce();
  }

  read(block) {
    return readBlock(this.floats, block, this.model.get("index"));
  }

  /** The numbers of a panel where the knobs stand: every block of its marks, read. */
  frameAt(panel) {
    const frame = { x: this.read(panel.x) };
    for (const [mark, parts] of Object.entries(PARTS)) {
      const read = (series) => parts.map((part) => [part, this.read(series[part])]);
      frame[mark] = panel[mark].map((series) => Object.fromEntries(read(series)));
    }
    return frame;
  }

  animate(goal) {
    cancelAnimationFrame(this.pending);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
    const from = this.frames;
    if (!from || still) {
      this.show(goal);
      return;
    }
    const begin = performance.now();
    const step = (now) => {
      const t = Math.min(Math.max((now - begin) / MOTION_MS, 0), 1);
      const eased = 1 - (1 - t) ** 3;
      this.show(t < 1 ? goal.map((frame, k) => between(from[k], frame, eased)) : goal);
      if (t < 1) this.pending = requestAnimationFrame(step);
    };
    this.pending = requestAnimationFrame(step);
  }

  show(frames) {
    this.frames = frames;
    if (this.width) this.drawAll();
  }

  drawAll() {
    const index = this.model.get("index");
    this.plots.forEach(({ plot }, k) => {
      plot.draw(this.frames[k]);
      const [cells] = plot.spec.cells;
      if (cells?.controls) plot.markCell(...cells.controls.map((knob) => index[knob]));
    });
  }

  announce() {
    clearTimeout(this.timer);
    const silent = !this.heard;
    this.heard = true;
    if (silent) return; // nothing moved yet: the page has only just been drawn
    this.timer = setTimeout(() => (this.status.textContent = this.summary()), QUIET_MS);
  }

  summary() {
    const names = this.model.get("knobs").map(({ name }) => name);
    const at = this.knobs.map(({ value }, k) => `${names[k]} ${value.textContent}`).join(", ");
    const readouts = this.model.get("readouts");
    const numbers = readouts.map(({ name }, i) => `${name} ${this.cells[i].textContent}`);
    return numbers.length ? `${at}: ${numbers.join(", ")}` : at;
  }

  close() {
    cancelAnimationFrame(this.pending);
    clearTimeout(this.timer);
    this.watcher.disconnect();
    this.model.off("change:index", this.changed);
    for (const part of ["data", "panels", "readouts"]) {
      this.model.off(`change:${part}`, this.replaced);
    }
  }
}

function between(a, b, t) {
  const mix = (u, v) => {
    if (u.length !== v.length) return v;
    return v.map((value, i) => (Number.isFinite(u[i]) ? u[i] + t * (value - u[i]) : value));
  };
  const each = (u, v) => Object.fromEntries(Object.keys(v).map((k) => [k, mix(u[k], v[k])]));
  const all = (name) => b[name].map((series, i) => each(a[name][i], series));
  const moving = Object.fromEntries(["lines", "bands", "bars", "cells"].map((n) => [n, all(n)]));
  return { x: b.x, dots: b.dots, ...moving };
}

export default { render };
