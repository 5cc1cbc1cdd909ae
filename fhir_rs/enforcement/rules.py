"""The rule files of this package, read once."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from fhir_rs.enforcement.hints import Hints
from fhir_rs.enforcement.looking_up import PlainWords
from fhir_rs.enforcement.ruleset import Rules


def _read(name: str) -> Any:
    return json.loads((files("fhir_rs") / "data" / name).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def labeling_rules() -> Rules:
    """The labelling rules."""
    return Rules.from_json(_read("sensitivity_rules.json"))


@lru_cache(maxsize=1)
def hint_words() -> Hints:
    """The words and medicines that give a topic away."""
    return Hints.from_json(_read("hints.json"), labeling_rules().systems)


@lru_cache(maxsize=1)
def plain_words() -> PlainWords:
    """What people call what clinics measure."""
    return PlainWords.from_json(_read("plain_words.json"))
