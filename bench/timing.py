"""From single times to the figures that are printed."""

from __future__ import annotations

from collections.abc import Sequence

PERCENTILES = (50, 95, 99)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that `share` percent of the (sorted) values do not exceed."""
    if not ordered:
        return 0.0
    place = max(0, -(-len(ordered) * share // 100) - 1)
    return ordered[int(place)]


def spread(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {f"p{share}": percentile(ordered, share) for share in PERCENTILES}
