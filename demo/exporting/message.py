"""One message as data, for files and for the command line."""

from __future__ import annotations

from typing import Any

from demo.wire.arrows import Arrow
from demo.wire.lifelines import BY_KEY


def as_data(arrow: Arrow) -> dict[str, Any]:
    """A message as data."""
    return {
        "step": arrow.number,
        "from": BY_KEY[arrow.sender].name,
        "to": BY_KEY[arrow.receiver].name,
        "label": arrow.named.label,
        "section": arrow.named.section,
        "status": arrow.status,
        "method": "" if arrow.is_answer else arrow.crossing.method,
        "url": "" if arrow.is_answer else arrow.crossing.url,
    }
