"""One walk over a resource, at any depth: its codings, texts, references, attachments (FS-45)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_TEXT_TYPES = re.compile(r"text/|application/(?:xml|xhtml|json|rtf)|[+](?:xml|json)", re.ASCII)
_MAX_ATTACHMENT = 2_000_000
# What a reference says about its holder: what the target is about, the holder is about too.
_CARRYING = frozenset(
    {
        "condition",
        "diagnosisReference",
        "reasonReference",
        "addresses",
        "target",
        "basedOn",
        "result",
        "hasMember",
        "derivedFrom",
        "medicationReference",
        "focus",
        "outcomeReference",
        "procedureReference",
        "supportingInfo",
        "request",
        "prescription",
        "authorizingPrescription",
        "item",
        "entry",
        "related",
        "goal",
        "activity",
        "reference",
        "claim",
        "partOf",
        "detail",
    }
)


class Reference(NamedTuple):
    """A reference found in a resource; `carries`: labels of the target belong to the holder too."""

    name: str
    target: str
    carries: bool


@dataclass(slots=True)
class Facts:
    """What the labelling rules and the indexes look at."""

    codings: list[tuple[str, str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    opaque_attachments: int = 0


def facts_of(resource: Mapping[str, Any]) -> Facts:
    """Collect the facts of `resource`, contained resources and extensions included."""
    facts = Facts()
    for name, value in resource.items():
        if name != "meta":
            _walk(value, name, facts)
    return facts


def _walk(value: Any, name: str, facts: Facts) -> None:
    if isinstance(value, dict):
        _object(value, name, facts)
        for member, inner in value.items():
            if isinstance(inner, (dict, list)):
                _walk(inner, member, facts)
            elif isinstance(inner, str) and member in ("text", "div", "display"):
                facts.texts.append(inner)
    elif isinstance(value, list):
        for inner in value:
            _walk(inner, name, facts)


def _object(value: dict[str, Any], name: str, facts: Facts) -> None:
    code = value.get("code")
    if isinstance(code, str) and "unit" not in value:
        system, display = value.get("system"), value.get("display")
        facts.codings.append(
            (
                system if isinstance(system, str) else "",
                code,
                display if isinstance(display, str) else "",
            )
        )
    reference = value.get("reference")
    if isinstance(reference, str):
        facts.references.append(Reference(name, reference, name in _CARRYING))
    if isinstance(value.get("data"), str):
        _attachment(value, facts)


def _attachment(value: dict[str, Any], facts: Facts) -> None:
    declared = value.get("contentType")
    if not isinstance(declared, str) or len(value["data"]) > _MAX_ATTACHMENT:
        return
    if not _TEXT_TYPES.search(declared.lower()):
        facts.opaque_attachments += 1
        return
    try:
        decoded = base64.b64decode(value["data"], validate=False)
    except (binascii.Error, ValueError):
        facts.opaque_attachments += 1
        return
    facts.texts.append(decoded.decode("utf-8", "replace"))


def local_targets(facts: Facts) -> Iterator[Reference]:
    """The references to resources by `Type/id`, without versions and fragments."""
    for found in facts.references:
        target = found.target.partition("/_history/")[0].partition("#")[0]
        if target:
            yield found._replace(target=target)
