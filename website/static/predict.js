/* Predictions: the answer opens once the reader has guessed; the guess stands beside it, and is
   kept in this browser. bookext/predictions.py marks the boxes; without scripts they just unfold. */

function element(tag, attributes = {}, ...content) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...content);
  return node;
}

class Prediction {
  constructor(fold, number) {
    this.fold = fold;
    this.summary = fold.querySelector("summary");
    this.name = kept.here(this.summary.textContent.replace(/\s+/g, " ").trim());
    this.build(`guess-${number}`);
    this.show(kept.read(this.name) ?? "");
  }

  build(id) {
    this.summary.id ||= `${id}-question`;
    const type = { type: "text", autocomplete: "off", maxlength: 200 };
    this.input = element("input", { id, ...type, "aria-describedby": this.summary.id });
    const label = element("label", { for: id }, "Your guess");
    const compare = element("button", { type: "submit" }, "Compare");
    this.status = element("p", { role: "status" });
    this.form = element("form", { class: "guess-form" }, label, this.input, compare, this.status);
    this.form.addEventListener("submit", (event) => this.compare(event));
    this.fold.after(this.form);

    this.guess = element("q");
    const again = element("button", { type: "button" }, "Guess again");
    again.addEventListener("click", () => this.again());
    this.said = element("p", { class: "guess", tabindex: "-1" }, "Your guess: ", this.guess, " ", again);
    this.summary.after(this.said);
    this.summary.addEventListener("click", (event) => {
      if (this.guessed || this.fold.open) return;
      event.preventDefault();
      this.ask();
    });
  }

  get guessed() {
    return this.guess.textContent !== "";
  }

  ask() {
    this.status.textContent = "Guess first: a word or a number is enough.";
    this.input.focus();
  }

  compare(event) {
    event.preventDefault();
    const guess = this.input.value.trim();
    if (!guess) return this.ask();
    kept.write(this.name, guess);
    this.show(guess);
    this.fold.open = true;
    this.said.focus({ preventScroll: true });
  }

  again() {
    kept.write(this.name, null);
    this.input.value = this.guess.textContent;
    this.show("");
    this.fold.open = false;
    this.input.select();
  }

  /* Show the guess in the box, or the form if there is none yet. */
  show(guess) {
    this.guess.textContent = guess;
    this.status.textContent = "";
    this.form.hidden = this.guessed;
    this.said.hidden = !this.guessed;
    this.fold.classList.toggle("locked", !this.guessed);
  }
}

document.querySelectorAll("details.prediction").forEach((fold, k) => new Prediction(fold, k + 1));
