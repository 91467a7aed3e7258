/* The questions of a quiz stand at the end of the sections that they ask about, in the places of
   bookext/quizzes.py. What stays in the quiz shows what is not answered yet, and the score. */

class SpreadQuiz {
  constructor(slot, questions) {
    this.sets = [...slot.querySelectorAll("fieldset")];
    const names = this.sets.map((set, k) => this.move(set, `check-${k + 1}`, questions[k].after));
    this.names = names.map((name, k) => (names.indexOf(name) < k ? `${name}, second question` : name));
    this.open = element("div", { class: "quiz-open" });
    slot.querySelector(".reglab-score").before(this.open);
    slot.addEventListener("click", ({ target }) => {
      if (target.matches("button") && !target.closest("fieldset")) this.startAgain();
    });
    this.show();
    slot.style.minHeight = ""; // the list gets shorter
  }

  /* Put a question into its place, if it has one; return what a link to it says. */
  move(set, id, after) {
    set.querySelector("button").addEventListener("click", () => this.show());
    const place = document.getElementById(id);
    const number = set.querySelector(".reglab-place");
    if (!place) {
      set.id = id;
      return number.textContent;
    }
    number.textContent = "Check. ";
    place.replaceChildren(set);
    return after;
  }

  /* In place of the score, until all questions are answered. */
  show() {
    const done = this.sets.filter((set) => set.dataset.first);
    const right = done.filter((set) => set.dataset.first === "right");
    const links = this.names.map((name, k) => element("a", { href: `#check-${k + 1}` }, name));
    const open = links.filter((_, k) => !this.sets[k].dataset.first);
    const score = done.length
      ? `${right.length} of ${done.length} right at the first try so far.`
      : "Questions stand at the end of the sections that they ask about.";
    this.open.hidden = !open.length;
    this.open.replaceChildren(
      element("p", {}, `${score} Not answered yet:`),
      element("ul", {}, ...open.map((link) => element("li", {}, link))),
    );
  }

  startAgain() {
    this.show();
    this.open.querySelector("a").focus();
  }
}

document.addEventListener("figuredrawn", ({ target, detail }) => {
  const questions = detail.model.get("questions");
  if (questions) new SpreadQuiz(target, questions);
});
