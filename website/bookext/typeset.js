/* Sets TeX as HTML with MathJax, outside a browser; formulas.py runs this in V8 after MathJax's own
   files. `setAll` takes [[tex, display], ...] and returns {formulas: [html, ...], style: css}; the
   style holds the characters of these formulas only. A formula with an error becomes {error}. */

const { _: parts } = MathJax;
const adaptor = parts.adaptors.liteAdaptor.liteAdaptor();
const handler = parts.handlers.html_ts.RegisterHTMLHandler(adaptor);
parts.a11y["assistive-mml"].AssistiveMmlHandler(handler);

const PACKAGES = ["base", "ams", "newcommand", "boldsymbol", "braket", "cancel", "color", "mathtools"];
const METRICS = { em: 16, ex: 8, containerWidth: 80 * 16 };

function setAll(formulas, fontURL) {
  const font = new parts.output.chtml.fonts.tex_ts.TeXFont({ fontURL });
  const output = new parts.output.chtml_ts.CHTML({ font, adaptiveCSS: true });
  let error = null;
  const input = new parts.input.tex_ts.TeX({
    packages: PACKAGES,
    formatError(jax, problem) {
      error = problem.message;
      return jax.formatError(problem);
    },
  });
  const document = parts.mathjax.mathjax.document("", { InputJax: input, OutputJax: output });
  const set = ([tex, display]) => {
    error = null;
    const html = adaptor.outerHTML(document.convert(tex, { display, ...METRICS }));
    return error === null ? html : { error };
  };
  const done = formulas.map(set);
  return JSON.stringify({ formulas: done, style: adaptor.textContent(output.styleSheet(document)) });
}
