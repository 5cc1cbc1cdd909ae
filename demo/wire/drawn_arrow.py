"""One message of the diagram: its arrow, its words above it, and the silence before it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from markupsafe import Markup

from demo.wire.arrows import Arrow
from demo.wire.lifelines import BY_KEY

ROW, LINE, QUIET = 34, 15, 28
_GROUP = {
    False: Markup("<g>{}</g>"),
    True: Markup('<g class="wire-later" opacity="0.65">{}</g>'),
}
_BAND = Markup(
    '<rect class="wire-now" x="3" y="{}" width="{}" height="{}" rx="6" fill="#fdf0cf" '
    'stroke="#b98a1c"/>'
)
_QUIET = Markup(
    '<text class="wire-quiet" x="{}" y="{}" text-anchor="middle" fill="#445058" '
    'font-style="italic">{} seconds in which nothing crossed</text>'
)
_WORDS = Markup(
    '<text class="wire-words" text-anchor="middle" font-weight="{}" fill="#14252b" stroke="#fff" '
    'stroke-width="4" paint-order="stroke" stroke-linejoin="round">{}</text>'
)
_ARROW = Markup(
    '<path class="wire-line wire-{k}" d="M{a} {y}H{b}" stroke="{c}" stroke-width="2" '
    'stroke-dasharray="{d}" fill="none"/>'
    '<path class="wire-tip wire-{k}" d="M{t} {y}l{x} -5v10z" fill="{c}"/>'
)
_STATUS = Markup(
    '<text class="wire-{}" x="{}" y="{}" text-anchor="{}" font-size="11" font-weight="700" '
    'fill="{}">{}</text>'
)


def drawn_arrow(
    arrow: Arrow, place: Mapping[str, int], y: int, width: int, current: int
) -> tuple[Markup, int]:
    """The message with its top at height `y`, and how much height it takes."""
    start, end = place[arrow.sender], place[arrow.receiver]
    lines = textwrap.wrap(f"{arrow.number}. {arrow.named.label}", max(24, abs(end - start) // 7))
    gap = QUIET if arrow.pause else 0
    tall = gap + ROW + LINE * (len(lines) - 1)
    base = y + tall - 12
    parts = [_QUIET.format(width // 2, y + 18, arrow.pause)] if gap else []
    if arrow.number == current:
        parts.append(_BAND.format(y + gap + 1, width - 6, tall - gap - 2))
    middle = (start + end) // 2
    parts += [_words(lines, middle, base, arrow.number == current), _line(arrow, start, end, base)]
    return _GROUP[arrow.number > current].format(Markup("").join(parts)), tall


def _words(lines: list[str], x: int, base: int, strong: bool) -> Markup:
    top = base - 6 - LINE * (len(lines) - 1)
    row = Markup('<tspan x="{}" y="{}">{}</tspan>')
    spans = [row.format(x, top + LINE * number, line) for number, line in enumerate(lines)]
    return _WORDS.format(700 if strong else 400, Markup("").join(spans))


def _line(arrow: Arrow, start: int, end: int, y: int) -> Markup:
    toward = 1 if end >= start else -1
    tip, dashes = end - 2 * toward, "7 4" if arrow.is_answer else "none"
    line = _ARROW.format(
        k=arrow.sender,
        a=start,
        b=tip - 4 * toward,
        y=y,
        c=BY_KEY[arrow.sender].colour,
        d=dashes,
        t=tip,
        x=-9 * toward,
    )
    if not arrow.status:
        return line
    word, colour = ("good", "#17603a") if arrow.status < 400 else ("bad", "#a01b1b")
    anchor = "end" if toward > 0 else "start"
    return line + _STATUS.format(word, tip - 12 * toward, y + 11, anchor, colour, arrow.status)
