/* Formulas that are wider than the screen scroll by themselves: let the keyboard reach those too.
   Whether one is too wide depends on the window, so this cannot be written at build time (the
   theme does the same for code and tables). */

function markWideFormulas() {
  for (const box of document.querySelectorAll("div.math")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

document.fonts.ready.then(markWideFormulas);
window.addEventListener("resize", markWideFormulas);
