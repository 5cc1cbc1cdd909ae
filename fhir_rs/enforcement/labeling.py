"""The Security Labeling Service: what a resource says -> its labels (HL7 DS4P).

The rules are passed in; `ruleset.py` knows how to apply one to a code or a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from fhir_rs.enforcement.facts import Facts
from fhir_rs.enforcement.ruleset import DEFINITE, Hit, Rules

_MEDICINE_TYPES = re.compile(r"Medication|Immunization", re.ASCII)


def hits_of(resource: Mapping[str, Any], facts: Facts, rules: Rules) -> tuple[Hit, ...]:
    """Every rule that matches `resource`.

    Negated, refuted, ordered and performed findings are labelled alike: that somebody asked is
    as telling as the answer.
    """
    type_ = str(resource.get("resourceType"))
    of_type = rules.types.get(type_)
    found: dict[Hit, None] = {of_type: None} if of_type else {}
    is_medicine = _MEDICINE_TYPES.match(type_) is not None
    listed: set[str] = set()
    for system, code, display in facts.codings:
        hits = rules.of_coding(system, code)
        found.update(dict.fromkeys(hits))
        if hits:
            # The list has judged this concept; its words are no second opinion.
            listed.add(display)
        elif display and rules.names_a_drug(system, display):
            # Clinical drugs and packs are never in an ingredient list; their names are.
            found.update(dict.fromkeys(rules.of_text(display, rules.medicines)))
    terms = rules.both if is_medicine else rules.terms
    for text in facts.texts:
        if text in listed:
            continue
        found.update(dict.fromkeys(rules.of_text(text, terms)))
    if type_ == "Encounter":
        found.update(dict.fromkeys(rules.of_service(resource)))
    return tuple(found)


def awake(evidence: Iterable[tuple[str, str, str]]) -> frozenset[str]:
    """The categories in which contextual hits count for one patient.

    Parameters: (category, rule, strength) of every hit in the record. One definite hit is enough,
    or two different rules; the same yearly questionnaire twice is one rule.
    """
    rules: dict[str, set[str]] = {}
    definite = set()
    for category, rule, strength in evidence:
        rules.setdefault(category, set()).add(rule)
        if strength == DEFINITE:
            definite.add(category)
    return frozenset(definite | {category for category, seen in rules.items() if len(seen) > 1})


def labels_of(hits: Iterable[Hit], awake_categories: frozenset[str]) -> tuple[str, ...]:
    """The sensitivity codes the hits ask for, sorted."""
    return tuple(
        sorted(
            {
                label
                for hit in hits
                if hit.strength == DEFINITE or hit.category in awake_categories
                for label in hit.labels
            }
        )
    )
