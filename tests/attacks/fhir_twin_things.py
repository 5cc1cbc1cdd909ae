"""The resources of a record, before they are JSON and as it: what stands in them is known."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heart_uma.kinds import TYPE_KINDS
from heart_uma.label_systems import CONFIDENTIALITY_SYSTEM, SENSITIVITY_SYSTEM
from tests.fhir_rs.fake_as import BASE
from tests.fhir_rs.protected import RECORD
from tests.fhir_rs.store import ALICE, VITALS, coded

PAIRS = [*((t, k) for t, kinds in TYPE_KINDS.items() for k in kinds), ("Resource", "other")]
LIFTED = ["sens/ETH", "sens/HIV", "sens/PSY", "sens/GDIS", "conf/R", "conf/V"]
SAID = {
    "HIV": ("Known HIV positive", frozenset({"HIV"})),
    "SUD": ("Opioid use disorder", frozenset({"SUD", "ETH", "OPIOIDUD"})),
    "MH": ("Major depressive disorder", frozenset({"MH", "PSY"})),
    "GDIS": ("BRCA1 mutation", frozenset({"GDIS"})),
}
"""What a rule finds in a text, and the codes that it gives."""
DRUGS = {"Methadone 10 mg": ("SUD", frozenset({"SUD", "ETH"})),
         "Sertraline 50 mg": ("MH", frozenset({"MH"}))}  # fmt: skip
"""Medicines that label only where the record says elsewhere what they are for."""
SERVICE = ("Addiction medicine", frozenset({"SUD", "ETH"}))
SENT = ["ETH", "HIV", "GDIS", "PSY", "R", "V", "NOSUCH"]
STAYS = frozenset({"R", "V", "NOSUCH"})
DAYS = ["2018-01-02", "2019-05", "2020", "2021-07-08", None]
DATED = {"Ob": "effectiveDateTime", "Co": "recordedDate", "Li": "date", "Me": "authoredOn",
          "Di": "effectiveDateTime", "Cm": "date"}  # fmt: skip
ANY = ("Ob", "Co", "En", "Me", "Li", "Pl", "Do", "Di")
PLACES: dict[str, list[tuple[str, bool, tuple[str, ...]]]] = {
    "Ob": [("hasMember*", True, ("Ob",)), ("derivedFrom*", True, ("Ob", "Do")),
           ("focus*", True, ANY), ("encounter", False, ("En",))],
    "Co": [("evidence*.detail*", True, ANY), ("encounter", False, ("En",))],
    "En": [("diagnosis*.condition", True, ("Co",)), ("reasonReference*", True, ("Co", "Ob"))],
    "Me": [("reasonReference*", True, ("Co", "Ob")), ("encounter", False, ("En",))],
    "Pl": [("addresses*", True, ("Co",)), ("supportingInfo*", True, ANY)],
    "Li": [("entry*.item", True, ANY)],
    "Do": [("context.related*", True, ANY), ("content*.attachment.url", True, ("Bi",))],
    "Di": [("result*", True, ("Ob",)), ("presentedForm*.url", True, ("Bi",))],
    "Pv": [("target*", True, ANY), ("target*", True, ("Ob", "Co"))],
    "Qu": [("item*.answer*.valueReference", True, ANY), ("encounter", False, ("En",))],
    "Cm": [("section*.entry*", True, ANY), ("encounter", False, ("En",))],
    "Bi": [("securityContext", False, ("Do", "Co"))],
}  # fmt: skip
"""Where a reference stands: whether what it leads to labels its holder, and to what it leads."""
ASIDE = ("extension*.valueReference", False, ANY)
FILES = ("content*.attachment.url", "presentedForm*.url", "securityContext")
PEOPLE = {"Ob": "performer*", "Co": "recorder", "Me": "requester", "Pv": "agent*.who",
           "Cm": "author*"}  # fmt: skip
# One type alone may stand there, so that a bare id and an identifier mean one of that type.
TYPED = {"hasMember*": "", "encounter": "En", "addresses*": "Co", "result*": "Ob"}
TYPES = {
    "Ob": "Observation", "Co": "Condition", "En": "Encounter", "Me": "MedicationRequest",
    "Pl": "CarePlan", "Li": "List", "Do": "DocumentReference", "Di": "DiagnosticReport",
    "Pv": "Provenance", "Qu": "QuestionnaireResponse", "Cm": "Composition", "Bi": "Binary",
    "Fa": "FamilyMemberHistory", "Pr": "Practitioner", "Ro": "PractitionerRole",
    "Or": "Organization", "al": "Patient",
}  # fmt: skip
NUMBERS = {"Ob": 8, "Co": 7, "En": 4, "Me": 4, "Pl": 4, "Li": 3, "Do": 4, "Di": 2, "Pv": 2,
           "Qu": 2, "Cm": 2, "Bi": 5, "Fa": 2, "Pr": 5, "Ro": 2, "Or": 2}  # fmt: skip
"""How many of each there may be; the last of each is never there, and referred to all the same."""
HOWS = ["relative", "relative", "versioned", "absolute", "absolute version", "plain base",
        "encoded", "upper case", "bare", "urn", *["identifier", "typed identifier"] * 2,
        "conditional"]  # fmt: skip
BY_NAME = ("identifier", "typed identifier", "conditional")


def address_of(id_: str) -> str:
    """`Type/id`: an id begins with two letters of its type."""
    return f"{TYPES[id_[:2]]}/{id_}"


@dataclass(frozen=True)
class Ref:
    """A reference: where it stands, to whom, in which spelling, with which words beside it.

    `value` is the identifier that it names, where it names one; `words` are "d", "i", both, none.
    """

    path: str
    carries: bool
    to: str
    how: str
    words: str
    number: int
    value: str = ""

    @property
    def by_name(self) -> bool:
        return self.how in BY_NAME and self.path not in FILES

    def json(self, said: str) -> Any:
        """The element, or the address of a file; `said` are its words."""
        target = address_of(self.to)
        base = f"{BASE}/r/{RECORD}"
        written = {
            "versioned": f"{target}/_history/1", "absolute": f"{base}/{target}",
            "absolute version": f"{base}/{target}/_history/1", "plain base": f"{BASE}/{target}",
            "encoded": target.replace("/", "%2F"), "bare": self.to, "urn": f"urn:uuid:{self.to}",
            "upper case": base.replace("http", "HTTP", 1) + f"/{target}",
            "conditional": f"{TYPES[self.to[:2]]}?identifier=urn:s|{self.value}",
        }.get(self.how, target)  # fmt: skip
        if self.path.endswith("url"):
            return target if self.how in ("bare", *BY_NAME) else written
        if self.path in FILES:
            return {"reference": target}
        identifier = {"system": "urn:s", "value": self.value}
        found: dict[str, Any] = {}
        if self.how in ("identifier", "typed identifier"):
            found = {"identifier": identifier}
            if self.how == "typed identifier":
                found["type"] = TYPES[self.to[:2]]
        else:
            found["reference"] = written
            if "i" in self.words:
                found["identifier"] = {"system": "urn:w", "value": said.replace(" ", "-")}
        if "d" in self.words:
            found["display"] = said
        return found


@dataclass(frozen=True)
class Inner:
    """Something contained: a diagnosis, a value or a drug, perhaps a copy of another resource."""

    code: str
    number: int
    codes: frozenset[str] = frozenset()
    day: str | None = None
    copy_of: str = ""
    person: str = ""

    @property
    def verdict(self) -> bool:
        """True for what has a kind, and so a verdict of its own."""
        return self.code != "Mn"


@dataclass(frozen=True)
class Thing:
    """One resource, before it is JSON."""

    id: str
    number: int
    day: str | None = None
    level: int = 0
    sent: str = ""
    said: str = ""
    drug: str = ""
    service: bool = False
    category: bool = False
    identifier: str = ""
    narrative: int = 0
    refs: tuple[Ref, ...] = ()
    people: tuple[str, ...] = ()
    inner: tuple[Inner, ...] = ()
    old: str | None = None
    pdf: bool = False
    escaped: bool = False

    @property
    def code(self) -> str:
        return self.id[:2]

    @property
    def type(self) -> str:
        return TYPES[self.code]

    @property
    def address(self) -> str:
        return f"{self.type}/{self.id}"

    @property
    def names_patient(self) -> bool:
        """True when it, or something in it, says whose it is."""
        of = self.code not in ("Bi", "Pv", "Pr", "Ro", "Or", "al")
        return of or any(inner.verdict for inner in self.inner)

    @property
    def pair(self) -> tuple[str, str]:
        """(type, kind) as registered."""
        return pair_of(self.code, category=self.category)


def pair_of(code: str, *, category: bool = False) -> tuple[str, str]:
    kinds = TYPE_KINDS.get(TYPES[code])
    if kinds is None:
        return "Resource", "other"
    other = {"Ob": "vitals", "Do": "visits"}.get(code)
    plain = {"Do": "documents"}.get(code, kinds[0])
    return TYPES[code], other if category and other else plain


Things = Mapping[str, Thing]


def resource_of(thing: Thing, others: frozenset[int]) -> dict[str, Any]:
    """The resource; what is said under a number in `others` is said in other words."""

    def said(number: int) -> str:
        return f"quite other words {number}" if number in others else f"words {number}"

    body: dict[str, Any] = {"resourceType": thing.type, "id": thing.id, **_common(thing)}
    words = f"Finding {thing.number}" + (f". {SAID[thing.said][0]}" if thing.said else "")
    body |= _BODIES.get(thing.code, lambda t, w: {})(thing, words)
    if thing.sent:
        system = CONFIDENTIALITY_SYSTEM if thing.sent in "RV" else SENSITIVITY_SYSTEM
        body["meta"] = {"security": [{"system": system, "code": thing.sent}]}
    if thing.narrative:
        div = f'<div xmlns="http://www.w3.org/1999/xhtml">{said(thing.narrative)}</div>'
        body["text"] = {"status": "generated", "div": div}
    if thing.code in DATED and thing.day:
        body[DATED[thing.code]] = thing.day
    for ref in thing.refs:
        _place(body, ref.path, ref.json(said(ref.number)))
    for person in thing.people if thing.code in PEOPLE else ():
        _place(body, PEOPLE[thing.code], {"reference": address_of(person), "display": "who"})
    for n, inner in enumerate(thing.inner):
        body.setdefault("contained", []).append(_contained(inner, n, said(inner.number)))
        link = {"reference": f"#c{n}", "display": said(inner.number)}
        _place(body, "extension*.valueReference", link)
    return body


def _place(body: dict[str, Any], path: str, value: Any) -> None:
    head, _, rest = path.partition(".")
    name = head.rstrip("*")
    if not head.endswith("*"):
        if rest:
            _place(body.setdefault(name, {}), rest, value)
        else:
            body[name] = value
        return
    items = body.setdefault(name, [])
    if not rest:
        items.append(value)
        return
    item: dict[str, Any] = {"extension": {"url": "urn:x"}, "item": {"linkId": "1"}}.get(name, {})
    _place(item, rest, value)
    items.append(item)


def _contained(inner: Inner, n: int, said: str) -> dict[str, Any]:
    text = f"{said}. {SAID['HIV'][0]}" if inner.codes else said
    if not inner.verdict:
        return {"resourceType": "Medication", "id": f"c{n}", "code": {"text": text}}
    body: dict[str, Any] = {"resourceType": TYPES[inner.code], "id": f"c{n}", "subject": ALICE,
                            "code": {"text": text}}  # fmt: skip
    if inner.code == "Ob":
        body["status"] = "final"
    if inner.day:
        body[DATED[inner.code]] = inner.day
    if inner.copy_of:
        body["identifier"] = [{"system": "urn:s", "value": inner.copy_of}]
    if inner.person:
        body["recorder"] = {"reference": address_of(inner.person)}
    return body


def _common(thing: Thing) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if thing.names_patient and thing.code != "Fa":
        found["subject"] = ALICE
    if thing.identifier:
        found["identifier"] = [{"system": "urn:s", "value": thing.identifier}]
    return found


def _bytes(thing: Thing, words: str) -> str:
    data = b"%PDF-1.4\n\x00\xff stream " * 2 if thing.pdf else words.encode()
    return base64.b64encode(data).decode()


def _status(thing: Thing, *names: str) -> str:
    return names[thing.number % len(names)]


_BODIES: dict[str, Any] = {
    "Ob": lambda t, w: {
        "status": _status(t, "final", "amended"), "code": coded("Sodium", str(t.number % 3)),
        **({"category": [VITALS]} if t.category else {}), "valueString": w},
    "Co": lambda t, w: {"code": coded("Sprain", str(t.number % 3)), "note": [{"text": w}]},
    "En": lambda t, w: {
        "status": _status(t, "finished", "planned"), "class": {"code": "AMB"},
        "serviceType": {"text": SERVICE[0] if t.service else "Clinic"},
        "reasonCode": [{"text": w}]},
    "Me": lambda t, w: {
        "status": _status(t, "active", "stopped"), "intent": "order", "note": [{"text": w}],
        "medicationCodeableConcept": {"text": t.drug or "Vitamin"}},
    "Pl": lambda t, w: {"status": "active", "intent": "plan", "title": w},
    "Li": lambda t, w: {"status": "current", "mode": "working", "note": [{"text": w}]},
    "Do": lambda t, w: {
        "status": "current", "description": w, "type": coded("Letter", "11503-0", "http://loinc.org"),
        "content": [{"attachment": {"title": f"File {t.number}"}}],
        **({"category": [{"coding": [{"code": "clinical-note"}]}]} if t.category else {})},
    "Di": lambda t, w: {"status": "final", "code": coded("Report", "1"), "conclusion": w},
    "Pv": lambda t, w: {"recorded": "2024-01-01T00:00:00Z"},
    "Qu": lambda t, w: {"status": "completed", "item": [
        {"linkId": "0", "answer": [{"valueString": w}]}]},
    "Cm": lambda t, w: {
        "status": "final", "type": coded("Note", "1"), "title": w},
    "Bi": lambda t, w: {"contentType": "text/plain", "data": _bytes(t, w)},
    "Fa": lambda t, w: {"status": "completed", "patient": ALICE, "relationship": {"text": "aunt"}},
    "Pr": lambda t, w: {"name": [{"family": f"P{t.number % 4}"}]},
    "Ro": lambda t, w: {
        "practitioner": {"reference": address_of(t.people[0])},
        "organization": {"reference": address_of(t.people[1])}},
    "Or": lambda t, w: {"name": f"O{t.number}"},
    "al": lambda t, w: {"name": [{"given": ["Alice"], "family": "Moreno"}]},
}  # fmt: skip
