"""The HEART scope grammar: resource, confidentiality, sensitivity, btg (HEART FHIR scopes 2-4)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from heart_uma.label_systems import CONFIDENTIALITY
from heart_uma.topics import TOPICS, label_scopes

Access = Literal["read", "write", "*"]
Family = Literal["resource", "conf", "sens", "btg", "plain"]

UMA_PROTECTION = "uma_protection"
UMA_POLICY = "uma_policy"
OWNER = "owner"
BTG = "btg"
PLAIN: frozenset[str] = frozenset(
    {"openid", "profile", "email", "offline_access", UMA_PROTECTION, UMA_POLICY, OWNER}
)
_RESOURCE = re.compile(r"(patient|user|system)/([A-Z][A-Za-z]{1,63}|\*)\.(read|write|\*)", re.ASCII)
_SENSITIVITY: frozenset[str] = frozenset(code for topic in TOPICS for code in topic.covers)


@dataclass(frozen=True, slots=True)
class Scope:
    """One parsed scope string.

    `family` tells which; for a resource scope `context` (patient, user, system), `fhir_type` (or
    `*`) and `access` are set; for `conf/` and `sens/` scopes `code` is; `text` is what was read.
    """

    family: Family
    text: str
    context: str = ""
    fhir_type: str = ""
    access: str = ""
    code: str = ""


def parse(text: str) -> Scope:
    """Parse one scope, case-sensitively; raise ValueError for what the grammar does not know."""
    if match := _RESOURCE.fullmatch(text):
        return Scope("resource", text, match[1], match[2], match[3])
    family, _, code = text.partition("/")
    if family == "conf" and code in CONFIDENTIALITY[3:]:
        return Scope("conf", text, code=code)
    if family == "sens" and code in _SENSITIVITY:
        return Scope("sens", text, code=code)
    if text == BTG:
        return Scope("btg", text)
    if text in PLAIN:
        return Scope("plain", text)
    raise ValueError(f"unknown scope {text[:80]!r}")


def resource_scope(fhir_type: str, access: Access) -> str:
    """The HEART string for one patient's records of `fhir_type`: `patient/Observation.read`."""
    return f"patient/{fhir_type}.{access}"


def resource_scopes(fhir_type: str) -> list[str]:
    """The scopes every registered resource of `fhir_type` offers, whatever data exists."""
    base = [resource_scope(fhir_type, access) for access in ("read", "write", "*")]
    return [*base, *label_scopes(), BTG]


def is_base(text: str) -> bool:
    """True for a scope that reaches data; label scopes and btg only lift filters."""
    return _RESOURCE.fullmatch(text) is not None


def covers(granted: Collection[str], needed: str) -> bool:
    """True when `granted` holds `needed`, directly or through a `*`."""
    if needed in granted:
        return True
    match = _RESOURCE.fullmatch(needed)
    if match is None:
        return False
    context, fhir_type, access = match.groups()
    wider = (
        f"{context}/{fhir_type}.*",
        f"{context}/*.{access}",
        f"{context}/*.*",
    )
    return any(scope in granted for scope in wider)
