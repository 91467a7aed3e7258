/* Draws the book's interactive figures on a page without a kernel.

   Each figure is an anywidget: its script, style and data were saved in the notebook, and the build
   put them into window.bookFigures, one model per figure, in the file that this script's tag names
   as data-models. This file plays the part of Jupyter: it
   hands each script a model and an element. Whatever a slider sets stays in the page, since there
   is no kernel.
   Interface: https://anywidget.dev (render, initialize; model.get, set, on, off, save_changes). */

/* The model of one figure: named values, and listeners for their changes. */
class Model {
  constructor(values) {
    this.values = values;
    this.listeners = new Map();
  }

  get(name) {
    return this.values[name];
  }

  set(name, value) {
    if (typeof name === "object") {
      for (const [key, each] of Object.entries(name)) this.set(key, each);
    } else if (this.values[name] !== value) {
      this.values[name] = value;
      this.emit(`change:${name}`, value);
      this.emit("change", value);
    }
  }

  on(names, listener) {
    for (const name of names.split(" ")) {
      if (!this.listeners.has(name)) this.listeners.set(name, new Set());
      this.listeners.get(name).add(listener);
    }
  }

  /* Remove one listener, all listeners of `names`, or all there are. */
  off(names, listener) {
    if (!names) return this.listeners.clear();
    for (const name of names.split(" ")) {
      if (listener) this.listeners.get(name)?.delete(listener);
      else this.listeners.delete(name);
    }
  }

  emit(name, value) {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(value);
  }

  save_changes() {} // no kernel to tell
  send() {}
}

/* Arrays are saved as base64 beside the other values; put each where its path says. */
function readBuffers({ state, buffers = [] }) {
  for (const { path, data } of buffers) {
    const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
    const holder = path.slice(0, -1).reduce((inner, key) => inner[key], state);
    holder[path.at(-1)] = new DataView(bytes.buffer);
  }
  return state;
}

/* Figures of one kind share their script and style: each is loaded once per page. */
const loaded = new Map();

function once(text, load) {
  if (!loaded.has(text)) loaded.set(text, load(text));
  return loaded.get(text);
}

async function importScript(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  const { default: exported } = await import(url);
  return typeof exported === "function" ? exported() : exported;
}

function addStyle(text) {
  const style = document.createElement("style");
  style.textContent = text;
  document.head.append(style);
  return style;
}

/* Start one figure: a model and its script. A second view of it shares both. */
async function start(saved) {
  if (saved?.model_module !== "anywidget") {
    throw new Error(`no static page can draw ${saved?.model_module ?? "a widget without state"}`);
  }
  const values = readBuffers(saved);
  const model = new Model(values);
  const script = await once(values._esm, importScript);
  if (values._css) once(values._css, addStyle);
  await script.initialize?.({ model });
  return { model, script };
}

/* Where a figure stands, in the page's address: #figure-name?degree=8&n=20. Names and values are
   those that its knobs show. */
const QUIET_MS = 300; // browsers allow few changes of the address in a short time

function readAddress() {
  const [anchor, query = ""] = location.hash.slice(1).split(/\?(.*)/s);
  return { anchor, wanted: new URLSearchParams(query) };
}

/* Move the figure in `slot` to what the address says, if it speaks of it; unknown values do nothing. */
function followAddress(slot, model) {
  const { anchor, wanted } = readAddress();
  if (!slot.id || anchor !== slot.id || !wanted.size) return;
  const index = model.get("knobs").map(({ name, labels }, k) => {
    const place = labels.indexOf(wanted.get(name));
    return place < 0 ? model.get("index")[k] : place;
  });
  model.set("index", index);
  slot.scrollIntoView();
}

function writeAddress(slot, model) {
  const index = model.get("index");
  const at = model.get("knobs").map(({ name, labels }, k) => [name, labels[index[k]]]);
  const moved = index.some((position, k) => position !== model.get("start")[k]);
  const query = new URLSearchParams(moved ? at : []).toString();
  history.replaceState(history.state, "", `#${slot.id}${query && "?"}${query}`);
}

function keepAddress(slot, model) {
  if (!slot.id || !model.get("knobs")) return;
  followAddress(slot, model);
  window.addEventListener("hashchange", () => followAddress(slot, model));
  let timer = 0;
  model.on("change:index", () => {
    clearTimeout(timer);
    timer = setTimeout(() => writeAddress(slot, model), QUIET_MS);
  });
}

async function draw(slot, figure) {
  const { model, script } = await figure;
  const el = document.createElement("div");
  slot.replaceChildren(el);
  await script.render({ model, el, experimental: {} });
  slot.dataset.state = "drawn";
  slot.dispatchEvent(new CustomEvent("figuredrawn", { bubbles: true, detail: { model } }));
  keepAddress(slot, model);
}

/* Show the still, which a page with scripts keeps as text, and say what happened. */
function apologize(slot, still, error) {
  slot.innerHTML = still;
  const note = document.createElement("p");
  note.className = "figure-error";
  note.textContent = `This figure could not start: ${error.message}`;
  slot.append(note);
  slot.dataset.state = "failed";
  console.error(error);
}

/* Run the script that sets window.bookFigures, once the page itself is there: the data weigh more
   than all its text. A script and not a fetch, which pages opened as files may not do. */
async function loadModels(source) {
  if (document.readyState !== "complete") {
    await new Promise((resolve) => window.addEventListener("load", resolve, { once: true }));
  }
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = resolve;
    script.onerror = () => reject(new Error("its data did not arrive"));
    script.src = source;
    document.head.append(script);
  });
  return window.bookFigures;
}

function main(models) {
  const figures = new Map();
  for (const slot of document.querySelectorAll(".figure-slot")) {
    const id = slot.dataset.model;
    if (!figures.has(id)) figures.set(id, models.then((all) => start(all[id])));
    const still = slot.querySelector("noscript")?.textContent ?? "";
    draw(slot, figures.get(id)).catch((error) => apologize(slot, still, error));
  }
}

main(loadModels(document.currentScript.dataset.models));
