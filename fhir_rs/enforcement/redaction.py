"""A reference keeps its target and loses its words when the target is withheld (R4 references).

`display` and `identifier` of a reference are the target's own content. They are cut when the
target is not shown, and just so when there is no such target here: the two look alike. What is
contained goes where its kind is not shared. The narrative, which retells it all, goes with any of
them, and the resource then says that it was cut. People and places are named wherever they are
referred to.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fhir_rs.enforcement.facts import Reference, references_of
from fhir_rs.enforcement.references import may_lead_inside, type_of
from fhir_rs.enforcement.splicing import elements, members, with_members
from heart_uma.kinds import DIRECTORY_TYPES

OBSERVATION_VALUE = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
CUT_MARKS = frozenset({"SUBSETTED", "REDACTED"})
_WORDS = ("display", "identifier")
_MASKED = json.dumps(
    {
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
                "valueCode": "masked",
            }
        ]
    },
    separators=(",", ":"),
)


@dataclass(frozen=True, slots=True)
class Named:
    """What a resource names of others: `keys` of all its targets, and the words it says of them.

    `words` maps a Reference element, as canonical JSON, to its key.
    """

    keys: frozenset[str]
    words: Mapping[str, str]


def _is_judged(found: Reference, key: str) -> bool:
    """True for a reference that can lead to something with permissions of its own."""
    if not key or not may_lead_inside(key):
        return False
    type_ = type_of(key)
    types = {type_} if type_ else set(found.targets)
    return not types or not types <= DIRECTORY_TYPES


def _says_more(value: Mapping[str, Any]) -> bool:
    return any(word in value for word in _WORDS)


def may_be_cut(links: Sequence[tuple[Reference, str]], *, narrative: bool) -> bool:
    """False only if nothing in a resource can ever be cut for anybody, contained ones apart.

    Parameters: `links` are its references with their keys; `narrative`: it has one.
    """
    judged = [found for found, key in links if _is_judged(found, key)]
    return bool(judged) and (narrative or any(_says_more(found.value) for found in judged))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def named_in(resource: Mapping[str, Any], bases: Sequence[str]) -> Named:
    """What `resource` names of other resources of its record."""
    keys: set[str] = set()
    words: dict[str, str] = {}
    for found in references_of(resource).references:
        key = found.key(bases)
        if _is_judged(found, key) and not found.holds:
            keys.add(key)
            if _says_more(found.value):
                words[_canonical(found.value)] = key
    return Named(frozenset(keys), words)


@dataclass(frozen=True, slots=True)
class Cut:
    """What to take out of one body: Reference elements by their canonical JSON, contained ids."""

    references: frozenset[str] = frozenset()
    contained: frozenset[str] = frozenset()
    narrative: bool = False

    def __bool__(self) -> bool:
        return bool(self.references or self.contained or self.narrative)


def cut_of(named: Named, withheld: Collection[str], contained: Collection[str]) -> Cut:
    """What has to go when the targets in `withheld` and the `contained` ids are not shown."""
    return Cut(
        references=frozenset(text for text, key in named.words.items() if key in withheld),
        contained=frozenset(contained),
        narrative=not named.keys.isdisjoint(withheld) or bool(contained),
    )


def redacted(body: bytes, cut: Cut) -> bytes:
    """`body` without what `cut` names, marked as cut; every other value as it was written.

    The same bytes when nothing of it is there: a resource without words or a narrative is whole.
    """
    text = body.decode()
    made = _object(text, 0, cut)
    if made == _object(text, 0, Cut()):
        return body
    return _marked(made).encode()


def _marked(text: str) -> str:
    """`text` saying that it is not the whole resource (R4 resource meta; security labels)."""
    meta = json.loads(text).get("meta")
    meta = dict(meta) if isinstance(meta, dict) else {}
    for name, code in (("tag", "SUBSETTED"), ("security", "REDACTED")):
        meta[name] = [*meta.get(name, []), {"system": OBSERVATION_VALUE, "code": code}]
    return with_members(text, {"meta": meta})


def _object(text: str, at: int, cut: Cut) -> str:
    found = list(members(text, at))
    names = {member.name for member in found}
    if cut.contained and "reference" in names and _leads_to(found, cut.contained):
        return _MASKED
    without_words = False
    if cut.references and not names.isdisjoint(("reference", "identifier")):
        whole = _canonical({member.name: member.value for member in found})
        without_words = whole in cut.references
    kept = []
    for member in found:
        if without_words and member.name in _WORDS:
            continue
        if (
            cut
            and member.name == "text"
            and isinstance(member.value, dict)
            and "div" in member.value
        ):
            continue
        value = _value(text, member.value_start, member.end, member.value, cut)
        if member.name == "contained" and value == "[]":
            continue
        kept.append(text[member.start : member.value_start] + value)
    return "{" + ",".join(kept) + "}"


def _leads_to(found: Sequence[Any], contained: Collection[str]) -> bool:
    written = next(member.value for member in found if member.name == "reference")
    return (
        isinstance(written, str)
        and written.strip().removeprefix("#") in contained
        and (written.strip().startswith("#"))
    )


def _value(text: str, start: int, end: int, value: Any, cut: Cut) -> str:
    if isinstance(value, dict):
        return _object(text, start, cut)
    if isinstance(value, list):
        pairs = zip(elements(text, start), value, strict=True)
        kept = [
            _value(text, s, e, v, cut)
            for (s, e), v in pairs
            if not (isinstance(v, dict) and _is_left_out(v, cut.contained))
        ]
        return "[" + ",".join(kept) + "]"
    return text[start:end]


def _is_left_out(value: Mapping[str, Any], contained: Collection[str]) -> bool:
    return "resourceType" in value and str(value.get("id") or "") in contained
