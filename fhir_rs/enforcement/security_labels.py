"""The labels of a resource as `meta.security` and as a mask: those it came with, those found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from heart_uma.label_systems import CONFIDENTIALITY, CONFIDENTIALITY_SYSTEM
from heart_uma.labels import label_coding, mask_of

_REPLACED = {"SICKLE": "SCA", "NORDSLCD": "NORDSCLCD"}


def security_of(
    source: Iterable[Mapping[str, Any]], sensitivity: Iterable[str]
) -> list[dict[str, Any]]:
    """`meta.security` with exactly one confidentiality code: the high-water mark (HL7 DS4P).

    What the source sent stays; retired codes are replaced; what the rules found is added. A
    sensitivity code is R, anything else at least N.
    """
    kept: list[dict[str, Any]] = []
    seen: set[tuple[Any, Any]] = set()
    marks = ["N"]
    for coding in source:
        system, code = coding.get("system"), coding.get("code")
        if system == CONFIDENTIALITY_SYSTEM:
            marks.append(code if code in CONFIDENTIALITY else "V")
            continue
        code = _REPLACED.get(str(code), code)
        if (system, code) not in seen:
            seen.add((system, code))
            kept.append({**coding, "code": code} if code is not None else dict(coding))
    for coding in map(label_coding, sensitivity):
        if (coding["system"], coding["code"]) not in seen:
            seen.add((coding["system"], coding["code"]))
            kept.append(coding)
    if mask_of(kept):
        marks.append("R")
    highest = max(marks, key=CONFIDENTIALITY.index)
    return [{"system": CONFIDENTIALITY_SYSTEM, "code": highest}, *kept]


def mask_for(source: Iterable[Mapping[str, Any]], sensitivity: Iterable[str]) -> int:
    """The label mask: the source's word and the rules' word, united, never lowered.

    An R that the source sent without any topic stays a topic of its own, even when a rule finds
    one beside it.
    """
    return mask_of(source) | mask_of(map(label_coding, sensitivity))
