"""PURE: the order in which a chart shows the kinds, and those that always have a place on it."""

from __future__ import annotations

from heart_uma.kinds import KINDS

ORDER: tuple[str, ...] = (
    "allergies",
    "conditions",
    "medicines",
    "vitals",
    "results",
    "visits",
    "procedures",
    "vaccines",
    "documents",
    "plans",
    "bills",
    "other",
    "about",
)
ALWAYS: tuple[str, ...] = tuple(
    key for key, _name in KINDS if key not in ("plans", "bills", "other")
)
"""Kinds that get a place on the chart even when nothing of them is shared."""
