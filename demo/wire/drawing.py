"""The sequence diagram as an SVG that stands alone: presentation attributes, no style, no script.

Within a page its classes let the page's own colours take over, so that it follows the theme.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from demo.wire.arrows import Arrow
from demo.wire.drawn_arrow import drawn_arrow
from demo.wire.lifelines import Lifeline, taking_part

COLUMN, MARGIN, HEAD = 172, 14, 66
FONT = "system-ui, sans-serif"
_SVG = Markup(
    '<svg xmlns="http://www.w3.org/2000/svg" class="wire" viewBox="0 0 {w} {h}" width="{w}" '
    'height="{h}" font-family="{f}" font-size="13" aria-hidden="true">'
    '<rect class="wire-bg" width="{w}" height="{h}" fill="#fff"/>{parts}</svg>'
)
_LIFELINE = Markup(
    '<line class="wire-life" x1="{x}" y1="52" x2="{x}" y2="{h}" stroke="{c}" '
    'stroke-dasharray="2 4"/>'
)
_NAME = Markup(
    '<rect x="{left}" y="8" width="{w}" height="44" rx="7" fill="{c}"/>'
    '<text x="{x}" y="27" text-anchor="middle" fill="#fff" font-weight="700">{name}</text>'
    '<text x="{x}" y="43" text-anchor="middle" fill="#fff" font-size="11">{role}</text>'
)


def drawn(
    arrows: Sequence[Arrow], current: int, address: Callable[[int], str] | None = None
) -> Markup:
    """The diagram of these messages; `current` is the number of the one that is looked at.

    `address` gives each arrow its link. The links are no stop of the keyboard: the list beside
    the diagram has the same ones.
    """
    columns = taking_part(arrows)
    place = {one.key: MARGIN + COLUMN // 2 + n * COLUMN for n, one in enumerate(columns)}
    width = 2 * MARGIN + COLUMN * len(columns)
    rows, y = [], HEAD
    for arrow in arrows:
        row, tall = drawn_arrow(arrow, place, y, width, current)
        if address is not None:
            row = Markup('<a href="{}" tabindex="-1">{}</a>').format(address(arrow.number), row)
        rows.append(row)
        y += tall
    height = y + MARGIN
    lines = [_LIFELINE.format(x=place[one.key], h=height, c=one.colour) for one in columns]
    names = [_name(one, place[one.key]) for one in columns]
    parts = Markup("").join([*lines, *rows, *names])
    return _SVG.format(w=width, h=height, f=FONT, parts=parts)


def _name(one: Lifeline, x: int) -> Markup:
    left, wide = x - COLUMN // 2 + 8, COLUMN - 16
    return _NAME.format(left=left, w=wide, c=one.colour, x=x, name=one.name, role=one.role)
