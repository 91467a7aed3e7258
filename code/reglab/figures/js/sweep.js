// Sweep: sliders over a grid of precomputed numbers. The state is described in sweep_layout.py.
import { add, addButton, figureBox, uniqueName } from "./page.js";
import { Plot } from "./plot.js";
import { readBlock, toFloats, writeNumber } from "./scale.js";

const MOTION_MS = 160;
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
    model.on("change:data", this.replaced);
    model.on("change:chart", this.replaced);
    this.watcher = new ResizeObserver(() => this.resize());
    this.watcher.observe(this.root);
    this.restart();
  }

  build(el) {
    const { model } = this;
    this.root = figureBox(el, model.get("title"));
    this.key = add(this.root, "ul", { class: "reglab-key" });
    this.stage = add(this.root, "div", { class: "reglab-stage" });
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
    const chart = this.model.get("chart");
    this.floats = toFloats(this.model.get("data"));
    const spec = { ...chart, bandLabel: this.model.get("band_label") };
    for (const label of ["xlabel", "ylabel"]) spec[label] = this.model.get(label);
    this.stage.replaceChildren();
    this.plot = new Plot(this.stage, this.key, spec, this.model.get("alt"));
    this.table.replaceChildren();
    this.cells = chart.readouts.map(({ name }) => {
      const row = add(this.table, "tr");
      add(row, "th", { scope: "row" }, name);
      return add(row, "td");
    });
    this.width = 0;
    this.frame = null;
    this.resize();
    this.refresh();
  }

  resize() {
    const width = Math.round(this.stage.clientWidth);
    if (!width || width === this.width) return; // no width yet: the figure stands in a closed box
    this.width = width;
    this.plot.layout(width);
    if (this.frame) this.plot.draw(this.frame);
  }

  refresh() {
    const index = this.model.get("index");
    this.knobs.forEach(({ slider, value, labels }, k) => {
      slider.value = index[k];
      slider.setAttribute("aria-valuetext", labels[index[k]]); // not the position, 0, 1, 2
      value.textContent = labels[index[k]];
    });
    const chart = this.model.get("chart");
    chart.readouts.forEach(({ value }, i) => {
      this.cells[i].textContent = writeNumber(this.read(value)[0]);
    });
    this.animate(this.frameAt());
    this.announce();
  }

  read(block) {
    return readBlock(this.floats, block, this.model.get("index"));
  }

  frameAt() {
    const { x, lines, bands, dots } = this.model.get("chart");
    return {
      x: this.read(x),
      lines: lines.map(({ y }) => ({ y: this.read(y) })),
      bands: bands.map(({ low, high }) => ({ low: this.read(low), high: this.read(high) })),
      dots: dots.map((cloud) => ({ x: this.read(cloud.x), y: this.read(cloud.y) })),
    };
  }

  animate(goal) {
    cancelAnimationFrame(this.pending);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
    const from = this.frame;
    if (!from || still) {
      this.show(goal);
      return;
    }
    const begin = performance.now();
    const step = (now) => {
      const t = Math.min(Math.max((now - begin) / MOTION_MS, 0), 1);
      this.show(t < 1 ? between(from, goal, 1 - (1 - t) ** 3) : goal);
      if (t < 1) this.pending = requestAnimationFrame(step);
    };
    this.pending = requestAnimationFrame(step);
  }

  show(frame) {
    this.frame = frame;
    if (this.width) this.plot.draw(frame);
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
    const readouts = this.model.get("chart").readouts;
    const numbers = readouts.map(({ name }, i) => `${name} ${this.cells[i].textContent}`);
    return numbers.length ? `${at}: ${numbers.join(", ")}` : at;
  }

  close() {
    cancelAnimationFrame(this.pending);
    clearTimeout(this.timer);
    this.watcher.disconnect();
    this.model.off("change:index", this.changed);
    this.model.off("change:data", this.replaced);
    this.model.off("change:chart", this.replaced);
  }
}

function between(a, b, t) {
  const mix = (u, v) => {
    if (u.length !== v.length) return v;
    return v.map((value, i) => (Number.isFinite(u[i]) ? u[i] + t * (value - u[i]) : value));
  };
  const each = (u, v) => Object.fromEntries(Object.keys(v).map((k) => [k, mix(u[k], v[k])]));
  const all = (name) => b[name].map((series, i) => each(a[name][i], series));
  return { x: b.x, lines: all("lines"), bands: all("bands"), dots: b.dots };
}

export default { render };
