"""Bars drawn on the server as SVG, one for each label; a zero is written, not left out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from heart_ui.chart_frame import A_LETTER
from heart_ui.svg_parts import SIZES, Size, bar, in_both_sizes, opening, text


def bars(values: Sequence[int], labels: Sequence[str], *, key: str, title: str) -> Markup:
    """One bar for each label; a zero is written, not left out."""
    if not values:
        return Markup("")
    spoken = ", ".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    return in_both_sizes(
        opening(key, title, spoken, size, size.bars_height) + _drawing(values, labels, size)
        for size in SIZES
    )


def _drawing(values: Sequence[int], labels: Sequence[str], size: Size) -> Markup:
    step, foot = (size.width - 20) / len(values), size.bars_height - 30
    parts = [
        Markup('<line class="axis" x1="10" x2="{}" y1="{}" y2="{}"/>').format(
            size.width - 10, foot, foot
        )
    ]
    longest = max(map(len, labels)) * A_LETTER
    every = max(1, math.ceil(longest / step))
    for n, (label, value) in enumerate(zip(labels, values, strict=True)):
        left = 10 + n * step
        tall = (foot - 22) * value / max(*values, 1)
        parts.append(bar(left + step * 0.12, foot - tall, step * 0.76, tall))
        parts.append(text(left + step / 2, foot - tall - 5, str(value), "middle"))
        if n % every == 0 and longest / 2 <= left + step / 2 <= size.width - longest / 2:
            parts.append(text(left + step / 2, size.bars_height - 10, label, "middle"))
    return Markup("").join(parts) + Markup("</svg>")
