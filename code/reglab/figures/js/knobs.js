// What moves a figure: a slider, a row of buttons or a list for each knob, and sentences that set
// several.
import { areNumbers } from "./axes.js";
import { add, addButton, uniqueName } from "./page.js";

const MOST_BUTTONS = 4; // a knob with more values gets a slider, or a list if they are texts

/** A knob that calls choose(position); returns the function that shows a position. */
export function addKnob(host, knob, choose) {
  const row = add(host, "div", { class: "reglab-knob" });
  const few = knob.labels.length <= MOST_BUTTONS;
  return (few ? addButtons : areNumbers(knob.labels) ? addSlider : addList)(row, knob, choose);
}

/** A list to unfold: texts have no order along which a slider could go. */
function addList(row, { name, labels }, choose) {
  const id = uniqueName();
  row.classList.add("reglab-whole");
  add(row, "label", { for: id }, name);
  const list = add(row, "select", { id, class: "reglab-list" });
  labels.forEach((label, position) => add(list, "option", { value: position }, label));
  list.addEventListener("change", () => choose(Number(list.value)));
  return (position) => (list.value = position);
}

function addSlider(row, { name, labels }, choose) {
  const id = uniqueName();
  add(row, "label", { for: id }, name);
  const widest = labels.reduce((a, b) => (b.length > a.length ? b : a)); // keeps its place
  const words = { class: "reglab-value", "aria-hidden": "true" };
  const value = add(add(row, "span", { ...words, "data-widest": widest }), "span");
  const range = { type: "range", min: 0, max: labels.length - 1, step: 1 };
  const slider = add(row, "input", { id, ...range });
  slider.addEventListener("input", () => choose(Number(slider.value)));
  return (position) => {
    slider.value = position;
    slider.setAttribute("aria-valuetext", labels[position]); // not the position, 0, 1, 2
    value.textContent = labels[position];
  };
}

/** Radio buttons, which arrow keys move by themselves. */
function addButtons(row, { name, labels }, choose) {
  const [id, group] = [uniqueName(), uniqueName()];
  add(row, "span", { id }, name);
  const words = { role: "radiogroup", "aria-labelledby": id };
  const box = add(row, "div", { class: "reglab-choices", ...words });
  const radios = labels.map((label, position) => {
    const item = add(box, "label");
    const radio = add(item, "input", { type: "radio", name: group, value: position });
    add(item, "span", { "data-widest": label }, label);
    radio.addEventListener("change", () => choose(position));
    return radio;
  });
  return (position) => radios.forEach((radio, k) => (radio.checked = k === position));
}

/** Give a row of buttons that would break all columns of `knobs`; call it for every width. */
export function widenRows(knobs) {
  for (const box of knobs.querySelectorAll(".reglab-choices")) {
    const row = box.parentNode.classList;
    row.remove("reglab-whole");
    const [first, last] = [box.firstChild, box.lastChild];
    row.toggle("reglab-whole", last.offsetTop > first.offsetTop);
  }
}

/**
 * A button for each preset {name, index}, and one back to `start`; returns the function that marks
 * the one in force.
 */
export function addPresets(host, presets, start, move) {
  const row = add(host, "div", { class: "reglab-presets", role: "group", "aria-label": "Try" });
  const buttons = presets.map(({ name, index }) => {
    const button = addButton(row, name, () => move(index));
    button.classList.add("reglab-preset");
    return { button, index };
  });
  addButton(row, "Reset", () => move(start));
  return (now) => {
    for (const { button, index } of buttons) {
      button.setAttribute("aria-pressed", index.every((i, k) => i === now[k]));
    }
  };
}
