/* Chapters come first, those whose title holds more of the query's words before others, and the
   library's pages last. Words that join two others do not count. */

stopwords.push("vs", "versus");

const asked = (new URLSearchParams(location.search).get("q") ?? "").toLowerCase().split(/\W+/);

var Scorer = {
  score: ([docname, title, , , score]) => {
    const found = asked.filter((word) => word && title.toLowerCase().includes(word)).length;
    const place = docname.startsWith("chapters/") ? 1 : docname.startsWith("reference/api") ? -1 : 0;
    return score + 100 * place + 10 * found; // 100: what Sphinx gives to a glossary entry
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
