// What every figure shares: making elements, and keeping its keys from the page around it.

const SVG = "http://www.w3.org/2000/svg";

/** Append an element to `parent` (an SVG one inside SVG) and return it. Text is never markup. */
export function add(parent, tag, attributes = {}, text = "") {
  const inSvg = tag === "svg" || parent.namespaceURI === SVG;
  const node = inSvg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return parent.appendChild(node);
}

/** A name that no other element of the page has: an id, or the name of a group of radio buttons. */
export function uniqueName() {
  return `reglab-${Math.random().toString(36).slice(2, 10)}`;
}

/**
 * The box of a figure in `el`, titled. JupyterLab's command mode takes arrows and letters ("d d"
 * deletes a cell), and a book's theme may turn pages with arrows: a key that the figure can use
 * stays in it. Escape, Shift+Enter and shortcuts with Ctrl, Alt or Cmd still pass.
 */
export function figureBox(el, title) {
  const id = uniqueName();
  const box = add(el, "div", { class: "reglab", role: "group", "aria-labelledby": id });
  add(box, "p", { class: "reglab-title", id }, title);
  box.addEventListener("keydown", (event) => {
    const shortcut = event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape";
    if (!shortcut && !(event.shiftKey && event.key === "Enter")) event.stopPropagation();
  });
  return box;
}

/** A button that does `action` when pressed. */
export function addButton(parent, text, action) {
  const button = add(parent, "button", { type: "button", class: "reglab-button" }, text);
  button.addEventListener("click", action);
  return button;
}
