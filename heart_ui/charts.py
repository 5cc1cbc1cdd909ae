"""Charts drawn on the server as SVG: classes and attributes only, so a strict CSP holds.

Each has a title and a summary for screen readers; the page beside it carries the table. Each is
drawn twice, for a wide and for a narrow place: letters of a drawing shrink with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from markupsafe import Markup

from heart_ui.chart_axes import axes, band_behind
from heart_ui.chart_frame import A_LETTER, Band, Frame, Series, axis_of
from heart_ui.chart_legend import legend
from heart_ui.chart_lines import ends, last_value, line
from heart_ui.round_ticks import Axis
from heart_ui.svg_parts import SIZES, Size, in_both_sizes, opening
from heart_ui.words import gettext as _


def lines(
    series: Sequence[Series],
    *,
    key: str,
    title: str,
    unit: str = "",
    band: Band | None = None,
    low: float | None = None,
    high: float | None = None,
    gap: timedelta | None = None,
) -> Markup:
    """Lines over time; a missing reading, or a pause longer than ``gap``, stays a gap."""
    drawn = [one for one in series if one.values]
    if not drawn:
        return Markup("")
    values = axis_of(drawn, band, low, high)
    spoken = "; ".join(_spoken(one, unit) for one in drawn)
    return in_both_sizes(
        opening(key, title, spoken, size) + _drawing(drawn, unit, band, values, gap, size)
        for size in SIZES
    )


def _drawing(
    drawn: Sequence[Series],
    unit: str,
    band: Band | None,
    values: Axis,
    gap: timedelta | None,
    size: Size,
) -> Markup:
    words, top = legend(drawn, unit, band, size.width)
    longest = max(len(words) for _value, words in values.ticks)
    right = max(len(last_value(one)) for one in drawn) * A_LETTER + 12
    days = [day for one in drawn for day, _value in one.points]
    frame = Frame(
        size.width,
        size.lines_height,
        left=max(longest * A_LETTER + 8, 30),
        right=max(right, 30),
        top=top,
        first=min(days),
        last=max(days),
        values=values,
    )
    parts = [words] + ([band_behind(frame, band)] if band else []) + axes(frame)
    parts += [line(frame, one, min(number, 3), gap) for number, one in enumerate(drawn, 1)]
    return Markup("").join(parts) + ends(frame, drawn) + Markup("</svg>")


def _spoken(one: Series, unit: str) -> str:
    values = one.values
    return _(
        "%(name)s: first %(first)g, last %(last)g, lowest %(low)g, highest %(high)g %(unit)s",
        name=one.name,
        first=values[0],
        last=values[-1],
        low=min(values),
        high=max(values),
        unit=unit,
    ).rstrip()
