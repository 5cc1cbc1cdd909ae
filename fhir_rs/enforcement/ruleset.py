"""A version of the labelling rules, ready to match: codes, blocks of codes, words.

The rules are data and passed in; `Rules` only knows how to apply them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from fhir_rs.enforcement.beginnings import begins, lowered
from fhir_rs.enforcement.code_systems import CodeSystems

DEFINITE = "D"
_SNOMED = "http://snomed.info/sct"
_SHORT = 200
_LONGEST_CODE = 64
_CONCEPT = re.compile(r"[0-9]{6,18}")
# The kind of thing at the end of SNOMED CT's full names of drugs and what they are made of.
_DRUG = re.compile(r"\((?:(?:real )?(?:medicinal |clinical )?(?:product|drug)|substance)[^()]*\)$")


class Hit(NamedTuple):
    """One rule that matched: its category, what it matched, D or C, and the labels it asks for."""

    category: str
    rule: str
    strength: str
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Term:
    """A rule about words: `begins` finds where `pattern` may match, in a lowered text."""

    hit: Hit
    pattern: re.Pattern[str]
    begins: re.Pattern[str]


def _terms(rows: Iterable[Any]) -> tuple[Term, ...]:
    return tuple(
        Term(
            Hit(category, f"text|{words[:40]}", strength, tuple(labels)),
            re.compile(words, re.IGNORECASE),
            begins([words]),
        )
        for category, strength, words, labels in rows
    )


@dataclass(frozen=True, eq=False)
class Rules:
    """A version of the rule set."""

    version: str
    confidentiality: Mapping[str, str]
    systems: CodeSystems
    drug_systems: frozenset[str]
    codes: Mapping[tuple[str, str], tuple[Hit, ...]]
    blocks: Mapping[str, Mapping[str, tuple[Hit, ...]]]
    types: Mapping[str, Hit]
    terms: tuple[Term, ...]
    medicines: tuple[Term, ...]
    services: tuple[tuple[Hit, re.Pattern[str]], ...]
    both: tuple[Term, ...]
    any_begins: re.Pattern[str]
    not_sensitive: re.Pattern[str]

    @classmethod
    def from_json(cls, wire: Mapping[str, Any]) -> Rules:
        """Read the rule file; raise ValueError for a word rule that begins with no known word."""
        terms, medicines = _terms(wire["terms"]), _terms(wire["medicines"])
        rows = [*wire["terms"], *wire["medicines"]]
        return cls(
            version=str(wire["version"]),
            confidentiality=dict(wire["confidentiality"]),
            systems=CodeSystems.from_json(wire["systems"], wire["spellings"]),
            drug_systems=frozenset(wire["drug_systems"]),
            codes=_codes(wire),
            blocks={system: _blocks(system, rows) for system, rows in wire["blocks"].items()},
            types={t: Hit(r[0], f"type|{t}", r[1], tuple(r[2])) for t, r in wire["types"].items()},
            terms=terms,
            medicines=medicines,
            services=tuple(
                (Hit(category, "service", DEFINITE, tuple(labels)), re.compile(words, re.I))
                for category, words, labels in wire["services"]
            ),
            both=(*terms, *medicines),
            any_begins=begins(words for _, _, words, _ in rows),
            not_sensitive=re.compile("|".join(wire["not_sensitive"]), re.IGNORECASE),
        )

    def of_coding(self, system: str, code: str) -> tuple[Hit, ...]:
        """The rules for one coding, in every spelling of its system and of its code.

        A block counts beside the code's own entry, except where that entry says that the code
        needs context.
        """
        system = self.systems.known(system)
        if len(code) > _LONGEST_CODE and system != _SNOMED:
            code = code[:_LONGEST_CODE]
        if system in self.blocks:
            return self._of_block(system, _bare(code))
        found = self.codes.get((system, code), ())
        if not found and system == _SNOMED and not code.isdigit():
            # A compositional expression, or a code with its term behind it: each concept counts.
            for concept in dict.fromkeys(_CONCEPT.findall(code)):
                found += self.codes.get((system, concept), ())
        return found

    def _of_block(self, system: str, code: str) -> tuple[Hit, ...]:
        blocks, found = self.blocks[system], self.codes.get((system, code), ())
        contextual = {hit.category for hit in found if hit.strength != DEFINITE}
        under = (hit for end in range(2, len(code) + 1) for hit in blocks.get(code[:end], ()))
        return (*found, *(hit for hit in under if hit.category not in contextual))

    def names_a_drug(self, system: str, display: str) -> bool:
        """Whether the words of a coding are the name of a medicine."""
        system = self.systems.known(system)
        return system in self.drug_systems or (
            system == _SNOMED and _DRUG.search(display) is not None
        )

    def of_text(self, text: str, terms: tuple[Term, ...]) -> tuple[Hit, ...]:
        """The term rules that match `text`, look-alikes taken out first."""
        if len(text) <= _SHORT:
            return _of_short_text(self, text, terms)
        return self.search(text, terms)

    def search(self, text: str, terms: tuple[Term, ...]) -> tuple[Hit, ...]:
        """As `of_text`, without remembering the answer."""
        if not self.any_begins.search(lowered(text)):
            return ()
        text = self.not_sensitive.sub(" ", text)
        low = lowered(text)
        return tuple(
            term.hit for term in terms if term.begins.search(low) and term.pattern.search(text)
        )

    def of_service(self, encounter: Mapping[str, Any]) -> tuple[Hit, ...]:
        """What the kind of service says about everything that happened there (42 CFR Part 2)."""
        words = str(encounter.get("serviceType", ""))
        return tuple(hit for hit, pattern in self.services if pattern.search(words))


def _bare(code: str) -> str:
    # F10.20, f10.20 and F1020 are the same code.
    return "".join(code.split()).replace(".", "").upper()


def _codes(wire: Mapping[str, Any]) -> dict[tuple[str, str], tuple[Hit, ...]]:
    return {
        (system, _bare(code) if system in wire["blocks"] else code): tuple(
            Hit(category, f"{system}|{code}", strength, tuple(labels))
            for category, strength, labels in found
        )
        for system, by_code in wire["codes"].items()
        for code, found in by_code.items()
    }


def _blocks(system: str, rows: Iterable[Any]) -> dict[str, tuple[Hit, ...]]:
    found: dict[str, tuple[Hit, ...]] = {}
    for prefix, category, strength, labels in rows:
        hit = Hit(category, f"{system}|{prefix}.-", strength, tuple(labels))
        found[prefix] = (*found.get(prefix, ()), hit)
    return found


@lru_cache(maxsize=8192)
def _of_short_text(rules: Rules, text: str, terms: tuple[Term, ...]) -> tuple[Hit, ...]:
    # The same few displays come again and again in a record.
    return rules.search(text, terms)
