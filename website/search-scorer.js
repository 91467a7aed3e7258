/* A chapter whose title holds a word of the query comes first, then the glossary, and the library's
   pages last. Words that join two others do not count. */

stopwords.push("vs", "versus");

const asked = (new URLSearchParams(location.search).get("q") ?? "").toLowerCase().split(/\W+/);

var Scorer = {
  score: ([docname, title, , , score]) => {
    const found = asked.filter((word) => word && title.toLowerCase().includes(word)).length;
    if (docname.startsWith("reference/api")) return score - 100;
    const named = docname.startsWith("chapters/") && found > 0;
    return score + (named ? 100 + 10 * found : 0); // 100: what Sphinx gives to a glossary entry
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
