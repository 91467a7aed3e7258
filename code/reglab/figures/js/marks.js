// Marks with an area: bars, and the cells of a matrix. Pure functions but for `drawRamp`.
import { add } from "./page.js";

const SHADES = 32; // steps from the palest to the strongest color

/** Where `value` lies on the colors of `cells`: 0 to 1, or -1 to 1 where a center parts them. */
export function shade(value, { low, high, center }) {
  if (center === null) return Math.min(Math.max((value - low) / (high - low), 0), 1);
  const far = Math.max(high - center, center - low);
  return Math.min(Math.max((value - center) / far, -1), 1);
}

/**
 * The SVG path of all cells of one shade, by shade: a Map from -SHADES ... SHADES. One path per
 * shade moves faster than one element per cell, and shows no seams. What is not a number is left
 * out. `xs` and `ys` are the ends of columns and rows in pixels.
 */
export function cellPaths(values, xs, ys, colors) {
  const columns = xs.length - 1;
  const paths = new Map();
  for (let k = 0; k < values.length; k++) {
    const step = Math.round(SHADES * shade(values[k], colors));
    if (!Number.isFinite(step)) continue;
    const [c, r] = [k % columns, Math.floor(k / columns)];
    const box = `M${xs[c].toFixed(1)},${ys[r].toFixed(1)}H${xs[c + 1].toFixed(1)}V${ys[r + 1].toFixed(1)}H${xs[c].toFixed(1)}Z`;
    paths.set(step, (paths.get(step) ?? "") + box);
  }
  return paths;
}

/** The place in `ends` (rising or falling) of the interval that holds `at`, or -1. */
export function findInterval(ends, at) {
  for (let k = 0; k + 1 < ends.length; k++) {
    if ((at - ends[k]) * (at - ends[k + 1]) <= 0) return k;
  }
  return -1;
}

/** The SVG path of bars from `zero` to `ys`, series `k` of `count` that stand side by side. */
export function barPath(xs, ys, zero, k, count) {
  const gaps = xs.slice(1).map((x, i) => x - xs[i]);
  const width = (0.8 * Math.min(...gaps)) / count;
  let path = "";
  for (let i = 0; i < ys.length; i++) {
    if (!Number.isFinite(ys[i])) continue;
    const left = xs[i] + (k - count / 2) * width + 0.04 * width;
    const right = left + 0.92 * width;
    path += `M${left.toFixed(1)},${zero.toFixed(1)}H${right.toFixed(1)}V${ys[i].toFixed(1)}H${left.toFixed(1)}Z`;
  }
  return path;
}

/** The attributes of the color of a step of `cellPaths`. */
export function shadeStyle(step) {
  const strength = Math.abs(step) / SHADES;
  return { fill: `var(--reglab-${step < 0 ? 1 : 0})`, "fill-opacity": strength.toFixed(3) };
}

/** The row of colors in a key, from the lowest value to the highest. */
export function drawRamp(host, colors) {
  const [width, height, steps] = [70, 12, 14];
  const svg = add(host, "svg", { width, height, class: "reglab-ramp", "aria-hidden": "true" });
  for (let i = 0; i < steps; i++) {
    const value = colors.low + ((i + 0.5) / steps) * (colors.high - colors.low);
    const style = shadeStyle(Math.round(SHADES * shade(value, colors)));
    add(svg, "rect", { x: (i * width) / steps, width: width / steps, y: 0, height, ...style });
  }
}

/** In place of that row where there are two values alone: a pale and a strong square. */
export function drawSquares(host) {
  const svg = add(host, "svg", { width: 32, height: 14, "aria-hidden": "true" });
  const square = (x, style) => add(svg, "rect", { x, y: 1, width: 12, height: 12, class: "reglab-square", ...style });
  square(1, { fill: "none" });
  square(19, shadeStyle(SHADES));
}
