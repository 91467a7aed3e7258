"""The home page, and what helps to find one's way: contents, search, wide figures."""

import book
import pytest

LAST = f"chapters/{book.NOTEBOOKS[-1].stem}.html"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def home(page, address):
    page.set_viewport_size({"width": 1300, "height": 900})
    page.goto(f"{address}index.html")
    page.locator(".hero .figure-slot[data-state=drawn]").wait_for()
    return page


def test_all_of_the_hero_is_on_the_first_screen(home):
    for part in ("h1", ".hero-start", ".hero-play", ".hero-proof", ".hero-figure svg[role=img]"):
        box = home.locator(f".hero {part}").bounding_box()
        assert box["y"] + box["height"] < 900, part
    text, figure = (home.locator(f".hero-{part}").bounding_box() for part in ("text", "figure"))
    assert figure["x"] > text["x"] + text["width"]


def test_start_leads_to_the_first_chapter_and_says_its_minutes(home):
    start = home.locator(".hero-start")
    minutes = home.locator(".bd-links .nav-minutes").first.inner_text()
    assert f"({minutes})" in start.inner_text()
    start.click()
    home.wait_for_url(f"**/chapters/{book.NOTEBOOKS[0].stem}.html")


def test_no_word_of_the_title_is_broken_on_a_narrow_page(page, address):
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{address}index.html")
    lines = page.locator(".hero h1").evaluate(
        """h1 => {
          const range = document.createRange();
          range.setStart(h1.firstChild, 0);
          range.setEnd(h1.firstChild, "Regularization,".length);
          return range.getClientRects().length;
        }"""
    )
    assert lines == 1


def test_on_paper_the_numbers_stay_and_the_controls_go(home):
    home.emulate_media(media="print")
    assert home.locator(".hero-proof").is_visible()
    for part in (".hero-buttons", ".reglab-button", "input[type=range]"):
        assert not home.locator(f".hero {part}").first.is_visible(), part


def test_play_moves_the_figure_to_its_end_and_pauses(home):
    play, slider = home.locator(".hero-play"), home.locator(".hero input[type=range]").first
    before = home.locator(".hero svg[role=img]").inner_html()
    start = int(slider.input_value())
    play.click()
    home.wait_for_function(
        "start => Number(document.querySelector('.hero input[type=range]').value) > start",
        arg=start,
    )
    assert "Pause" in play.inner_text()
    play.click()
    assert "Play" in play.inner_text()
    assert home.locator(".hero svg[role=img]").inner_html() != before
    slider.focus()
    home.keyboard.press("End")
    home.keyboard.press("ArrowLeft")
    play.click()
    home.wait_for_function("document.querySelector('.hero-play').innerText.includes('Play')")
    assert slider.input_value() == slider.get_attribute("max")


def test_each_chapter_has_a_card_and_a_place_on_the_map(home):
    hrefs = "links => links.map((link) => link.getAttribute('href'))"
    wanted = [f"chapters/{path.stem}.html" for path in book.NOTEBOOKS]
    assert home.locator(".chapter-cards a").evaluate_all(hrefs) == wanted
    on_map = home.locator("#the-map table a[href^='chapters/']").evaluate_all(hrefs)
    assert sorted(on_map) == wanted
    assert not home.locator("#the-map tbody tr:not(:has(a[href^='chapters/']))").count()


def test_the_contents_say_how_long_each_chapter_takes(page, address):
    page.goto(address + LAST)
    shown = page.locator(".bd-links a[href]:has(.nav-minutes)")
    assert shown.count() == len(book.NOTEBOOKS)
    minutes = page.locator(".bd-links a.current .nav-minutes").inner_text().split()[0]
    assert page.locator(".chapter-facts span").inner_text() == f"{minutes} minutes to read"


def test_the_last_chapter_says_what_next_and_others_do_not(page, address):
    page.goto(address + LAST)
    assert page.locator("#what-next a").first.get_attribute("href") == "../reference/questions.html"
    page.goto(f"{address}chapters/{book.NOTEBOOKS[0].stem}.html")
    assert page.locator("#what-next").count() == 0


# ---- search


def test_the_magnifier_stands_beside_the_query(page, address):
    page.goto(f"{address}search.html?q=dropout")
    field = page.locator("main .bd-search input.form-control, .bd-search-container input").first
    icon = page.locator(".bd-search-container .bd-search .fa-magnifying-glass").bounding_box()
    padding = field.evaluate("el => parseFloat(getComputedStyle(el).paddingLeft)")
    assert field.bounding_box()["x"] + padding >= icon["x"] + icon["width"]


def test_excerpts_are_text_and_pages_stand_once(page, address):
    page.goto(f"{address}search.html?q=weight+decay")
    page.locator("#search-results li p.context").nth(1).wait_for()
    first = page.locator("#search-results li p.context").first.inner_text()
    for debris in (".ipynb", ".pdf", "Contents", "minutes to read"):
        assert debris not in first
    page.wait_for_timeout(1500)
    titles = page.locator("#search-results li > a").all_inner_texts()
    twice = [t for t in titles if " > " in t and t.split(" > ")[0].endswith(t.split(" > ")[1])]
    assert not twice


# ---- figures on a phone


def test_letters_of_static_figures_stay_legible_on_a_phone(page, address):
    page.set_viewport_size(PHONE)
    page.goto(f"{address}chapters/{book.NOTEBOOKS[0].stem}.html")
    boxes = page.locator(".wide-figure:visible")
    assert boxes.count() > 0
    for box in boxes.all():
        shown = box.locator("img").bounding_box()["width"]
        points = shown / int(box.locator("img").get_attribute("width")) * 150 / 72
        assert 8 * points >= 8.9  # the smallest letters, in pixels
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_a_wide_figure_scrolls_by_keyboard_and_is_named(page, address):
    page.set_viewport_size(PHONE)
    page.goto(f"{address}chapters/{book.NOTEBOOKS[0].stem}.html")
    box = page.get_by_role("group", name="Figure, scrolls sideways").first
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert box.evaluate("el => el.scrollLeft") > 0
    page.set_viewport_size({"width": 1300, "height": 900})
    page.wait_for_timeout(200)
    assert page.get_by_role("group", name="Figure, scrolls sideways").count() == 0


def test_a_wide_formula_is_seen_from_its_left_end_on_a_phone(page, address):
    page.set_viewport_size(PHONE)
    page.goto(f"{address}chapters/08-dropout.html")
    boxes = page.locator("div.math").all()
    assert any(box.evaluate("el => el.scrollWidth > el.clientWidth") for box in boxes)
    for box in boxes:
        left = box.locator("mjx-container").bounding_box()["x"]
        assert left >= box.bounding_box()["x"] - 1
