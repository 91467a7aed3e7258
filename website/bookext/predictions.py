"""Predictions: boxes that unfold, whose summary begins with "Predict", become ones to guess in.

Marked at build time for static/predict.js, so that no chapter has to say more than it does.
"""

from bs4 import BeautifulSoup


def mark_predictions(page: BeautifulSoup) -> None:
    """Put each box into one that also has space for the guess."""
    for summary in page.select("article details > summary"):
        if summary.get_text().strip().startswith("Predict"):
            fold = summary.parent
            fold["class"] = [*fold.get("class", []), "prediction"]
            fold.wrap(page.new_tag("div", attrs={"class": "predict"}))
