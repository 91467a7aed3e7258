/* A quiz keeps its answers in this browser: the first try, which is scored, and the last one.
   It fills them in again when the page is opened, by pressing the quiz's own buttons. */

class QuizMemory {
  constructor(slot, questions) {
    this.name = kept.here(slot.id);
    this.sets = [...slot.querySelectorAll("fieldset")];
    this.texts = questions.map(({ question }) => question);
    this.answers = kept.read(this.name) ?? {};
    this.restore(slot.querySelectorAll("[role=status]"));
    this.sets.forEach((set, k) => {
      set.querySelector("button").addEventListener("click", () => this.keep(k));
    });
    slot.addEventListener("click", ({ target }) => {
      if (target.matches("button") && !target.closest("fieldset")) this.forget();
    });
  }

  ticked(k) {
    const inputs = [...this.sets[k].querySelectorAll("input")];
    return inputs.flatMap((input, i) => (input.checked ? [i] : []));
  }

  keep(k) {
    const now = this.ticked(k);
    if (!now.length) return;
    const [first = now] = this.answers[this.texts[k]] ?? [];
    this.answers[this.texts[k]] = [first, now];
    kept.write(this.name, this.answers);
  }

  forget() {
    this.answers = {};
    kept.write(this.name, null);
  }

  /* Screen readers are not to read all answers when the page opens. */
  restore(spoken) {
    spoken.forEach((part) => part.setAttribute("aria-live", "off"));
    setTimeout(() => spoken.forEach((part) => part.removeAttribute("aria-live")), 1000);
    this.sets.forEach((set, k) => {
      for (const choices of this.answers[this.texts[k]] ?? []) {
        set.querySelectorAll("input").forEach((input, i) => (input.checked = choices.includes(i)));
        set.querySelector("button").click();
      }
    });
  }
}

document.addEventListener("figuredrawn", ({ target, detail }) => {
  const questions = detail.model.get("questions");
  if (questions) new QuizMemory(target, questions);
});
