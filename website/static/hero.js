/* The home page's button Play: moves the figure's first knob from one end to the other. */

const STEP_MS = 420; // shorter than a figure's pause before it speaks to screen readers: see sweep.js

function addPlay(button, slider) {
  let timer = null;

  function stop() {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
    delete button.dataset.playing;
  }

  function step(value) {
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    if (Number(slider.value) === Number(slider.max)) stop();
  }

  button.hidden = false;
  button.addEventListener("click", () => {
    if (timer !== null) return stop();
    button.textContent = "Pause";
    button.dataset.playing = "";
    const atEnd = Number(slider.value) === Number(slider.max);
    timer = setInterval(() => step(Number(slider.value) + 1), STEP_MS);
    step(atEnd ? slider.min : Number(slider.value));
  });
  slider.addEventListener("pointerdown", stop); // the reader takes over
}

document.addEventListener("figuredrawn", ({ target }) => {
  const slider = target.querySelector('input[type="range"]');
  const button = document.querySelector(".hero-play");
  if (slider && button) addPlay(button, slider);
});
