"""The patient's own level of a record."""

from __future__ import annotations

from collections.abc import Mapping

LEVELS: Mapping[str, int] = {"rules": 0, "pick": 1, "hidden": 2}
"""Her rules; only people she picks; hidden from everyone."""
