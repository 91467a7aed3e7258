// Pure functions of a chart: scales, ticks, written numbers, paths, labels that keep apart.
// No page is needed, so tests/figures/test_scale.py runs them in V8 against the Python twins.

/** The function from a value in [lo, hi] to a pixel; not finite where a log axis has no place. */
export function makeScale([lo, hi], [from, to], log) {
  const place = log ? Math.log10 : (v) => v;
  const unit = (to - from) / (place(hi) - place(lo));
  return (v) => from + (place(v) - place(lo)) * unit;
}

/** Round values in [lo, hi], 1, 2 or 5 times a power of ten apart, about `count` of them. */
export function linearTicks([lo, hi], count) {
  const rough = (hi - lo) / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((m) => m * power >= rough * 0.999);
  const ticks = [];
  for (let k = Math.ceil(lo / step - 1e-9); k * step <= hi + 1e-9 * step; k++) ticks.push(k * step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return ticks.map((value) => ({ value, label: tickLabel(value, decimals) }));
}

/** Powers of ten in [lo, hi]; also 2 and 5 times them, or even steps, where few would fit. */
export function logTicks([lo, hi], count) {
  const first = Math.ceil(Math.log10(lo) - 1e-9);
  const last = Math.floor(Math.log10(hi) + 1e-9);
  const inside = last - first + 1;
  const every = Math.max(1, Math.min(Math.ceil(inside / Math.max(count, 2)), (inside - 1) >> 1));
  const powers = [];
  for (let k = first; k <= last; k += every) powers.push(k);
  if (powers.length >= 3) {
    return powers.map((k) => ({ value: 10 ** k, label: powerLabel(k) }));
  }
  const values = [];
  for (let k = first - 1; k <= last; k++) {
    for (const m of [1, 2, 5]) values.push(Number(`${m}e${k}`));
  }
  const round = values.filter((v) => v >= lo * (1 - 1e-9) && v <= hi * (1 + 1e-9));
  if (round.length < 3) return linearTicks([lo, hi], count);
  return round.map((value) => ({ value, label: writeNumber(value, 1, false) }));
}

function tickLabel(value, decimals) {
  const size = Math.abs(value);
  if (decimals > 4 || size >= 1e6) return writeNumber(value, 3, false);
  return minus(grouped(value === 0 ? 0 : value, decimals));
}

function powerLabel(k) {
  return Math.abs(k) <= 3 ? writeNumber(10 ** k, 1, false) : `10${raised(k)}`;
}

/** `value` with `digits` significant digits: 0.0312, 4.80, 24,500, 1.20 × 10⁻⁵; NaN is a dash. */
export function writeNumber(value, digits = 3, pad = true) {
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return minus(value > 0 ? "∞" : "-∞");
  if (value === 0) return "0";
  const rounded = value.toExponential(digits - 1);
  const [mantissa, exponent] = rounded.split("e");
  const power = Number(exponent);
  const trim = (text) => (pad || !text.includes(".") ? text : text.replace(/\.?0+$/, ""));
  if (power < -4 || power >= 6) return minus(`${trim(mantissa)} × 10`) + raised(power);
  return minus(trim(grouped(Number(rounded), Math.max(digits - 1 - power, 0))));
}

/** A number under a chart; a count (`whole`) has no decimals. */
export function writeReadout(value, whole) {
  return whole ? writeNumber(value, 6, false) : writeNumber(value);
}

/** The number that a knob's label writes, or NaN for a text: the inverse of `writeNumber`. */
export function readNumber(text) {
  const [, mantissa, power = "⁰"] = text.match(/^(−?[\d.,]+)(?: × 10(⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))?$/) ?? [];
  if (mantissa === undefined) return NaN;
  const exponent = [...power].map((c) => (c === "⁻" ? "-" : "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(c))).join("");
  return Number(`${mantissa.replaceAll(",", "").replace("−", "-")}e${exponent}`);
}

function grouped(value, decimals) {
  const [whole, rest] = value.toFixed(decimals).split(".");
  const long = whole.replace("-", "").length > 4;
  const text = long ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
  return rest ? `${text}.${rest}` : text;
}

function raised(power) {
  return [...String(power)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");
}

function minus(text) {
  return text.replaceAll("-", "−");
}

/** The SVG path of a line; a value that is not a number breaks it. */
export function linePath(xs, ys) {
  let path = "";
  let pen = "M";
  for (let i = 0; i < ys.length; i++) {
    if (Number.isFinite(xs[i]) && Number.isFinite(ys[i])) {
      path += `${pen}${xs[i].toFixed(1)},${keep(ys[i]).toFixed(1)}`;
      pen = "L";
    } else {
      pen = "M";
    }
  }
  return path;
}

/** The SVG path of a curve: like a line, and a part that ends where it began is closed. */
export function curvePath(xs, ys) {
  const parts = linePath(xs, ys).match(/M[^M]+/g) ?? [];
  const close = (part) => {
    const points = part.slice(1).split("L");
    return points.length > 2 && points[0] === points.at(-1) ? `${part}Z` : part;
  };
  return parts.map(close).join("");
}

/** The SVG path of the area between `low` and `high`, one closed piece per run without NaN. */
export function bandPath(xs, low, high) {
  let path = "";
  let run = [];
  const close = () => {
    if (run.length > 1) {
      const there = run.map((i) => `${xs[i].toFixed(1)},${keep(high[i]).toFixed(1)}`);
      const back = run.map((i) => `${xs[i].toFixed(1)},${keep(low[i]).toFixed(1)}`).reverse();
      path += `M${[...there, ...back].join("L")}Z`;
    }
    run = [];
  };
  for (let i = 0; i < xs.length; i++) {
    if ([xs[i], low[i], high[i]].every(Number.isFinite)) run.push(i);
    else close();
  }
  close();
  return path;
}

// A diverging fit reaches 1e30 pixels, which some browsers cannot draw; the frame clips it anyway.
function keep(pixel) {
  return Math.min(Math.max(pixel, -1e4), 1e4);
}

/** Positions in [low, high] at least `gap` apart, as near to `wanted` as can be (least squares). */
export function spread(wanted, gap, low, high) {
  const n = wanted.length;
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const step = Math.min(gap, (high - low) / Math.max(n - 1, 1));
  const pools = []; // {sum, count}: neighbors that collide share one mean (isotonic regression)
  order.forEach((i, rank) => {
    pools.push({ sum: wanted[i] - rank * step, count: 1 });
    while (pools.length > 1 && mean(pools.at(-2)) > mean(pools.at(-1))) {
      const last = pools.pop();
      pools.at(-1).sum += last.sum;
      pools.at(-1).count += last.count;
    }
  });
  const placed = new Array(n);
  let rank = 0;
  for (const pool of pools) {
    const level = Math.min(Math.max(mean(pool), low), high - (n - 1) * step);
    for (let k = 0; k < pool.count; k++, rank++) placed[order[rank]] = level + rank * step;
  }
  return placed;
}

function mean({ sum, count }) {
  return sum / count;
}

/** The numbers in a buffer of little-endian float32 (a DataView, from Jupyter or from the page). */
export function toFloats(view) {
  const bytes = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  return new Float32Array(bytes);
}

/** The run of `block` at `index`: see grid.py. */
export function readBlock(floats, block, index) {
  const start = index.reduce((sum, i, k) => sum + block.strides[k] * i, block.offset);
  const run = floats.subarray(start, start + block.length);
  return block.shapes ? multiply(run, floats, block.shapes) : run;
}

/** R lines one after the other: weights, R times `rows`, by the shapes (rows, columns) in `floats`. */
function multiply(weights, floats, { offset, rows, columns }) {
  const lines = new Float64Array((weights.length / rows) * columns);
  weights.forEach((weight, i) => {
    const [to, from] = [Math.floor(i / rows) * columns, offset + (i % rows) * columns];
    for (let p = 0; p < columns; p++) lines[to + p] += weight * floats[from + p];
  });
  return lines;
}

/** `index` with knob `k` at position `i`. */
export function movedTo(index, k, i) {
  return index.map((other, n) => (n === k ? i : other));
}
