"""The pieces of a drawing: classes and attributes only, so a strict CSP holds."""

from __future__ import annotations

from markupsafe import Markup


def opening(key: str, title: str, spoken: str, width: int, height: int) -> Markup:
    size = "s" if width < 400 else "l"
    return Markup(
        '<svg class="chart chart-{}" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}.</desc>'
    ).format(size, width, height, key, key, key, title, key, spoken)


def text(x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        x, y, anchor, words
    )


def bar(x: float, y: float, wide: float, tall: float) -> Markup:
    return Markup(
        '<rect class="bar" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2"/>'
    ).format(x, y, wide, tall)


def point(x: float, y: float, number: int) -> Markup:
    if number == 2:
        return Markup('<rect class="p2" x="{:.1f}" y="{:.1f}" width="6" height="6"/>').format(
            x - 3, y - 3
        )
    return Markup('<circle class="p{}" cx="{:.1f}" cy="{:.1f}" r="3.4"/>').format(number, x, y)
