"""The axes of a chart of lines: round numbers with their unit at the left, days below."""

from __future__ import annotations

from markupsafe import Markup

from heart_ui import day_ticks
from heart_ui.chart_frame import Band, Frame
from heart_ui.svg_parts import text


def axes(frame: Frame) -> list[Markup]:
    """A rule for each round number, and the days below."""
    parts = []
    for value, words in frame.values.ticks:
        y = frame.y(value)
        parts.append(
            Markup('<line class="rule" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>').format(
                frame.left, frame.width - frame.right, y, y
            )
        )
        parts.append(text(frame.left - 6, y + 4, words, "end"))
    room = frame.width - frame.left - frame.right
    for day, words in day_ticks.ticks(frame.first, frame.last, room):
        parts.append(text(frame.x(day), frame.height - 8, words, "middle"))
    return parts


def band_behind(frame: Frame, band: Band) -> Markup:
    """The range as a shade; its words are in the legend, where no line crosses them."""
    top, foot = frame.y(band.high), frame.y(band.low)
    return Markup(
        '<rect class="band" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
    ).format(frame.left, top, frame.width - frame.left - frame.right, max(foot - top, 0))
