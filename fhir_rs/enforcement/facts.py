"""One walk over a resource, at any depth: its codings, texts, references, attachments (FHIR 6.1).

Every string, markdown and narrative of every type is a text, the members of the resource itself
included; `elements.py` says what is left out and why.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fhir_rs.enforcement.attachments import decoded, text_of
from fhir_rs.enforcement.elements import Holds, Member, is_judged_apart, walk_of
from fhir_rs.enforcement.markup import words_of_markup
from fhir_rs.enforcement.references import key_of, may_lead_inside

# Parts of a name or an address as HL7's extensions write them: they must not label their bearer.
_NAME_PARTS = re.compile(
    r"/(?:humanname-|iso21090-(?:EN|AD|TEL)|contactpoint-|patient-mothersMaidenName|geolocation)"
)
# What is drawn as nothing, within a word as well (Unicode: Default_Ignorable_Code_Point), and the
# format characters (Cf) beyond that.
_INVISIBLE = re.compile(
    "[\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_ANYTHING = Member(Holds.OBJECT, "?")
_BESIDE = Member(Holds.OBJECT, "Element")


class Reference(NamedTuple):
    """A reference as it stands in a resource.

    `name` is its member; `value` the Reference element (or an attachment's `url` as one);
    `targets` the types that R4 allows there; `carries`: labels of the target belong to the holder
    too; `holds`: the target is content of the holder, or for a Binary the other way round;
    `inside`: it stands in something contained that has a verdict of its own (`contained.py`).
    """

    name: str
    value: Mapping[str, Any]
    targets: tuple[str, ...] = ()
    carries: bool = False
    holds: bool = False
    inside: bool = False

    def key(self, bases: Sequence[str] = ()) -> str:
        """What it means (see `references.py`)."""
        return key_of(self.value, bases, self.targets)

    @property
    def target(self) -> str:
        """Its key, as far as it can be told without the record's own addresses."""
        return self.key()


@dataclass(slots=True)
class Facts:
    """What the labelling rules and the indexes look at.

    `unread` counts the attachments whose content could not be read, in whole or in part.
    """

    codings: list[tuple[str, str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    unread: int = 0
    narrative: bool = False
    reading: bool = True
    """False: only references are looked for, and no text is taken apart."""


def facts_of(resource: Mapping[str, Any]) -> Facts:
    """Collect the facts of `resource`, contained resources and extensions included."""
    facts = Facts()
    _resource(resource, facts)
    return facts


def references_of(resource: Mapping[str, Any]) -> Facts:
    """Only the references of `resource`, and whether it has a narrative: a quicker walk."""
    facts = Facts(reading=False)
    _resource(resource, facts)
    return facts


def _resource(resource: Mapping[str, Any], facts: Facts) -> None:
    type_ = str(resource.get("resourceType"))
    _members(resource, type_, facts)
    context = resource.get("securityContext")
    if type_ == "Binary" and isinstance(context, dict):
        # R4 Binary: for access the content is treated as if it were this other resource.
        facts.references.append(Reference("securityContext", context, holds=True))


def _inner(resource: Mapping[str, Any], name: str, facts: Facts) -> None:
    before = len(facts.references)
    _resource(resource, facts)
    if name == "contained" and is_judged_apart(str(resource.get("resourceType"))):
        fresh = facts.references[before:]
        facts.references[before:] = [found._replace(inside=True) for found in fresh]


def _members(value: Mapping[str, Any], shape: str, facts: Facts) -> None:
    known = walk_of(shape)
    for name, inner in value.items():
        member = known.get(name, _ANYTHING)
        if member is None:
            continue
        if member is not _ANYTHING:
            if member.holds is not Holds.NOTHING or isinstance(inner, (dict, list)):
                _each(inner, member, name, facts)
        elif name.startswith("_"):
            # Beside a primitive value stand its extensions (R4 json 2.6.2.3).
            _each(inner, _BESIDE, name, facts)
        else:
            # What R4 does not know may not be passed over: it is read as text at every depth.
            _each(inner, _ANYTHING, name, facts)


def _each(value: Any, member: Member, name: str, facts: Facts) -> None:
    if isinstance(value, list):
        for inner in value:
            _each(inner, member, name, facts)
    elif isinstance(value, dict):
        if member.holds is Holds.RESOURCE:
            _inner(value, name, facts)
        elif member.holds is Holds.OBJECT:
            _OBJECTS.get(member.shape, _object)(value, member, name, facts)
        else:
            # An object where R4 has a plain value: whoever wrote it meant something by it.
            _anything(value, _ANYTHING, name, facts)
    elif isinstance(value, str):
        _text(value, member, facts)


def _text(value: str, member: Member, facts: Facts) -> None:
    if member.holds is Holds.NARRATIVE:
        facts.narrative = True
    if not facts.reading or member.holds is Holds.NOTHING:
        return
    if member.holds is Holds.NARRATIVE:
        facts.texts.append(folded(words_of_markup(value)[0]))
    elif member.holds is Holds.BYTES:
        _content(value, facts)
    elif value:
        facts.texts.append(value if value.isascii() else folded(value))


def folded(text: str) -> str:
    """Text as the rules read it: no second spelling of a letter, no invisible characters."""
    if text.isascii():
        return text
    # The invisible first: some of it becomes something else in the other form.
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def _content(value: str, facts: Facts) -> None:
    data = decoded(value)
    reading = text_of(data) if data is not None else None
    if reading is None or not reading.whole:
        facts.unread += 1
    if reading is not None and reading.text:
        facts.texts.append(folded(reading.text))


def _object(value: dict[str, Any], member: Member, name: str, facts: Facts) -> None:
    _members(value, member.shape, facts)


def _coding(value: dict[str, Any], member: Member, name: str, facts: Facts) -> None:
    code, system, display = value.get("code"), value.get("system"), value.get("display")
    if isinstance(code, str):
        facts.codings.append(
            (
                system if isinstance(system, str) else "",
                code,
                folded(display) if isinstance(display, str) else "",
            )
        )
    _members(value, member.shape, facts)


def _reference(value: dict[str, Any], member: Member, name: str, facts: Facts) -> None:
    if "reference" in value or "identifier" in value:
        facts.references.append(Reference(name, value, member.targets, member.carries))
    _members(value, "Reference", facts)


def _attachment(value: dict[str, Any], member: Member, name: str, facts: Facts) -> None:
    url = value.get("url")
    if isinstance(url, str) and url:
        link = Reference("url", {"reference": url}, ("Binary",), carries=True, holds=True)
        facts.references.append(link)
    _members(value, "Attachment", facts)


def _extension(value: dict[str, Any], member: Member, name: str, facts: Facts) -> None:
    if not _NAME_PARTS.search(str(value.get("url"))):
        _members(value, "Extension", facts)


def _anything(value: dict[str, Any], member: Member, name: str, facts: Facts) -> None:
    code = value.get("code")
    if isinstance(code, str):
        facts.codings.append(
            (str(value.get("system") or ""), code, str(value.get("display") or ""))
        )
    if "reference" in value:
        facts.references.append(Reference(name, value, carries=True))
    for inner_name, inner in value.items():
        _each(inner, _ANYTHING, inner_name, facts)


_Walk = Callable[[dict[str, Any], Member, str, Facts], None]
_OBJECTS: dict[str, _Walk] = {
    "Coding": _coding,
    "ValueSet.expansion.contains": _coding,
    "CodeSystem.concept": _coding,
    "Reference": _reference,
    "Attachment": _attachment,
    "Extension": _extension,
    "?": _anything,
}


def local_targets(facts: Facts, bases: Sequence[str] = ()) -> Iterator[tuple[Reference, str]]:
    """The references that can lead to a resource of this record, each with its key."""
    for found in facts.references:
        key = found.key(bases)
        if key and may_lead_inside(key):
            yield found, key
