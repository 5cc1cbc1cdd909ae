"""A Markdown table from rows of cells: what every generated page is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WRITTEN = "Written by `make docs` from the code; do not edit."


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of one table."""
    lines = [_row(header), _row(["---"] * len(header), padded=False)]
    return lines + [_row(row) for row in rows]


def code(text: str) -> str:
    """`text` as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def first_sentence(docstring: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((docstring or "").split("\n\n")[0].split())


def _row(cells: Sequence[str], *, padded: bool = True) -> str:
    escaped = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(escaped)} |" if padded else f"|{'|'.join(escaped)}|"
