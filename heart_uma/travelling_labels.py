"""Labels that travel along references: what belongs to whatever refers to a resource as well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from heart_uma.label_systems import SENSITIVITY_SYSTEM, SYSTEM_ALIASES
from heart_uma.labels import is_topic_code, mask_of
from heart_uma.topics import TOPICS

TRAVELLING = sum(1 << topic.bit for topic in TOPICS if topic.scope.startswith("sens/"))
"""The bits of the topics that travel along references."""


def travelling_codes(security: Iterable[Mapping[str, Any]], mask: int) -> set[str]:
    """The topics of a resource that belong to whatever refers to it as well.

    Parameters: `mask` is its label mask, which may know more than its codings. Only codes with a
    topic travel: what may be done with data, how confidential one resource is, and a label that
    nobody understands are words about that resource alone.
    """
    found = set()
    for coding in security:
        system, code = str(coding.get("system") or ""), str(coding.get("code") or "")
        if SYSTEM_ALIASES.get(system, system) == SENSITIVITY_SYSTEM and is_topic_code(code):
            found.add(code)
    missing = mask & TRAVELLING & ~mask_of({"system": SENSITIVITY_SYSTEM, "code": c} for c in found)
    return found | {topic.code for topic in TOPICS if missing >> topic.bit & 1}
