"""Start a chapter from tools/template: `make chapter SLUG=label-smoothing TITLE="Label smoothing"`.

The template is a small chapter that already runs. Its files lie where their copies will lie; names
and texts hold three placeholders: NN-chapter-slug, chapter_module, Chapter title. The new chapter
takes the next number, is run once, and passes `make test` before a word of it is written.
"""

import re
import sys
from pathlib import Path

import execute

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = Path(__file__).parent / "template"


def next_number(root: Path) -> int:
    """Return one more than the highest number of a chapter."""
    return 1 + max((int(path.name[:2]) for path in root.glob("chapters/[0-9]*.ipynb")), default=0)


def copies(root: Path, slug: str, title: str) -> dict[Path, str]:
    """Return {new file: its text}. ValueError if the slug is not one, or is taken."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug):
        raise ValueError(f"SLUG must be lower-case words joined by '-'; got {slug!r}")
    if not title.strip() or '"' in title or "\\" in title:
        raise ValueError(f"TITLE must be a text without quotes; got {title!r}")
    names = {
        "NN-chapter-slug": f"{next_number(root):02}-{slug}",
        "chapter_module": slug.replace("-", "_"),
        "chapter-slug": slug,
        "Chapter title": title,
    }

    def filled(text: str) -> str:
        for placeholder, value in names.items():
            text = text.replace(placeholder, value)
        return text

    files = sorted(path for path in TEMPLATE.rglob("*.*") if path.is_file())
    files = [path for path in files if "__pycache__" not in path.parts]
    made = {
        root / filled(str(path.relative_to(TEMPLATE))): filled(path.read_text()) for path in files
    }
    if taken := [str(path) for path in made if path.exists()]:
        raise ValueError(f"there is already {', '.join(taken)}")
    return made


def main(arguments: list[str] | None = None) -> int:
    slug, title = ([*(sys.argv[1:] if arguments is None else arguments), "", ""])[:2]
    title = title or slug.replace("-", " ").capitalize()
    try:
        made = copies(ROOT, slug, title)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"wrote {path.relative_to(ROOT)}")
    (chapter,) = [path.stem for path in made if path.suffix == ".ipynb"]
    return execute.main([chapter])


if __name__ == "__main__":
    sys.exit(main())
