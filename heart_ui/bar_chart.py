"""Bars drawn on the server as SVG, one for each label; a zero is written, not left out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from heart_ui.svg_parts import bar, opening, text


def bars(
    values: Sequence[int],
    labels: Sequence[str],
    *,
    key: str,
    title: str,
    width: int = 640,
    height: int = 200,
) -> Markup:
    """One bar for each label; a zero is written, not left out."""
    if not values:
        return Markup("")
    spoken = ", ".join(f"{label}: {value}" for label, value in zip(labels, values, strict=True))
    step, foot = (width - 20) / len(values), height - 30
    parts = [opening(key, title, spoken, width, height)]
    parts.append(
        Markup('<line class="axis" x1="10" x2="{}" y1="{}" y2="{}"/>').format(
            width - 10, foot, foot
        )
    )
    every = max(1, math.ceil(58 / step))
    for n, (label, value) in enumerate(zip(labels, values, strict=True)):
        left = 10 + n * step
        tall = (foot - 22) * value / max(*values, 1)
        parts.append(bar(left + step * 0.12, foot - tall, step * 0.76, tall))
        parts.append(text(left + step / 2, foot - tall - 5, str(value), "middle"))
        if n % every == 0:
            parts.append(text(left + step / 2, height - 10, label, "middle"))
    return Markup("").join(parts) + Markup("</svg>")
