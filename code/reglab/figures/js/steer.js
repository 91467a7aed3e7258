// Moving knobs in a chart: a click or a drag sets them to what is nearest, and arrows go from cell
// to cell. Which knobs a chart moves stands in its `controls`: see sweep_layout.py.
import { add } from "./page.js";
import { nearest, placeIn } from "./reading.js";
import { movedTo, writeNumber } from "./scale.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Call act(event) for a click in `stage`, and all along while a pointer is drawn through it. */
export function onDrag(stage, act) {
  stage.classList.add("reglab-controls");
  stage.addEventListener("pointerdown", ({ pointerId }) => stage.setPointerCapture(pointerId));
  stage.addEventListener("pointermove", (event) => event.buttons && act(event));
  stage.addEventListener("click", act);
}

/** Lets readers move the figure's knobs in a chart; `index()` says where they stand. */
export class Steering {
  constructor(stage, plot, { knobs, index, move }) {
    Object.assign(this, { plot, knobs, index, move });
    [this.cells] = plot.spec.cells;
    if (!(this.cells ?? plot.spec).controls) return;
    onDrag(stage, (event) => this.go(this.target(placeIn(stage, event))));
    if (this.cells) this.addHandle(stage);
  }

  /** Move each knob of [[knob, position], ...]. */
  go(target) {
    this.move(target.reduce((index, [knob, i]) => movedTo(index, knob, i), this.index()));
  }

  /** Where the knobs go at {x, y}, in pixels: none beside the cells. */
  target(place) {
    const { plot, cells } = this;
    if (cells) {
      const cell = plot.cellAt(place);
      return cell ? [cell.column, cell.row].map((i, k) => [cells.controls[k], i]) : [];
    }
    const axes = [[plot.sx, place.x], [plot.sy, place.y]];
    return plot.spec.controls.flatMap((control, k) => {
      const [scale, at] = axes[k];
      return control ? [[control.knob, nearest(control.at.map(scale), at)]] : [];
    });
  }

  /** A slider in two directions, whose value is the cell where the knobs stand. */
  addHandle(stage) {
    const names = this.cells.controls.map((knob) => this.knobs[knob].name);
    const words = { role: "slider", tabindex: 0, "aria-label": `Cells by ${names.join(" and ")}` };
    this.handle = add(stage, "div", { class: "reglab-handle", ...words });
    this.handle.addEventListener("keydown", (event) => {
      if (!(event.key in ARROWS)) return;
      event.preventDefault();
      const [right, down] = ARROWS[event.key];
      const { ys } = this.plot.cellEnds;
      this.go([right, ys[1] > ys[0] ? down : -down].map((by, k) => this.step(k, by)));
    });
  }

  step(k, by) {
    const knob = this.cells.controls[k];
    const last = this.knobs[knob].labels.length - 1;
    return [knob, Math.min(Math.max(this.index()[knob] + by, 0), last)];
  }

  /** Mark where the knobs stand, and tell it; call it after each drawing. */
  refresh() {
    const { plot, cells, handle } = this;
    const index = this.index();
    plot.markKnobs(index);
    if (!handle) return;
    const { value, xs } = plot.cellEnds;
    const [column, row] = cells.controls.map((knob) => index[knob]);
    const k = row * (xs.length - 1) + column;
    const at = cells.controls.map((knob) => `${this.knobs[knob].name} ${this.knobs[knob].labels[index[knob]]}`);
    const now = { "aria-valuemin": 0, "aria-valuemax": value.length - 1, "aria-valuenow": k };
    for (const [name, number] of Object.entries(now)) handle.setAttribute(name, number);
    handle.setAttribute("aria-valuetext", `${at.join(", ")}: ${cells.name} ${writeNumber(value[k])}`);
  }
}
