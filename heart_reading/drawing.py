"""PURE: a figure as SVG, by the charts that every face has."""

from __future__ import annotations

from markupsafe import Markup

from heart_reading.series import Figure
from heart_ui import chart_frame, charts


def drawn(figure: Figure, key: str) -> Markup:
    """The lines of a figure with its range; `key` tells it from the others of a page."""
    lines = [chart_frame.Series(name, points) for name, points in figure.lines]
    band = chart_frame.Band(*figure.band) if figure.band else None
    return charts.lines(
        lines, key=key, title=figure.title, unit=figure.unit, band=band, gap=figure.gap
    )
