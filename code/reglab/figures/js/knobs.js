// What moves a figure: a slider or a row of buttons for each knob, and sentences that set several.
import { add, uniqueName } from "./page.js";

const MOST_BUTTONS = 4; // a knob with more values gets a slider

/** A knob that calls choose(position); returns the function that shows a position. */
export function addKnob(host, knob, choose) {
  const row = add(host, "div", { class: "reglab-knob" });
  return (knob.labels.length <= MOST_BUTTONS ? addButtons : addSlider)(row, knob, choose);
}

function addSlider(row, { name, labels }, choose) {
  const id = uniqueName();
  add(row, "label", { for: id }, name);
  const value = add(row, "span", { class: "reglab-value", "aria-hidden": "true" });
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
    add(item, "span", {}, label);
    radio.addEventListener("change", () => choose(position));
    return radio;
  });
  return (position) => radios.forEach((radio, k) => (radio.checked = k === position));
}

/** A button for each preset {name, index}; returns the function that marks the one in force. */
export function addPresets(host, presets, move) {
  if (!presets.length) return () => {};
  const row = add(host, "div", { class: "reglab-presets", role: "group", "aria-label": "Try" });
  const buttons = presets.map(({ name, index }) => {
    const button = add(row, "button", { type: "button", class: "reglab-button" }, name);
    button.addEventListener("click", () => move(index));
    return { button, index };
  });
  return (now) => {
    for (const { button, index } of buttons) {
      button.setAttribute("aria-pressed", index.every((i, k) => i === now[k]));
    }
  };
}
