"""Lanes drawn on the server as SVG: when there was how much of what, by the size of a dot."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from heart_ui.svg_parts import SIZES, opening, text

NAMES, LANE, FOOT, LEAST, MOST = 170, 26, 26, 3.0, 10.0


def lanes(
    names: Sequence[str],
    columns: Sequence[str],
    counts: Sequence[Sequence[int]],
    *,
    key: str,
    title: str,
) -> Markup:
    """A lane for each name; in each column a dot that grows with its number, none for zero.

    It is drawn for a wide place only: a narrow one has the list and the table.
    """
    if not names or not columns:
        return Markup("")
    size, height = SIZES[0], LANE * len(names) + FOOT
    width = size.width
    step = (width - NAMES - 10) / len(columns)
    largest = max((number for row in counts for number in row), default=1) or 1
    spoken = "; ".join(
        f"{name}: " + ", ".join(f"{c} {n}" for c, n in zip(columns, row, strict=True) if n)
        for name, row in zip(names, counts, strict=True)
    )
    parts = [opening(key, title, spoken, size, height)]
    for place, (name, row) in enumerate(zip(names, counts, strict=True)):
        y = LANE * place + LANE / 2
        parts.append(text(NAMES - 10, y + 4, name, "end"))
        parts.append(_rule(y, width))
        parts += [
            _dot(NAMES + step * (n + 0.5), y, number, largest) for n, number in enumerate(row)
        ]
    every = max(1, round(56 / step))
    for n, column in enumerate(columns):
        if n % every == 0:
            parts.append(text(NAMES + step * (n + 0.5), height - 8, column, "middle"))
    return Markup("").join(parts) + Markup("</svg>")


def _rule(y: float, width: int) -> Markup:
    return Markup('<line class="rule" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
        NAMES, width - 10, y, y
    )


def _dot(x: float, y: float, number: int, largest: int) -> Markup:
    if not number:
        return Markup("")
    # By its area: twice as many look twice as much.
    radius = LEAST + (MOST - LEAST) * (number / largest) ** 0.5
    return Markup('<circle class="bar" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>').format(x, y, radius)
