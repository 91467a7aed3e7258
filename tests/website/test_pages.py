"""Every page in a real browser: it asks nobody, complains of nothing, and everyone can read it."""

from typing import Any
from urllib.parse import unquote, urlsplit

import axe
import book
import pytest
from bookext import api

HEAVIEST = 2_500_000  # bytes with everything a page loads, uncompressed
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 720}
COLORS = ["color-contrast", "link-in-text-block"]  # all that another theme can change
OF_ITS_KIND = f"{api.FOLDER}/train"  # pages of the API are of one template: one shows its colors
FONTS_OF_ICONS = "fontawesome/webfonts"  # 0.5 MB that icons.py makes unnecessary


# Takes from axe what needs no look of its own: lines of drawings, at which none of its rules looks;
# and words of code that are folded away, or have the same tags and classes around them, and so the
# same colors, as a word that stays. To the color of a single letter axe never objects.
LESS_TO_READ = """() => {
  const kind = (el) =>
    el.matches("article, nav") ? "" : `${el.localName}.${el.className} ${kind(el.parentElement)}`;
  const seen = new Set();
  const code = "article :is(pre, dt) :is(span, em), nav.page-toc :is(code, span)";
  const words = [...document.querySelectorAll(code)];
  const again = words.filter((el) => {
    if (el.getAttributeNames().some((name) => name !== "class")) return false;
    if (el.textContent.length < 2 || !el.checkVisibility() || seen.has(kind(el))) return true;
    if (el.getBoundingClientRect().right < innerWidth) seen.add(kind(el));
    return false;
  });
  for (const el of again) el.replaceWith(...el.childNodes);
  for (const line of document.querySelectorAll("article svg line:not([role])")) line.remove();
  document.body.normalize();
}"""


# Leaves one text of each kind, for rules that look at colors alone: texts are of one kind if they
# and all around them have the same tags and attributes (but those that cannot change a color). Rows
# of a table may be striped. Drawings stay whole: there, a color may lie below without being around.
ONE_OF_EACH = """() => {
  const colorless =
    /^(id|href|title|alt|src|for|name|value|colspan|rowspan|tabindex|aria-label.*)$/;
  const seen = new Set();
  const leaf = (el) => el.checkVisibility() &&
    [...el.childNodes].some((node) => node.nodeType === 3 && node.data.trim().length > 1);
  const own = (el) => [...el.attributes].filter((a) => !colorless.test(a.name))
    .map((a) => `${a.name}=${a.value}`).join(" ") + (el.localName === "tr" ? el.rowIndex % 2 : "");
  const isNew = (el, around) => {
    if (el.matches("svg, input, textarea, select")) return true;
    const kind = `${around} ${el.localName} ${own(el)}`;
    const told = [...el.children].filter((child) => !isNew(child, kind));
    const first = leaf(el) && !seen.has(kind);
    if (first) seen.add(kind);
    if (!first && told.length === el.children.length) return false;
    for (const child of told) child.replaceChildren();
    return true;
  };
  isNew(document.body, "");
}"""


