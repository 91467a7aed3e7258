"""Every page in a real browser: it asks nobody, complains of nothing, and everyone can read it."""

from pathlib import Path
from typing import Any

import book
import pytest

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
HEAVIEST = 2_500_000  # bytes with everything a page loads, uncompressed
PHONE = {"width": 390, "height": 844}
COLORS = ["color-contrast", "link-in-text-block"]  # all that another theme can change
FONTS_OF_ICONS = "fontawesome/webfonts"  # 0.5 MB that icons.py makes unnecessary


class Visit:
    """One look at a page: what it loaded, what it wrote to the console, what is wrong with it."""

    def __init__(self, page: Any, address: str, name: str):
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.console: list[str] = []
        self.weight = 0
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfinished", self.weigh)
        page.on("console", self.listen)
        page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}"))
        page.goto(f"{address}{name}.html", wait_until="networkidle")
        self.read_on()

    def read_on(self) -> None:
        """Let all that waits for the reader to come near load now, so that it is weighed too."""
        self.page.evaluate("for (const image of document.images) image.loading = 'eager'")
        self.page.wait_for_function(
            """() => {
              const slots = [...document.querySelectorAll(".figure-slot")];
              const images = [...document.images];
              return slots.every((s) => s.dataset.state) && images.every((i) => i.naturalWidth > 0);
            }"""
        )

    def weigh(self, request: Any) -> None:
        if request.url.startswith(self.address):
            self.weight += len(request.response().body())

    def listen(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.console.append(f"{message.type}: {message.text}")

    def strangers(self) -> list[str]:
        """Requests to anything but the site itself and what the page made itself."""
        own = (self.address, "blob:", "data:")
        return [url for url in self.requests if not url.startswith(own)]

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
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        self.page.wait_for_function("t => document.documentElement.dataset.theme === t", arg=scheme)
        self.page.wait_for_timeout(350)  # the theme's colors fade
        return self.violations(scheme, **options)

    def on_a_phone(self) -> list[str]:
        """Elements that make the page scroll sideways; boxes that scroll, but not by keyboard."""
        self.page.set_viewport_size(PHONE)
        self.page.wait_for_timeout(500)
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


def check(name: str, address: str, page: Any) -> None:
    visit = Visit(page, address, name)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    problems = [f"asks {url}" for url in visit.strangers()]
    problems += [f"full icon font: {url}" for url in visit.requests if FONTS_OF_ICONS in url]
    problems += visit.violations_in("light") + visit.violations_in("dark", runOnly=COLORS)
    problems += visit.on_a_phone()
    problems += visit.console
    if visit.weight > HEAVIEST:
        problems.append(f"{visit.weight / 1e6:.2f} MB, more than {HEAVIEST / 1e6} MB")
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
