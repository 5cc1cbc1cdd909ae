"""Security labels as bits: one integer mask of a record, one bit a topic (topics.py).

Access needs every bit to be allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from heart_uma.label_systems import (
    CONFIDENTIALITY,
    CONFIDENTIALITY_SYSTEM,
    HANDLING_CODES,
    HANDLING_SYSTEMS,
    NULL_FLAVOR_SYSTEM,
    SENSITIVITY_SYSTEM,
    SYSTEM_ALIASES,
)
from heart_uma.topics import RESTRICTED, TOPICS, VERY_RESTRICTED

UNKNOWN_BIT = 0
"""The bit of a label that nobody here understands: never allowed."""
UNREAD = "UNK"  # what could not be read and is placed by nothing else: the unknown bit

_BIT_OF_CODE: Mapping[str, int] = {c: topic.bit for topic in TOPICS for c in topic.covers}
_BIT_OF_SCOPE: Mapping[str, int] = {
    **{f"sens/{code}": bit for code, bit in _BIT_OF_CODE.items()},
    "conf/R": RESTRICTED.bit,
    "conf/V": VERY_RESTRICTED.bit,
}


def is_topic_code(code: str) -> bool:
    """True for an ActCode that belongs to a topic."""
    return code in _BIT_OF_CODE


def label_coding(code: str) -> dict[str, str]:
    """The `meta.security` coding of a label that this system gives."""
    system = NULL_FLAVOR_SYSTEM if code == UNREAD else SENSITIVITY_SYSTEM
    return {"system": system, "code": code}


def mask_of(security: Iterable[Mapping[str, Any]]) -> int:
    """The label mask of a resource's `meta.security` codings.

    R counts as a topic of its own only where no sensitivity code explains it; V always counts;
    what is not understood sets the unknown bit, so that it fails closed.
    """
    mask = 0
    restricted = False
    for coding in security:
        system, code = str(coding.get("system") or ""), str(coding.get("code") or "")
        system = SYSTEM_ALIASES.get(system, system)
        if system in HANDLING_SYSTEMS or (system == SENSITIVITY_SYSTEM and code in HANDLING_CODES):
            continue
        if system == CONFIDENTIALITY_SYSTEM and code in CONFIDENTIALITY:
            restricted = restricted or code == "R"
            mask |= (1 << VERY_RESTRICTED.bit) if code == "V" else 0
        elif system == SENSITIVITY_SYSTEM and code in _BIT_OF_CODE:
            mask |= 1 << _BIT_OF_CODE[code]
        else:
            mask |= 1 << UNKNOWN_BIT
    if restricted and not mask:
        mask = 1 << RESTRICTED.bit
    return mask


def mask_allowed(scopes: Iterable[str]) -> int:
    """The bits that a set of HEART scopes lifts: `sens/X` its topic, `conf/R` and `conf/V` theirs.

    `conf/V` reaches R as well (the order of the codes). Scopes of other families lift nothing.
    """
    mask = 0
    for scope in scopes:
        bit = _BIT_OF_SCOPE.get(scope)
        if bit is not None:
            mask |= 1 << bit
    if mask >> VERY_RESTRICTED.bit & 1:
        mask |= 1 << RESTRICTED.bit
    return mask


def topics_of(mask: int) -> list[str]:
    """The topic codes of a mask, in bit order; the unknown bit reads as `unknown`."""
    topics = ["unknown"] if mask & (1 << UNKNOWN_BIT) else []
    topics.extend(topic.code for topic in TOPICS if mask & (1 << topic.bit))
    return topics
