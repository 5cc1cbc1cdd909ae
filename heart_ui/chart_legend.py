"""What stands above a chart: the unit of its numbers, the name of each line, the range."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from heart_ui.chart_frame import A_LETTER, Band, Series
from heart_ui.svg_parts import points, text

ROW, MARK, BETWEEN = 18, 24, 18


def legend(
    drawn: Sequence[Series], unit: str, band: Band | None, width: int
) -> tuple[Markup, float]:
    """The words in rows no wider than `width`, and how much room they take.

    One line needs no name here: it is the chart's own.
    """
    items = [(Markup(""), unit)] if unit else []
    if len(drawn) > 1:
        items += [(_mark(n), one.name) for n, one in enumerate(drawn, 1)]
    if band:
        items.append(
            (Markup('<rect class="band" x="0" y="-10" width="18" height="12"/>'), band.words)
        )
    parts, x, row = [], 0.0, 0
    for mark, words in items:
        indent = MARK if mark else 0
        room = int((width - indent) / A_LETTER)
        words = words if len(words) <= room else words[: room - 1] + "…"
        wide = indent + len(words) * A_LETTER
        if x and x + wide > width:
            x, row = 0.0, row + 1
        if mark:
            parts.append(
                Markup('<g transform="translate({:.0f} {})">{}</g>').format(x, 13 + row * ROW, mark)
            )
        parts.append(text(x + indent, 13 + row * ROW, words, "start"))
        x += wide + BETWEEN
    return Markup("").join(parts), (row + 1) * ROW + 12 if items else 10.0


def _mark(number: int) -> Markup:
    number = min(number, 3)
    line = Markup('<polyline class="l{}" points="0,-4 18,-4"/>').format(number)
    return line + points([(9, -4)], number)
