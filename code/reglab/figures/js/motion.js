// How a figure moves from one set of numbers to another.

const MOTION_MS = 160;

/** Call show(frames) until they are `goal`, starting from `from`; returns what stops it. */
export function glide(from, goal, show) {
  let pending = 0;
  const begin = performance.now();
  const step = (now) => {
    const t = Math.min(Math.max((now - begin) / MOTION_MS, 0), 1);
    const eased = 1 - (1 - t) ** 3;
    show(t < 1 ? goal.map((frame, k) => between(from[k], frame, eased)) : goal);
    if (t < 1) pending = requestAnimationFrame(step);
  };
  pending = requestAnimationFrame(step);
  return () => cancelAnimationFrame(pending);
}

function between(a, b, t) {
  const mix = (u, v) => {
    if (u.length !== v.length) return v;
    return v.map((value, i) => (Number.isFinite(u[i]) ? u[i] + t * (value - u[i]) : value));
  };
  const each = (u, v) => Object.fromEntries(Object.keys(v).map((k) => [k, mix(u[k], v[k])]));
  const all = (name) => b[name].map((series, i) => each(a[name][i], series));
  const moving = Object.fromEntries(["lines", "bands", "curves", "bars", "cells"].map((n) => [n, all(n)]));
  return { x: b.x, dots: b.dots, ...moving };
}
