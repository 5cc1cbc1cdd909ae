"""The pieces of a drawing: classes and attributes only, so a strict CSP holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True)
class Size:
    """A drawing for a wide or a narrow place: on a phone its letters keep their 12 pixels."""

    name: str
    width: int
    lines_height: int
    bars_height: int


SIZES = (Size("l", 640, 250, 200), Size("s", 256, 220, 180))


def in_both_sizes(drawings: Iterable[Markup]) -> Markup:
    """The same drawing twice; the style sheet shows, and so speaks, the one that has room."""
    return Markup('<div class="sized">{}</div>').format(Markup("").join(drawings))


def opening(key: str, title: str, spoken: str, size: Size, height: int = 0) -> Markup:
    key = f"{key}-{size.name}"
    return Markup(
        '<svg class="chart chart-{}" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}.</desc>'
    ).format(size.name, size.width, height or size.lines_height, key, key, key, title, key, spoken)


def text(x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, words
    )


def bar(x: float, y: float, wide: float, tall: float) -> Markup:
    return Markup(
        '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"/>'
    ).format(x, y, wide, tall)


def points(found: Iterable[tuple[float, float]], number: int) -> Markup:
    """The points of a line as one path: strokes without length, which the style sheet makes round,
    or square and hollow for the second line."""
    path = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in found)
    drawn = Markup('<path class="p{}" d="{}"/>').format(number, path)
    return drawn + Markup('<path class="hollow" d="{}"/>').format(path) if number == 2 else drawn
