"""The built files, read without a browser: links, pictures, descriptions, and what is missing."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from book import GENERATED, NOTEBOOKS, ROOT, anchors, page_names, parsed

HASH = re.compile(r"[0-9a-f]{32}")  # the name that a picture without alt text gets for one
LOADING = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


@pytest.fixture(params=page_names())
def path(request: pytest.FixtureRequest, site: Path) -> Path:
    return site / f"{request.param}.html"


def test_the_site_has_the_pages_of_its_table_of_contents_and_no_others(site):
    built = {str(path.relative_to(site).with_suffix("")) for path in site.rglob("*.html")}
    built = {name for name in built if not name.startswith("_static/")}
    assert built == set(page_names())


def test_links_lead_somewhere(path, site):
    dead = []
    for link in parsed(path).find_all("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if not target.is_file() or not target.is_relative_to(site):
            dead.append(f"no file: {link['href']}")
        elif (
            parts.fragment
            and target.suffix == ".html"
            and unquote(parts.fragment) not in anchors(target)
        ):
            dead.append(f"no anchor: {link['href']}")
    assert not dead


def test_files_that_a_page_loads_are_local_and_there(path, site):
    missing = []
    for name, attribute in LOADING.items():
        for tag in parsed(path).find_all(name, attrs={attribute: True}):
            url = urlsplit(tag[attribute])
            if tag.name == "link" and tag.get("rel") in (["next"], ["prev"], ["index"], ["search"]):
                continue
            if url.scheme or not (path.parent / unquote(url.path)).is_file():
                missing.append(str(tag)[:200])
    assert not missing


def test_pictures_say_what_they_show(path):
    silent = [
        str(img)[:200]
        for img in parsed(path).select("img:not(.logo__image)")  # the title stands beside the logo
        if len(img.get("alt", "")) < 5 or HASH.search(img["alt"]) or img["alt"].endswith(".png")
    ]
    assert not silent


def test_a_page_has_one_title_one_description_and_a_language(path):
    page = parsed(path)
    assert page.html["lang"] == "en"
    assert len(page.find_all("h1", id=False)) + len(page.select("article h1")) >= 1
    (description,) = page.select('meta[name="description"]')
    assert 20 <= len(description["content"]) <= 170
    assert len(page.select('meta[name="viewport"]')) == 1


def test_titles_and_descriptions_differ_from_page_to_page(site):
    pages = [parsed(site / f"{name}.html") for name in page_names()]
    for texts in (
        [page.title.string for page in pages],
        [page.select_one('meta[name="description"]')["content"] for page in pages],
    ):
        assert not {text for text in texts if texts.count(text) > 1}


def test_every_formula_is_set(path):
    for formula in parsed(path).select(".math"):
        assert formula.select_one("mjx-container mjx-assistive-mml math"), formula.get_text()


def test_a_chapter_can_be_downloaded_and_has_neighbors(site):
    for notebook in NOTEBOOKS:
        path = site / "chapters" / f"{notebook.stem}.html"
        link = parsed(path).select_one("a.btn-download-source-button")
        assert (path.parent / link["href"]).resolve().read_bytes() == notebook.read_bytes()
        assert parsed(path).select_one(".prev-next-area a")


def test_reading_on_visits_all_pages(site):
    """The links "next" lead through the whole book once."""
    path, seen = site / "index.html", ["index"]
    while link := parsed(path).select_one("a.right-next"):
        path = (path.parent / link["href"]).resolve()
        seen.append(str(path.relative_to(site).with_suffix("")))
        assert len(seen) == len(set(seen)), "a circle"
    assert set(seen) == set(page_names()) - set(GENERATED)


def test_nothing_asks_for_buttons_that_lead_nowhere(path):
    """Without a public remote there is no launch, edit or issue button; with one, all are its."""
    places = "github.com", "gitlab.com", "mybinder.org", "colab.research.google.com"
    header = parsed(path).select_one(".article-header-buttons")
    urls = [a["href"] for a in header.select("a[href]")] if header else []
    outside = [url for url in urls if urlsplit(url).netloc.endswith(places)]
    from bookext.repository import git, public_address

    public = public_address(git(ROOT, "remote", "get-url", "origin"))
    owner_and_name = public.split("/", 3)[3] if public else "(no public remote)"
    assert all(owner_and_name in unquote(url) for url in outside)