class Visit:
    """One look at a page: what it loaded, what it wrote to the console, what is wrong with it."""

    def __init__(self, page: Any, address: str, name: str):
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.console: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self.listen)
        page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}"))
        page.set_viewport_size(PHONE)
        page.goto(f"{address}{name}.html")
        self.read_on()
        axe.load(page)
        page.evaluate(LESS_TO_READ)

    def read_on(self) -> None:
        """Let all that waits for the reader to come near load now, so that it is weighed too."""
        self.page.evaluate("for (const image of document.images) image.loading = 'eager'")
        self.page.wait_for_function(
            """() => {
              const slots = [...document.querySelectorAll(".figure-slot")];
              const images = [...document.images];
              return slots.every((s) => s.dataset.state) && images.every((i) => i.naturalWidth > 0)
                && document.fonts.status === "loaded";
            }"""
        )

    def listen(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.console.append(f"{message.type}: {message.text}")

    def strangers(self) -> list[str]:
        """Requests to anything but the site itself and what the page made itself."""
        own = (self.address, "blob:", "data:")
        return [url for url in self.requests if not url.startswith(own)]

    def weight(self) -> int:
        """Bytes of the site's files that were asked for."""
        own = [url for url in self.requests if url.startswith(self.address)]
        files = [book.HTML / unquote(urlsplit(url).path.lstrip("/")) for url in own]
        return sum(file.stat().st_size for file in files if file.is_file())

    def violations(self, where: str, **options: Any) -> list[str]:
        """What axe-core objects to in the page as it is now."""
        options = {"resultTypes": ["violations"], **options}
        found = self.page.evaluate("options => axe.run(document, options)", options)["violations"]
        return [
            f"{where}: {each['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
            for each in found
            for node in each["nodes"][:3]
        ]

    def violations_in(self, scheme: str, **options: Any) -> list[str]:
        """What axe-core objects to in the light or the dark theme."""
        axe.show_theme(self.page, scheme)
        return self.violations(scheme, **options)

    def on_a_phone(self) -> list[str]:
        """Elements that make the page scroll sideways; boxes that scroll, but not by keyboard."""
        unreachable = self.violations("phone", runOnly=["scrollable-region-focusable"])
        return unreachable + self.page.evaluate(
            """() => {
              const limit = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= limit) return [];
              const clips = (el) => /auto|scroll|hidden/.test(getComputedStyle(el).overflowX);
              const scrolls = (el) => el && (clips(el) || scrolls(el.parentElement));
              const wide = [...document.querySelectorAll("body *")].filter((el) =>
                el.getBoundingClientRect().right > limit + 1 && !scrolls(el.parentElement));
              return wide.slice(0, 5).map((el) => "sideways: " + el.outerHTML.slice(0, 150));
            }"""
        )

    def contents(self) -> list[str]:
        """What is wrong with the contents of the page that stand beside it in a wide window."""
        return self.page.evaluate(
            """() => {
              const box = document.querySelector("#pst-secondary-sidebar");
              if (!box) return [];
              const told = [...box.querySelectorAll("a")].map((link) => link.innerText);
              const problems = told.filter((text) => text.startsWith("Exercise "));
              if (!box.checkVisibility()) problems.push("contents are not shown");
              if (box.scrollWidth > box.clientWidth) problems.push("contents are too wide");
              const scrolls = getComputedStyle(box).overflowY === "auto";
              if (!scrolls && box.getBoundingClientRect().height > innerHeight)
                problems.push("contents are too high, and do not scroll");
              return problems;
            }"""
        )

    def on_a_desk(self) -> list[str]:
        """What is wrong in a wide window, but for colors."""
        self.page.set_viewport_size(DESK)
        off = {rule: {"enabled": False} for rule in COLORS}
        return self.contents() + self.violations_in("light", rules=off)

    def colors(self) -> list[str]:
        """What is wrong with the colors of either theme; the last look, for it spoils the page."""
        self.page.evaluate(ONE_OF_EACH)
        found = [self.violations_in(theme, runOnly=COLORS) for theme in ("light", "dark")]
        return found[0] + found[1]


def check(name: str, address: str, page: Any) -> None:
    visit = Visit(page, address, name)
    problems = visit.on_a_phone() + visit.on_a_desk()
    if not name.startswith(f"{api.FOLDER}/") or name == OF_ITS_KIND:
        problems += visit.colors()
    problems += visit.console
    problems += [f"asks {url}" for url in visit.strangers()]
    problems += [f"full icon font: {url}" for url in visit.requests if FONTS_OF_ICONS in url]
    if visit.weight() > HEAVIEST:
        problems.append(f"{visit.weight() / 1e6:.2f} MB, more than {HEAVIEST / 1e6} MB")
    assert not problems, "\n".join([name, *problems])


REFERENCE = [name for name in book.page_names() if name.startswith("reference/")]
OTHERS = [name for name in book.page_names() if name not in REFERENCE]


class TestChapters:  # two classes, so that two workers (--dist loadscope) share the work
    @pytest.mark.parametrize("name", OTHERS)
    def test_page(self, name, address, page):
        check(name, address, page)


class TestReference:
    @pytest.mark.parametrize("name", REFERENCE)
    def test_page(self, name, address, page):
        check(name, address, page)
