/* A chapter whose title holds all words of the query comes first, then the glossary's definition of
   a term, then a chapter that holds some of the words, and the library's pages last. Words that join
   two others do not count. */

stopwords.push("vs", "versus");

const query = (new URLSearchParams(location.search).get("q") ?? "").toLowerCase();
const asked = query.split(/\W+/).filter((word) => word && !stopwords.includes(word));

var Scorer = {
  score: ([docname, title, , , score]) => {
    const found = asked.filter((word) => title.toLowerCase().includes(word)).length;
    if (docname.startsWith("reference/api")) return score - 100;
    if (!docname.startsWith("chapters/") || !found) return score;
    return score + (110 * found) / asked.length; // 100: what Sphinx gives to a term that is asked for
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
