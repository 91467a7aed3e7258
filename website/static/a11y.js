/* Formulas and figures that are wider than the screen scroll by themselves: let the keyboard reach
   those too. Whether one is too wide depends on the window, so this cannot be written at build time
   (the theme does the same for code and tables). */

function markWide(box, label) {
  const wide = box.scrollWidth > box.clientWidth;
  const names = { tabindex: "0", ...(label && { role: "group", "aria-label": label }) };
  for (const [name, value] of Object.entries(names)) {
    if (wide) box.setAttribute(name, value);
    else box.removeAttribute(name);
  }
}

function markAllWide() {
  for (const box of document.querySelectorAll("div.math")) markWide(box);
  for (const box of document.querySelectorAll(".wide-figure")) {
    markWide(box, "Figure, scrolls sideways");
  }
}

document.fonts.ready.then(markAllWide);
window.addEventListener("resize", markAllWide);
window.addEventListener("toggle", markAllWide, true); // a box that was folded has a width now
