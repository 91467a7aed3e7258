// The axes of a chart: where its ticks stand, and how they are drawn.
import { add } from "./page.js";
import { linearTicks, logTicks, readNumber } from "./scale.js";

/** The ticks of `axis` ("x" or "y"), about `count` of them: given ones, names, or round numbers. */
export function axisTicks(spec, axis, count) {
  const { [`${axis}names`]: names, [`${axis}lim`]: limits, [`log${axis}`]: log } = spec;
  if (spec[`${axis}ticks`]) return spec[`${axis}ticks`];
  if (!names) return roundTicks(limits, Math.max(2, Math.floor(count)), log);
  const place = (k, last) => (axis === "y" ? last - k : k); // rows stand from the top, as in a matrix
  if (names.length) return names.map((label, k) => ({ value: place(k, names.length - 1), label }));
  if (!spec[`${axis}label`]) return [];
  const size = Math.round(limits[1] - limits[0]); // of rows or columns without names
  return [1, size].map((k) => ({ value: place(k - 1, size - 1), label: String(k) }));
}

function roundTicks(limits, count, log) {
  if (log) return logTicks(limits, count);
  const tries = [0, 1, 2, 3].map((more) => linearTicks(limits, count + more));
  const most = tries.reduce((a, b) => (b.length > a.length ? b : a));
  return tries.find((ticks) => ticks.length > 2) ?? most; // one or two tell no scale
}

/** Every tick, or every second, third ... of them, so that each has `room` pixels. */
export function thinned(ticks, scale, room) {
  if (ticks.length < 2) return ticks;
  const step = Math.abs(scale(ticks[1].value) - scale(ticks[0].value));
  const every = Math.max(1, Math.ceil(room / step));
  return ticks.filter((_, k) => k % every === 0);
}

/** Those of `ticks` whose texts keep apart, the first and the last before those between. */
export function ticksApart(ticks, scale, measure) {
  const kept = [];
  const half = (tick) => measure(tick.label) / 2 + 5;
  const apart = (a, b) => Math.abs(scale(a.value) - scale(b.value)) >= half(a) + half(b);
  for (const tick of [ticks[0], ticks.at(-1), ...ticks.slice(1, -1)]) {
    if (kept.every((other) => apart(tick, other))) kept.push(tick);
  }
  return kept;
}

export const areNumbers = (texts) => texts.every((text) => Number.isFinite(readNumber(text)));

/** The extra height for texts below x that would touch each other and so must lean; else 0. */
export function leaning(spec, ticks, width, measure) {
  if (!spec.xnames?.length || areNumbers(spec.xnames)) return 0;
  const longest = Math.max(...ticks.map((tick) => measure(tick.label)));
  return longest + 8 > width / ticks.length ? 0.6 * longest : 0;
}

/** Shrink the frame so that one unit is as long on both axes. */
export function makeEqual(frame, spec) {
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

/** Draw axes, ticks and names of a chart; `lean` is the height that leaning texts below x take. */
export function drawAxes(svg, spec, { frame, sx, sy, lean }, yTicks, xTicks) {
  const { left, right, top, bottom, height } = frame;
  const covered = spec.cells.length > 0;
  const axes = add(svg, "g", { class: "reglab-axes" });
  for (const { value, label } of yTicks) {
    const y = sy(value);
    if (!covered) add(axes, "path", { class: "reglab-grid", d: `M${left},${y}H${right}` });
    add(axes, "text", { x: left - 8, y: y + 4.5, "text-anchor": "end" }, label);
  }
  const base = covered ? `M${left},${bottom}H${right}V${top}H${left}Z` : `M${left},${bottom}H${right}`;
  add(axes, "path", { class: "reglab-axis", fill: "none", d: base });
  for (const { value, label } of xTicks) {
    const x = sx(value);
    add(axes, "path", { class: "reglab-axis", d: `M${x},${bottom}v5` });
    const y = bottom + (lean ? 16 : 20);
    const turn = { "text-anchor": "end", transform: `rotate(-35 ${x} ${y})` };
    add(axes, "text", { x, y, ...(lean ? turn : { "text-anchor": "middle" }) }, label);
  }
  const middle = (left + right) / 2;
  const below = { class: "reglab-name", x: middle, y: height - 8, "text-anchor": "middle" };
  const above = { class: "reglab-name", x: 0, y: top - 14 };
  if (spec.xlabel) add(axes, "text", below, spec.xlabel);
  if (spec.ylabel) add(axes, "text", above, spec.ylabel);
}
