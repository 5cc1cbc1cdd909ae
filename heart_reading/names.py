"""PURE: what people, places and medicines are called, and what a reference points to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heart_reading.words import Resource, concept, items, text


def person_name(value: Any) -> str:
    """The official HumanName, else the first one."""
    named = items(value)
    named.sort(key=lambda name: name.get("use") != "official")
    for name in named:
        if text(name.get("text")):
            return text(name["text"])
        given = name.get("given")
        words = [text(g) for g in given] if isinstance(given, list) else []
        full = " ".join(filter(None, (*words, text(name.get("family")))))
        if full:
            return full
    return ""


def reference(value: Any, known: Mapping[str, Resource], inside: Resource | None = None) -> str:
    """What a Reference points to, in words: its display, or the name of what came along."""
    for one in items(value):
        if text(one.get("display")):
            return text(one["display"])
        found = led_to(one, known, inside)
        if found is not None and name_of(found):
            return name_of(found)
    return ""


def of_all(value: Any, known: Mapping[str, Resource], inside: Resource | None = None) -> str:
    """What several References point to, in one line."""
    said = (reference(one, known, inside) for one in items(value))
    return ", ".join(dict.fromkeys(filter(None, said)))


def led_to(
    link: Resource, known: Mapping[str, Resource], inside: Resource | None = None
) -> Resource | None:
    """What one Reference leads to: something contained, or something that came along."""
    target = link.get("reference")
    if not isinstance(target, str):
        return None
    if target.startswith("#") and inside is not None:
        held = [c for c in items(inside.get("contained")) if c.get("id") == target[1:]]
        return held[0] if held else None
    return known.get("/".join(target.split("/_history/")[0].split("/")[-2:]))


def name_of(resource: Resource) -> str:
    """The name of a person, place or medicine."""
    name = resource.get("name")
    if isinstance(name, str):
        return text(name)
    return person_name(name) or concept(resource.get("code"))
