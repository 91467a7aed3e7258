"""What a reader does on the site: search, switch the theme, read on, use a phone, a keyboard."""

import pytest


def test_search_finds_a_word_and_leads_to_its_page(page, address):
    page.goto(f"{address}index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("glossary")
    page.keyboard.press("Enter")
    hits = page.locator("#search-results li a")
    hits.first.wait_for()
    page.locator('#search-results li a[href^="reference/glossary.html"]').first.click()
    page.wait_for_url("**/reference/glossary.html*")


@pytest.mark.parametrize(
    ("query", "page_name"),
    [
        ("weight decay vs l2", "-weight-decay.html"),
        ("double descent", "-double-descent.html"),
        ("overfit", "-overfitting.html"),
        ("dropout", "-dropout.html"),
        ("batch norm", "-normalization.html"),
        ("early stopping", "-early-stopping.html"),
        ("AdamW", "-weight-decay.html"),
        ("mixup", "glossary.html#term-mixup"),
        ("soft targets", "-soft-targets.html"),
        ("lasso", "glossary.html#term-lasso"),
        ("label smoothing", "glossary.html#term-label-smoothing"),
    ],
)
def test_search_leads_to_the_chapter_or_to_the_definition_of_a_term(
    page, address, query, page_name
):
    page.add_init_script("window.fetch = () => new Promise(() => {})")  # no excerpts: order counts
    page.goto(f"{address}search.html?q={query.replace(' ', '+')}")
    first = page.locator("#search-results li a").first
    page.wait_for_function("document.querySelector('#search-results .search-summary')?.innerText")
    assert page_name in first.get_attribute("href")


def test_search_says_when_it_finds_nothing(page, address):
    page.goto(f"{address}search.html?q=zzyzxqq")
    status = page.locator("#search-results .search-summary")
    page.wait_for_function("document.querySelector('#search-results .search-summary')?.innerText")
    assert "did not match" in status.inner_text()


def test_search_works_in_pages_opened_as_files(page, site):
    problems = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{(site / 'search.html').as_uri()}?q=glossary")
    page.locator("#search-results li a").first.wait_for()
    page.wait_for_timeout(300)
    assert not problems


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_system_until_the_reader_chooses(browser, address, scheme):
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{address}index.html")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == scheme
    button = page.locator(".theme-switch-button")
    button.click()
    other = "light" if scheme == "dark" else "dark"
    assert page.evaluate(theme) == other
    page.goto(f"{address}reference/notation.html")
    assert page.evaluate(theme) == other, "the choice is forgotten on the next page"
    context.close()


def test_the_skip_link_is_the_first_stop_of_the_keyboard(page, address):
    page.goto(f"{address}index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"


def test_on_a_phone_the_contents_open_and_close(browser, address):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{address}index.html")
    page.locator(".primary-toggle").first.tap()
    chapter = page.locator(".bd-links a", has_text="Notation")
    chapter.tap()
    page.wait_for_url("**/reference/notation.html")
    context.close()


def test_formulas_need_no_script(browser, address):
    """They are drawn with MathJax's fonts, and told to screen readers as MathML."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    fonts = []
    page.on("response", lambda r: fonts.append(r.status) if "MathJax_Math" in r.url else None)
    page.goto(f"{address}reference/notation.html", wait_until="networkidle")
    assert page.locator("mjx-container").first.bounding_box()["width"] > 3
    assert fonts == [200]
    context.close()


@pytest.mark.parametrize("width", [970, 1000, 1200, 1270, 1600])
def test_the_title_fits_the_sidebar(page, address, width):
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(f"{address}index.html")
    sides = """selector => {
      const box = document.querySelector(selector).getBoundingClientRect();
      return [box.left, box.right];
    }"""
    left, right = page.evaluate(sides, ".bd-sidebar-primary")
    for part in (".logo__image", ".logo__title"):
        first, last = page.evaluate(sides, f".bd-sidebar-primary {part}")
        assert left <= first < last <= right, part
