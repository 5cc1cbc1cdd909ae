"""A QR code drawn on the server: a text that a phone reads from a screen or from paper.

Dark on a white ground with its quiet zone in both themes and in print: readers expect that. Nobody
can read it by eye, so the same text stands beside it, and the drawing is only named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import segno
from markupsafe import Markup

QUIET = 4
"""Light modules around the code (ISO/IEC 18004)."""
LONGEST = 900
"""Of the text in bytes. What is longer has modules too small for a phone and a printed page."""


def code(text: str, *, key: str, title: str, spoken: str) -> Markup:
    """The drawing of `text`; empty where it is too long to be read from paper."""
    if len(text.encode()) > LONGEST:
        return Markup("")
    modules = segno.make(text, error="m", micro=False).matrix
    side = len(modules) + 2 * QUIET
    return Markup(
        '<svg class="qr" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d"'
        ' shape-rendering="crispEdges"><title id="{}-t">{}</title><desc id="{}-d">{}</desc>'
        '<path fill="#fff" d="M0 0h{}v{}H0z"/><path stroke="#000" d="{}"/></svg>'
    ).format(side, side, key, key, key, title, key, spoken, side, side, "".join(_runs(modules)))


def _runs(modules: Sequence[bytearray]) -> Iterator[str]:
    """Each run of dark modules as one stroke, from where the last one of its row ended."""
    for down, row in enumerate(modules):
        yield f"M{QUIET} {down + QUIET}.5"
        light = 0
        for dark, run in groupby(row):
            wide = len(list(run))
            if dark:
                yield f"m{light} 0h{wide}" if light else f"h{wide}"
            light = 0 if dark else wide
