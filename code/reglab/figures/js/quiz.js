// Quiz: questions with choices. The state is described in quiz.py.
import { add, addButton, figureBox, uniqueName } from "./page.js";

function render({ model, el }) {
  const box = figureBox(el, model.get("title"));
  const questions = model.get("questions").map((question, i, all) => {
    return new Question(box, question, `Question ${i + 1} of ${all.length}`, showScore);
  });
  const score = add(box, "p", { class: "reglab-score", role: "status" });
  const again = addButton(box, "Start again", () => {
    questions.forEach((question) => question.reset());
    showScore();
    box.querySelector("input")?.focus(); // a page may have moved questions out of the box
  });
  showScore();
  typeset(box);

  function showScore() {
    const done = questions.filter((question) => question.first !== null);
    const right = done.filter((question) => question.first).length;
    const finished = done.length === questions.length;
    again.hidden = done.length === 0;
    score.textContent = finished
      ? `You answered ${right} of ${questions.length} right at the first try.`
      : "";
  }
}

class Question {
  constructor(box, { question, choices, multiple }, place, onFirst) {
    this.choices = choices;
    this.multiple = multiple;
    this.onFirst = onFirst;
    this.first = null; // whether the first try was right; null before it
    const set = add(box, "fieldset", { class: "reglab-question" });
    this.set = set; // its data-first tells the page how the first try went
    const legend = add(set, "legend");
    add(legend, "span", { class: "reglab-place" }, place);
    addText(add(legend, "span", { class: "reglab-asked" }), question);
    if (multiple) add(legend, "span", { class: "reglab-place" }, "More than one may be right.");
    const name = uniqueName();
    this.inputs = choices.map(({ text }) => this.addChoice(set, name, text));
    this.button = addButton(set, "Check", () => this.check());
    this.feedback = add(set, "div", { class: "reglab-feedback", role: "status" });
  }

  addChoice(set, name, text) {
    const label = add(set, "label", { class: "reglab-choice" });
    const input = add(label, "input", { type: this.multiple ? "checkbox" : "radio", name });
    addText(add(label, "span"), text);
    input.addEventListener("change", () => this.clear());
    return input;
  }

  clear() {
    this.feedback.replaceChildren();
    this.feedback.dataset.verdict = "";
  }

  reset() {
    this.first = null;
    delete this.set.dataset.first;
    this.inputs.forEach((input) => (input.checked = false));
    this.clear();
  }

  check() {
    this.clear();
    const ticked = this.choices.filter((_, i) => this.inputs[i].checked);
    if (!ticked.length) {
      this.say("Choose an answer first.");
      return;
    }
    const right = this.choices.every(({ correct }, i) => correct === this.inputs[i].checked);
    const wrong = ticked.filter(({ correct }) => !correct);
    this.feedback.dataset.verdict = right ? "right" : "wrong";
    if (right) this.say("✓ Right.", ticked);
    else if (wrong.length) this.say("✗ Not right.", wrong);
    else this.say("Right so far, but not all of them.", ticked);
    if (this.first === null) {
      this.first = right;
      this.set.dataset.first = right ? "right" : "wrong";
      this.onFirst();
    }
  }

  say(verdict, reasons = []) {
    add(this.feedback, "strong", {}, verdict);
    for (const { text, why } of reasons) {
      const reason = add(this.feedback, "p");
      if (this.multiple) addText(add(reason, "em"), `${text.replace(/[.!?]$/, "")}: `);
      addText(reason, why);
    }
    typeset(this.feedback);
  }
}

// `code` and $mathematics$; everything else is plain text.
function addText(parent, text) {
  for (const part of text.split(/(`[^`]+`|\$[^$]+\$)/)) {
    const inner = part.slice(1, -1);
    if (/^`.+`$/.test(part)) add(parent, "code", {}, inner);
    else if (/^\$.+\$$/.test(part)) add(parent, "span", { class: "reglab-math" }, inner);
    else parent.append(part);
  }
}

// MathJax may still be on its way when the quiz is drawn; without it, formulas stay as written.
function typeset(box) {
  const formulas = [...box.querySelectorAll(".reglab-math:not([data-set])")];
  if (!formulas.length) return;
  const set = () => {
    if (!window.MathJax?.typesetPromise) return;
    for (const formula of formulas) {
      formula.dataset.set = "";
      formula.classList.add("mathjax_process"); // Sphinx lets MathJax read only marked elements
      formula.textContent = `\\(${formula.textContent}\\)`;
    }
    formulas.reduce((before, formula) => before.then(() => setOne(formula)), Promise.resolve());
  };
  if (document.readyState === "complete") set();
  else window.addEventListener("load", set, { once: true });
}

// One by one: a formula that MathJax can't set must be taken off its list, or stops all others.
function setOne(formula) {
  return window.MathJax.typesetPromise([formula]).catch((error) => {
    console.error(error);
    window.MathJax.typesetClear([formula]);
  });
}

export default { render };
