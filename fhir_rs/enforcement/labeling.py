"""The Security Labeling Service: what a resource says -> its labels and mask (SC-1..14, FS 7.2).

The rules are data and passed in; `Rules` only knows how to apply them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from fhir_rs.enforcement.facts import Facts
from heart_uma.labels import (
    CONFIDENTIALITY,
    CONFIDENTIALITY_SYSTEM,
    label_coding,
    mask_of,
)

_ICD = "http://hl7.org/fhir/sid/icd-10-cm"
_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_MEDICINE_TYPES = re.compile(r"Medication|Immunization", re.ASCII)
_REPLACED = {"SICKLE": "SCA", "NORDSLCD": "NORDSCLCD"}
_DEFINITE = "D"
_SHORT = 200


class Hit(NamedTuple):
    """One rule that matched: its category, what it matched, D or C, and the labels it asks for."""

    category: str
    rule: str
    strength: str
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class _Term:
    category: str
    strength: str
    pattern: re.Pattern[str]
    labels: tuple[str, ...]


def _terms(rows: Iterable[Any]) -> tuple[_Term, ...]:
    return tuple(
        _Term(row[0], row[1], re.compile(row[2], re.IGNORECASE), tuple(row[3])) for row in rows
    )


@dataclass(frozen=True, eq=False)
class Rules:
    """A version of the rule set, ready to match."""

    version: str
    confidentiality: Mapping[str, str]
    aliases: Mapping[str, str]
    codes: Mapping[tuple[str, str], tuple[Hit, ...]]
    prefixes: Mapping[str, tuple[Hit, ...]]
    types: Mapping[str, Hit]
    terms: tuple[_Term, ...]
    medicines: tuple[_Term, ...]
    services: tuple[_Term, ...]
    both: tuple[_Term, ...]
    any_term: re.Pattern[str]
    not_sensitive: re.Pattern[str]

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> Rules:
        """Read the rule file."""
        codes = {
            (system, code): tuple(Hit(c, f"{system}|{code}", s, tuple(ls)) for c, s, ls in found)
            for system, by_code in wire["codes"].items()
            for code, found in by_code.items()
        }
        # F10.20 and F1020 are the same code (SC-2).
        for (system, code), hits in list(codes.items()):
            if system == _ICD:
                codes[(system, code.replace(".", ""))] = hits
        prefixes: dict[str, tuple[Hit, ...]] = {}
        for prefix, category, strength, labels in wire["icd10cm"]:
            hit = Hit(category, f"{_ICD}|{prefix}.-", strength, tuple(labels))
            prefixes[prefix] = (*prefixes.get(prefix, ()), hit)
        sources = [row[2] for row in wire["terms"]] + [row[2] for row in wire["medicines"]]
        return cls(
            version=str(wire["version"]),
            confidentiality=dict(wire["confidentiality"]),
            aliases={a: system for system, names in wire["systems"].items() for a in names},
            codes=codes,
            prefixes=prefixes,
            types={t: Hit(r[0], f"type|{t}", r[1], tuple(r[2])) for t, r in wire["types"].items()},
            terms=_terms(wire["terms"]),
            medicines=_terms(wire["medicines"]),
            services=_terms([c, _DEFINITE, rx, ls] for c, rx, ls in wire["services"]),
            both=(*_terms(wire["terms"]), *_terms(wire["medicines"])),
            any_term=re.compile("|".join(f"(?:{s})" for s in sources), re.IGNORECASE),
            not_sensitive=re.compile("|".join(wire["not_sensitive"]), re.IGNORECASE),
        )

    def of_coding(self, system: str, code: str) -> tuple[Hit, ...]:
        """The rules for one coding.

        A block of ICD-10-CM counts beside the code's own entry, except where that entry says that
        the code needs context.
        """
        system = self.aliases.get(system, system)
        found = self.codes.get((system, code), ())
        if system != _ICD:
            return found
        contextual = {hit.category for hit in found if hit.strength != _DEFINITE}
        dotless = code.replace(".", "").upper()
        blocks = (
            hit
            for length in range(3, len(dotless) + 1)
            for hit in self.prefixes.get(dotless[:length], ())
        )
        return (*found, *(hit for hit in blocks if hit.category not in contextual))

    def of_text(self, text: str, terms: tuple[_Term, ...]) -> tuple[Hit, ...]:
        """The term rules that match `text`, look-alikes taken out first."""
        if len(text) <= _SHORT:
            return _of_short_text(self, text, terms)
        return self.search(text, terms)

    def search(self, text: str, terms: tuple[_Term, ...]) -> tuple[Hit, ...]:
        """As `of_text`, without remembering the answer."""
        if not self.any_term.search(text):
            return ()
        text = self.not_sensitive.sub(" ", text)
        return tuple(
            Hit(term.category, f"text|{term.pattern.pattern[:40]}", term.strength, term.labels)
            for term in terms
            if term.pattern.search(text)
        )

    def of_service(self, encounter: Mapping[str, Any]) -> tuple[Hit, ...]:
        """What the kind of service says about everything that happened there (SC-12, FS-50)."""
        words = str(encounter.get("serviceType", ""))
        return tuple(
            Hit(t.category, "service", t.strength, t.labels)
            for t in self.services
            if t.pattern.search(words)
        )


@lru_cache(maxsize=8192)
def _of_short_text(rules: Rules, text: str, terms: tuple[_Term, ...]) -> tuple[Hit, ...]:
    # The same few displays come again and again in a record.
    return rules.search(text, terms)


def hits_of(resource: Mapping[str, Any], facts: Facts, rules: Rules) -> tuple[Hit, ...]:
    """Every rule that matches `resource`.

    Negated, refuted, ordered and performed findings are labelled alike: that somebody asked is
    as telling as the answer (SC-6, SC-7).
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
        elif display and rules.aliases.get(system, system) == _RXNORM:
            # Clinical drugs and packs are never in an ingredient list; their names are (SC-4).
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
    """The categories in which contextual hits count for one patient (SC-8).

    Parameters: (category, rule, strength) of every hit in the record. One definite hit is enough,
    or two different rules; the same yearly questionnaire twice is one rule.
    """
    rules: dict[str, set[str]] = {}
    definite = set()
    for category, rule, strength in evidence:
        rules.setdefault(category, set()).add(rule)
        if strength == _DEFINITE:
            definite.add(category)
    return frozenset(definite | {category for category, seen in rules.items() if len(seen) > 1})


def labels_of(hits: Iterable[Hit], awake_categories: frozenset[str]) -> tuple[str, ...]:
    """The sensitivity codes the hits ask for, sorted."""
    return tuple(
        sorted(
            {
                label
                for hit in hits
                if hit.strength == _DEFINITE or hit.category in awake_categories
                for label in hit.labels
            }
        )
    )


def security_of(
    source: Iterable[Mapping[str, Any]], sensitivity: Iterable[str]
) -> list[dict[str, Any]]:
    """`meta.security` with exactly one confidentiality code: the high-water mark (FS-8, SC-11).

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
    one beside it (DESIGN 9).
    """
    return mask_of(source) | mask_of(map(label_coding, sensitivity))
