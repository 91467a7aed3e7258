/* Excerpts of hits: from the text of a page, without its menus, contents, scripts and code bars.
   Sphinx takes them from the element with the role main, which in this theme holds all of those. */

const DEBRIS =
  "script, style, noscript, .headerlink, .chapter-facts, .hero-buttons, .copybtn, .quiz-place, " +
  "mjx-assistive-mml";

Search.htmlToText = (html, anchor) => {
  const article = new DOMParser().parseFromString(html, "text/html").querySelector("article");
  if (!article) return "";
  article.querySelectorAll(DEBRIS).forEach((part) => part.remove());
  const part = (anchor && article.querySelector(anchor)) || article;
  part.querySelectorAll("h1, h2, h3, p, li, td, th, dt, dd").forEach((block) => block.append(" "));
  return part.textContent.replace(/\s+/g, " ").trim();
};

/* Sphinx lists a page twice if the words stand in its title: as a page, and as its first section. */
const findPages = Search._performSearch;

Search._performSearch = (...query) =>
  findPages(...query).filter(([, title]) => {
    const [whole, section] = title.split(" > ");
    return !section || !whole.endsWith(section);
  });
