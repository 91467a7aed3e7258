// The small chart of a Sweep: one of its numbers against the knob moved last, with a dot where the
// reader stands. Its numbers are the readouts, which are stored for all positions of the knobs.
import { add } from "./page.js";
import { Plot } from "./plot.js";
import { nearest, placeIn, Reader } from "./reading.js";
import { movedTo, readNumber } from "./scale.js";
import { onDrag } from "./steer.js";

const FEWEST = 3; // values of a knob: two points are no curve
const MOST_POINTS = 16; // with more, the line alone is seen
const NONE = { bars: [], bands: [], curves: [], cells: [] }; // marks that it does not have
const FAR = 100; // largest over smallest value from which an axis is logarithmic

/** The numbers a knob stands for, or null where it has texts or too few of them. */
export function knobNumbers({ labels }) {
  const numbers = labels.map(readNumber);
  return labels.length >= FEWEST && numbers.every(Number.isFinite) ? numbers : null;
}

/** Are the steps between `values` more even on a log axis? A zero has no say. */
export function isLogSpaced(values) {
  const sorted = values.filter((v) => v !== 0).sort((a, b) => a - b);
  if (sorted.length < FEWEST || sorted[0] < 0) return false;
  const unevenness = (places) => {
    const steps = places.slice(1).map((place, k) => place - places[k]);
    const mean = (places.at(-1) - places[0]) / steps.length;
    return Math.max(...steps.map((step) => Math.abs(step / mean - 1)));
  };
  return unevenness(sorted.map(Math.log)) < 0.5 * unevenness(sorted);
}

/** The x axis of a knob: {values, ticks, log}. On a log axis, a zero stands one step to the left. */
export function knobAxis(numbers, labels) {
  const log = isLogSpaced(numbers);
  const [first, second] = numbers.filter((v) => v > 0).sort((a, b) => a - b);
  const values = numbers.map((v) => (log && v === 0 ? first ** 2 / second : v));
  const ticks = values.map((value, k) => ({ value, label: labels[k].replace(/^1 × /, "") }));
  return { values, log, ticks: ticks.sort((a, b) => a.value - b.value) };
}

/** The y axis that shows all `values`: {limits, log}, with a margin. */
export function numberAxis(values) {
  const seen = values.filter(Number.isFinite);
  const [low, high] = seen.length ? [Math.min(...seen), Math.max(...seen)] : [0, 1];
  const log = low > 0 && high / low > FAR;
  const [from, to] = log ? [Math.log10(low), Math.log10(high)] : [low, high];
  const pad = 0.08 * (to - from) || 0.5;
  const limits = [from - pad, to + pad];
  return { log, limits: log ? limits.map((v) => 10 ** v) : limits };
}

/** The chart in `host`; `read(block, index)` gives a number, `move(index)` moves the knobs. */
export class Linked {
  constructor(host, { knobs, readouts, first, start, read, move }) {
    Object.assign(this, { knobs, readouts, start, read, move });
    this.index = start;
    this.readout = Math.min(first, readouts.length - 1);
    this.numbers = knobs.map(knobNumbers);
    const sizes = this.numbers.map((numbers) => numbers?.length ?? 0);
    this.knob = sizes.indexOf(Math.max(...sizes));
    this.addHead(host);
    this.stage = add(host, "div", { class: "reglab-stage" });
    this.plot = new Plot(this.stage, null, {}, { "aria-hidden": "true" });
    onDrag(this.stage, (event) => this.go(event));
  }

  addHead(host) {
    if (this.readouts.length === 1) {
      add(host, "p", { class: "reglab-shown" }, this.readouts[0].name);
      return;
    }
    const words = { class: "reglab-shown", "aria-label": "Number in the small chart" };
    const select = add(host, "select", words);
    this.readouts.forEach(({ name }, k) => add(select, "option", { value: k }, name));
    select.value = this.readout;
    select.addEventListener("change", () => {
      this.readout = Number(select.value);
      this.draw();
    });
  }

  /**
   * Follow the reader to `index`; the knob that was moved becomes the axis. A preset also moves back
   * what another one had set: of several, those count that do not stand at the start.
   */
  follow(index) {
    const movedFrom = (before) => index.flatMap((i, k) => (i === before[k] ? [] : [k]));
    let moved = movedFrom(this.index);
    if (moved.length > 1) moved = movedFrom(this.start).filter((k) => moved.includes(k));
    const axes = moved.filter((k) => this.numbers[k]);
    if (axes.length && !axes.includes(this.knob)) [this.knob] = axes;
    this.index = [...index];
    this.draw();
  }

  layout(width, height) {
    this.size = [width, height];
    this.draw();
  }

  /** The readout at all values of the knob, the others where `index` says. */
  curve(index) {
    const { value } = this.readouts[this.readout];
    return this.numbers[this.knob].map((_, i) => this.read(value, movedTo(index, this.knob, i)));
  }

  draw() {
    if (!this.size) return;
    const { plot, knob } = this;
    const x = knobAxis(this.numbers[knob], this.knobs[knob].labels);
    const [now, before] = [this.index, this.start].map((index) => this.curve(index));
    this.describe(x, numberAxis([...now, ...before]));
    plot.layout(...this.size);
    const here = { x: [x.values[this.index[knob]]], y: [now[this.index[knob]]] };
    const dots = x.values.length > MOST_POINTS ? [here] : [{ x: x.values, y: now }, here];
    const frame = (y) => ({ x: x.values, lines: [{ y }], dots, ...NONE });
    plot.draw(frame(now), frame(before));
    plot.markKnobs(this.index);
    this.reader ||= new Reader(this.stage, plot, false);
    this.reader.refresh();
  }

  describe(x, y) {
    const { name, labels } = this.knobs[this.knob];
    const series = (names) => names.map((one) => ({ name: one, slot: 0 }));
    const points = labels.length > MOST_POINTS ? [] : ["points"];
    this.plot.spec = {
      ...{ lines: series([this.readouts[this.readout].name]), dots: series([...points, "here"]) },
      controls: [{ knob: this.knob, at: x.values }], // a line stands where the reader is
      ...{ ...NONE, direct: false, equal: false },
      ...{ xlim: [x.ticks[0].value, x.ticks.at(-1).value], logx: x.log, xticks: x.ticks },
      ...{ xlabel: name, titles: labels, ylim: y.limits, logy: y.log, ylabel: "" },
    };
  }

  /** Move the knob to the point nearest to a pointer. */
  go(event) {
    const k = nearest(this.plot.shown.xs, placeIn(this.stage, event).x);
    this.move(movedTo(this.index, this.knob, k));
  }
}
