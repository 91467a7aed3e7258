/* Code: off, key lines (as the page is built) or all. The choice is kept in this browser. */

const group = document.querySelector(".code-switch");

function showCode(mode) {
  document.documentElement.dataset.code = mode;
  for (const fold of document.querySelectorAll("details.code-fold")) fold.open = mode === "all";
  for (const button of group.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.code === mode));
  }
}

if (group) {
  group.hidden = false;
  const mode = kept.read("code");
  if (mode === "off" || mode === "all") showCode(mode);
  group.addEventListener("click", ({ target }) => {
    const mode = target.dataset.code;
    if (!mode) return;
    showCode(mode);
    kept.write("code", mode);
  });
}

/* On paper nothing can be unfolded. */
window.addEventListener("beforeprint", () => {
  const closed = document.querySelectorAll("article details:not([open], .code-fold)");
  for (const fold of closed) fold.open = true;
  window.addEventListener("afterprint", () => closed.forEach((fold) => (fold.open = false)), {
    once: true,
  });
});
