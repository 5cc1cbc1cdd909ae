"""PURE. A file for a spreadsheet, in which no cell starts a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def as_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A file for a spreadsheet. A cell never starts a formula (names come from strangers)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def _harmless(cell: str) -> str:
    return (
        f"'{cell}"
        if cell.lstrip(" \t\r\n")[:1] in ("=", "+", "-", "@", "|", "%")
        or cell[:1] in ("\t", "\r", "\n")
        else cell
    )
