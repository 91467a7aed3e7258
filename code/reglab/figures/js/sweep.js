// Sweep: knobs over a grid of precomputed numbers. The state is described in sweep_layout.py.
import { addKnob, addPresets, widenRows } from "./knobs.js";
import { knobNumbers, Linked } from "./linked.js";
import { glide } from "./motion.js";
import { add, figureBox } from "./page.js";
import { Plot } from "./plot.js";
import { Reader } from "./reading.js";
import { movedTo, readBlock, toFloats, writeReadout } from "./scale.js";
import { Steering } from "./steer.js";

const LINKED_HEIGHT = 220; // pixels of the small chart, without the name above it
const LINKED_HEAD = 40;
const STACK = [300, 185]; // at most, of two charts below each other: their knobs fit on the screen
// The numbers of each mark: see sweep_layout.py.
const PARTS = {
  lines: ["y"],
  bars: ["y"],
  bands: ["low", "high"],
  curves: ["x", "y"],
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
    const body = add(this.root, "div", { class: "reglab-body" });
    this.charts = add(body, "div", { class: "reglab-charts" });
    const panel = add(body, "div", { class: "reglab-panel" });
    this.paper = add(panel, "p", { class: "reglab-paper" }); // what the knobs say, in print
    const move = (index) => this.move(index);
    const knobs = add(panel, "div", { class: "reglab-knobs" });
    this.knobs = model.get("knobs").map((knob, k) =>
      addKnob(knobs, knob, (position) => move(movedTo(model.get("index"), k, position))),
    );
    this.markPreset = addPresets(panel, model.get("presets") ?? [], model.get("start"), move);
    this.table = add(panel, "table", { class: "reglab-readouts" });
    this.small = add(body, "div", { class: "reglab-linked" });
    this.status = add(this.root, "p", { class: "reglab-hidden", role: "status" });
  }

  move(index) {
    if (index.every((i, k) => i === this.model.get("index")[k])) return;
    this.model.set("index", [...index]);
    this.model.save_changes();
  }

  restart() {
    const panels = this.model.get("panels");
    this.floats = toFloats(this.model.get("data"));
    this.charts.replaceChildren();
    this.stacked = Boolean(this.model.get("stacked"));
    this.charts.classList.toggle("reglab-pair", panels.length > 1 && !this.stacked);
    this.charts.classList.toggle("reglab-stack", this.stacked);
    this.plots = panels.map((spec, k) => this.addPlot(spec, k));
    this.table.replaceChildren();
    this.cells = addNumbers(this.table, this.model.get("readouts"));
    this.addLinked();
    this.width = 0;
    this.frames = null;
    this.origin = panels.map((panel) => this.frameAt(panel, this.model.get("start")));
    this.resize();
    this.refresh();
  }

  addPlot(spec, k) {
    const host = add(this.charts, "div", { class: "reglab-chart" });
    const key = add(host, "ul", { class: "reglab-key" });
    const stage = add(host, "div", { class: "reglab-stage" });
    // The alt text speaks of all charts, so the first bears it.
    const words = k ? { "aria-hidden": "true" } : { role: "img", "aria-label": this.model.get("alt") };
    const plot = new Plot(stage, key, this.withKinds(spec), words);
    const [index, move] = [() => this.model.get("index"), (to) => this.move(to)];
    const steering = new Steering(stage, plot, { knobs: this.model.get("knobs"), index, move });
    return { plot, stage, steering, reader: new Reader(stage, plot, true) };
  }

  /** `spec`, whose cells say whether they hold nothing but 0 and 1. */
  withKinds(spec) {
    const isBit = (value) => value === 0 || value === 1;
    const kind = (one) => {
      const values = this.read(one.value, this.model.get("start"));
      return { ...one, yesNo: one.low === 0 && one.high === 1 && values.every(isBit) };
    };
    return { ...spec, cells: spec.cells.map(kind) };
  }

  /** The small chart: where its author wants it, and a knob has numbers. */
  addLinked() {
    const [knobs, readouts, start] = ["knobs", "readouts", "start"].map((n) => this.model.get(n));
    const first = this.model.get("linked") ?? 0;
    this.small.replaceChildren();
    this.small.hidden = first < 0 || !readouts.length || !knobs.some(knobNumbers);
    const read = (block, index) => this.read(block, index)[0];
    const move = (index) => this.move(index);
    const parts = { knobs, readouts, first, start, read, move };
    this.linked = this.small.hidden ? null : new Linked(this.small, parts);
  }

  resize() {
    const width = Math.round(this.root.clientWidth);
    if (!width || width === this.width) return; // no width yet: the figure stands in a closed box
    this.width = width;
    widenRows(this.root.querySelector(".reglab-knobs"));
    const widths = this.plots.map(({ stage }) => Math.round(stage.clientWidth));
    const shared = widths[0] < 0.75 * width; // something stands beside the first chart
    const alone = this.plots.length === 1;
    const heights = this.plots.map(({ plot }, k) => plot.height(widths[k], shared, alone));
    if (this.stacked) STACK.forEach((most, k) => (heights[k] = Math.min(heights[k], most)));
    else if (shared) heights.fill(Math.max(...heights));
    const margins = this.plots.map(({ plot }, k) => plot.margins(widths[k], heights[k]));
    const wider = (side) => Math.max(...margins.map((one) => one[side]));
    const common = this.stacked ? { left: wider("left"), right: wider("right") } : {};
    this.plots.forEach(({ plot }, k) => plot.layout(widths[k], heights[k], common));
    if (this.linked) {
      const [first] = this.charts.children;
      const beside = shared && (alone || this.stacked);
      const free = beside ? first.offsetHeight - LINKED_HEAD : LINKED_HEIGHT;
      this.linked.layout(this.linked.stage.clientWidth, Math.max(free, LINKED_HEIGHT));
    }
    if (this.frames) this.drawAll();
  }

  refresh() {
    const index = this.model.get("index");
    this.knobs.forEach((show, k) => show(index[k]));
    this.markPreset(index);
    this.paper.textContent = `At ${this.place()}.`;
    this.linked?.follow(index);
    this.model.get("readouts").forEach(({ value, whole }, i) => {
      this.cells[i].textContent = writeReadout(this.read(value, index)[0], whole);
    });
    this.animate(this.model.get("panels").map((panel) => this.frameAt(panel, index)));
    this.announce();
  }

  read(block, index) {
    return readBlock(this.floats, block, index);
  }

  /** The numbers of a panel where the knobs stand at `index`: every block of its marks, read. */
  frameAt(panel, index) {
    const frame = { x: this.read(panel.x, index) };
    for (const [mark, parts] of Object.entries(PARTS)) {
      const read = (series) => parts.map((part) => [part, this.read(series[part], index)]);
      frame[mark] = panel[mark].map((series) => Object.fromEntries(read(series)));
    }
    return frame;
  }

  animate(goal) {
    this.stop?.();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden;
    if (this.frames && !still) this.stop = glide(this.frames, goal, (frames) => this.show(frames));
    else this.show(goal);
  }

  show(frames) {
    this.frames = frames;
    if (this.width) this.drawAll();
  }

  drawAll() {
    this.plots.forEach(({ plot, steering, reader }, k) => {
      plot.draw(this.frames[k], this.origin[k]);
      steering.refresh();
      reader.refresh();
    });
  }

  announce() {
    clearTimeout(this.timer);
    const silent = !this.heard;
    this.heard = true;
    if (silent) return; // nothing moved yet: the page has only just been drawn
    this.timer = setTimeout(() => (this.status.textContent = this.summary()), QUIET_MS);
  }

  /** Where the knobs stand, in words. */
  place() {
    const index = this.model.get("index");
    const told = ({ name, labels }, k) => `${name} ${labels[index[k]]}`;
    return this.model.get("knobs").map(told).join(", ");
  }

  summary() {
    const number = ({ name }, i) => `${name} ${this.cells[i].textContent}`;
    const numbers = this.model.get("readouts").map(number);
    return `${this.place()}: ${numbers.join(", ")}`;
  }

  close() {
    this.stop?.();
    clearTimeout(this.timer);
    this.watcher.disconnect();
    this.model.off("change:index", this.changed);
    for (const part of ["data", "panels", "readouts"]) {
      this.model.off(`change:${part}`, this.replaced);
    }
  }
}

/** A row for each number, those named "group: number" below their group's name; returns the cells. */
function addNumbers(table, readouts) {
  let [body, last] = [null, null];
  return readouts.map(({ name }) => {
    const [, group, own] = name.match(/^(.+?): (.+)$/) ?? [name, "", name];
    if (group !== last) {
      body = add(table, "tbody");
      last = group;
      const words = { colspan: 2, scope: "rowgroup" };
      if (group) add(add(body, "tr", { class: "reglab-group" }), "th", words, group);
    }
    const row = add(body, "tr");
    add(row, "th", { scope: "row" }, own);
    return add(row, "td");
  });
}

export default { render };
