"""HL7's tables of R4 as they lie in `data/r4/`, made by `python -m fhir_rs.definitions`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _table(name: str) -> Any:
    text = (files("fhir_rs") / "data" / "r4" / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text)


def shapes() -> Mapping[str, Mapping[str, str]]:
    """Shape (resource, data type, backbone) -> member -> type."""
    found: Mapping[str, Mapping[str, str]] = _table("elements")
    return found


def compartment() -> Mapping[str, list[str]]:
    """Resource type -> the search parameters that put it into a Patient's compartment."""
    found: Mapping[str, list[str]] = _table("patient_compartment")
    return found


def search_parameters() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Resource type -> search parameter -> its type, definition, paths and targets."""
    found: Mapping[str, Mapping[str, Mapping[str, Any]]] = _table("search_parameters")
    return found


def dates() -> Mapping[str, list[str]]:
    """Resource type -> its members that say when, the first the most telling."""
    found: Mapping[str, list[str]] = _table("dates")
    return found


def required_codes() -> Mapping[str, Mapping[str, str]]:
    """Shape -> member -> the codes that a required binding allows, a blank between them."""
    found: Mapping[str, Mapping[str, str]] = _table("required_codes")
    return found


def profiles() -> Mapping[str, list[str]]:
    """Resource type -> the addresses of R4's own profiles of it."""
    found: Mapping[str, list[str]] = _table("profiles")
    return found
