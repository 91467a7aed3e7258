"""The library's docstrings as reStructuredText, whatever signs their formulas hold.

The docstrings are written to be read as plain text: `names` in single backticks, Google sections
(Args:, Raises:), formulas such as |w| or x* in the line or indented below it. Parsed as they are,
they would give warnings and lose signs; here each line says what it looks like, and nothing else.
A line such as "Shapes: x (B, I)" or "Source      Wan et al. (2013)" becomes a labeled entry.
"""

import re

LABEL = re.compile(r"(?P<name>[A-Z][a-z]+) {2,}(?P<rest>\S.*)")
LABEL_WITH_COLON = re.compile(r"(?P<name>[A-Z][a-z]+(?: [a-z]+){0,2}): +(?P<rest>\S.*)")
SECTION = re.compile(r"\s*(Args|Returns|Raises|Yields|Attributes|Examples?|Notes?|Warning):\s*$")
ITEM = re.compile(r"\s*([-*+]|\d+\.) +")
CODE = re.compile(r"(:[\w:]+:`[^`]+`|``[^`]+``|`[^`\s](?:[^`]*[^`\s])?`)")


def to_rst(lines: list[str]) -> list[str]:
    """Return the docstring's lines as reStructuredText that napoleon understands."""
    result: list[str] = []
    for kind, block in _blocks(lines):
        if kind == "formula":
            result += ["::", "", *(f"    {line}" for line in block), ""]
        elif kind == "label":
            result += _field_list(block)
        elif kind == "section":
            result += [block[0], *map(escape, block[1:]), ""]
        else:
            result += [*map(escape, block), ""]
    return result


def escape(line: str) -> str:
    """Make code of `names`, and plain text of every other sign that has a meaning in RST."""
    pieces = CODE.split(line)
    return "".join(_code(p) if k % 2 else _plain(p) for k, p in enumerate(pieces))


def _code(piece: str) -> str:
    return f"`{piece}`" if piece.startswith("`") and not piece.startswith("``") else piece


def _plain(piece: str) -> str:
    marks = re.match(ITEM, piece)  # the star of a list item stays one
    start = marks.group() if marks else ""
    rest = re.sub(r"([\\*|`]|(?<=\w)_(?!\w))", r"\\\1", piece[len(start) :])
    return start + rest


def _blocks(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Cut the docstring into sections, headers, formulas (indented), lists and paragraphs."""
    blocks: list[tuple[str, list[str]]] = []
    open_ = False  # does the next line go on with the last block?
    for line in lines:
        kind, last = _kind(line), blocks[-1] if blocks else ("", [])
        in_section = last[0] == "section" and (not line.strip() or _deeper(line, last[1][0]))
        if in_section or (open_ and _goes_on(kind, line, last)):
            last[1].append(line)
        elif line.strip():
            blocks.append((kind, [line]))
        open_ = bool(line.strip())
    return blocks


def _kind(line: str) -> str:
    if SECTION.match(line):
        return "section"
    if _label(line):
        return "label"
    if ITEM.match(line):
        return "list"
    return "formula" if line.startswith((" ", "\t")) else "text"


def _label(line: str) -> re.Match[str] | None:
    return LABEL.fullmatch(line) or LABEL_WITH_COLON.fullmatch(line)


def _goes_on(kind: str, line: str, last: tuple[str, list[str]]) -> bool:
    """Is this line, right below the block `last`, a part of it?"""
    if last[0] == "label":  # a further entry, or the continuation of this one
        return kind in ("label", "formula", "text")
    if last[0] == "list":
        return kind in ("list", "formula")
    return kind == last[0] and kind != "section"


def _deeper(line: str, than: str) -> bool:
    return len(line) - len(line.lstrip()) > len(than) - len(than.lstrip())


def _field_list(block: list[str]) -> list[str]:
    """Turn "Source      Wan et al." and the lines that go on with it into a field list."""
    result = []
    for line in block:
        if label := _label(line):
            result.append(f":{label['name']}: {escape(label['rest'])}")
        else:
            result.append(f"    {escape(line.strip())}")
    return [*result, ""]
