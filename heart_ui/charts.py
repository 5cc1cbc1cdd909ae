"""Charts drawn on the server as SVG: classes and attributes only, so a strict CSP holds.

Each has a title and a summary for screen readers; the page beside it carries the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from markupsafe import Markup

from heart_ui.chart_frame import Band, Series, frame_of
from heart_ui.chart_parts import band_behind, grid, line, names, spoken
from heart_ui.svg_parts import opening


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
    width: int = 640,
    height: int = 260,
) -> Markup:
    """Lines over time; a missing reading, or a pause longer than ``gap``, stays a gap."""
    drawn = [one for one in series if one.values]
    if not drawn:
        return Markup("")
    frame = frame_of(drawn, band, low, high, width, height)
    parts = [opening(key, title, "; ".join(spoken(one, unit) for one in drawn), width, height)]
    if band:
        parts.append(band_behind(frame, band))
    parts += grid(frame)
    for number, one in enumerate(drawn, 1):
        parts.append(line(frame, one, min(number, 3), gap))
    if len(drawn) > 1:
        parts.append(names(frame, drawn))
    return Markup("").join(parts) + Markup("</svg>")


def small_multiples(
    panels: Sequence[tuple[Series, Band | None]], *, key: str, unit: str = ""
) -> Markup:
    """The same small chart for each series, side by side and named."""
    figures = [
        Markup("<figure><figcaption>{}</figcaption>{}</figure>").format(
            one.name,
            lines(
                [one], key=f"{key}{n}", title=one.name, unit=unit, band=band, width=320, height=170
            ),
        )
        for n, (one, band) in enumerate(panels)
    ]
    return Markup('<div class="multiples">') + Markup("").join(figures) + Markup("</div>")
