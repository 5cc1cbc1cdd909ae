"""Streams of requests by one reader: of every kind that the server answers, about what is there,
what is hidden and what is not there at all.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.attacks.fhir_record import bundle
from tests.attacks.fhir_twin_records import thing_of
from tests.attacks.fhir_twin_things import NUMBERS, TYPES, address_of, resource_of
from tests.fhir_rs.fake_as import BASE
from tests.fhir_rs.protected import RECORD

Asked = tuple[str, str, dict[str, Any]]
_ADDRESS = re.compile(rf'"fullUrl":"[^"]*{RECORD}(/[^"]*)"')
_HOLE = re.compile(r"\{(\w+)\}")
SEARCHES = {
    "Observation": [
        "identifier={k}", "patient=alice", "has-member=Observation/{Ob}", "date=ge2019-06",
        "has-member=Observation?identifier=urn:s|{k}", "date=lt2020", "category=vital-signs",
        "_include=Observation:has-member", "_include=Observation:performer", "focus=Condition/{Co}",
        "_include=Observation:subject", "subject.name=moreno", "_revinclude=List:item",
        "_include=Observation:encounter", "_revinclude=Observation:has-member", "status=final",
        "performer=Practitioner/{Pr}", "has-member.identifier={k}", "encounter.status=finished",
        "_has:List:item:status=current", "_has:Observation:has-member:status=final",
        "_has:Provenance:target:recorded=ge2020", "_id={Ob},{Ob},{Ob}", "kind=results", "code=1",
        "_lastUpdated=gt2001-09-10", "derived-from=DocumentReference/{Do}", "focus={Co}",
        "focus=?identifier=urn:s|{k}", "has-member=?identifier=urn:s|{k}",
        "_revinclude=Provenance:target", "_revinclude=DiagnosticReport:result",
        "encounter=Encounter/{En}", "focus=Condition?identifier=urn:s|{k}",
    ],
    "Condition": [
        "code=1", "code=2", "recorded-date=2019-05", "_include=Condition:encounter",
        "_has:Encounter:diagnosis:status=finished", "encounter=Encounter/{En}",
        "_revinclude=Encounter:diagnosis", "encounter.status=finished", "identifier={k}",
        "_has:CarePlan:condition:status=active", "_revinclude=CarePlan:condition", "_id={Co},{Co}",
        "encounter=Encounter?identifier=urn:s|{k}",
    ],
    "Encounter": ["diagnosis=Condition/{Co}", "_include=Encounter:diagnosis", "status=finished",
                  "diagnosis:Condition.code=1", "_revinclude=Condition:encounter",
                  "reason-reference=Condition?identifier=urn:s|{k}", "reason-reference=/{Ob}",
                  "diagnosis:Condition.identifier={k}",
                  "_has:Condition:encounter:code=2"],
    "CarePlan": ["condition=Condition/{Co}", "condition=Condition?identifier=urn:s|{k}",
                 "condition.code=1", "_include=CarePlan:condition", "condition={Co}",
                 "condition=" + f"{BASE}/r/{RECORD}/Condition/" + "{Co}"],
    "Patient": ["_has:Observation:patient:identifier={k}", "_has:Condition:patient:code=2",
                "_revinclude=Observation:subject", "_revinclude=Condition:patient", "name=mor"],
    "Practitioner": ["name=p1", "_has:Observation:performer:status=final",
                     "_revinclude=Observation:performer", "_id=Pr0,Pr1,Pr2,Pr3"],
    "PractitionerRole": ["practitioner=Practitioner/{Pr}", "_include=PractitionerRole:organization",
                         "practitioner.name=p1"],
    "List": ["item=Observation/{Ob}", "_include=List:item", "date=2020",
             "item=DocumentReference/{Do}"],
    "MedicationRequest": ["requester=Practitioner/{Pr}", "status=active",
                          "encounter=Encounter/{En}", "_include=MedicationRequest:requester"],
    "DocumentReference": ["_include=DocumentReference:encounter", "status=current",
                          "category=clinical-note", "description=finding", "type=11503-0"],
    "DiagnosticReport": ["result=Observation/{Ob}", "result.status=final", "code=1",
                         "_include=DiagnosticReport:result", "result=Observation?identifier={k}"],
    "Provenance": ["target=Observation/{Ob}", "target=Condition?identifier=urn:s|{k}",
                   "_include=Provenance:target", "agent=Practitioner/{Pr}"],
    "Binary": ["_id={Bi},{Bi}"],
    "Composition": ["status=final", "date=2020"],
    "QuestionnaireResponse": ["status=completed", "encounter=Encounter/{En}"],
    "FamilyMemberHistory": ["status=completed"],
}  # fmt: skip
"""What may be asked of a type; `{Ob}` is the id of some Observation, `{k}` some identifier."""
SHAPES = ["", "", "_count=1", "_count=2", "_summary=count", "_count=0", "_total=none",
          "_sort=-date", "_sort=date&_count=2", "_sort=_lastUpdated&_count=3",
          "_sort=-_id&_count=1"]  # fmt: skip
_CRITERIA = ["identifier={k}", "identifier=urn:s|{k}", "code=1", "_id={Ob}", "status=final",
             "encounter=Encounter/{En}"]  # fmt: skip
_WRITTEN = ("Ob", "Ob", "Co", "Co", "Me", "Pl", "Li", "Do", "En", "Bi", "Di", "Qu", "Pv")


@dataclass
class Memory:
    """What a reader remembers of the answers: tags, bodies, what it found and what it made."""

    tags: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    def note(self, asked: Asked, answer: TestResponse) -> None:
        """Keep what `answer` tells."""
        method, path, _ = asked
        if method in ("POST", "PUT") and "Location" in answer.headers:
            made = answer.headers["Location"].split(RECORD, 1)[1].partition("/_history")[0]
            self.made = [*self.made[-5:], made]
            self.tags[made] = answer.headers["ETag"]
        elif method == "GET" and answer.status_code == 200 and "ETag" in answer.headers:
            self.tags[path] = answer.headers["ETag"]
            self.bodies[path] = answer.get_json()
        elif b'"searchset"' in answer.get_data():
            found = _ADDRESS.findall(answer.get_data(as_text=True))
            self.seen = sorted({*self.seen, *found})


class Streams:
    """Requests of one reader; the questions are few, so that a server has them prepared.

    Parameters: `about`, where it is given, is what most of them are: the name of a kind of write,
    or a pattern of what is searched for.
    """

    def __init__(
        self, rng: random.Random, *, writes: bool, questions: int = 40, about: str = ""
    ) -> None:
        self._rng = rng
        self._writes = writes
        self._kinds = {"create": self._create, "update": self._update, "read": self._read,
                       "transaction": self._transaction}  # fmt: skip
        self._about = about
        terms = "" if about in self._kinds else about
        self._searches = [search(rng, terms) for _ in range(questions if not about else 20)]

    def requests(self, length: int, memory: Memory) -> Iterator[Asked]:
        """`length` requests; each may use what the answers before it told `memory`."""
        for _ in range(length):
            yield self._request(memory)

    def _request(self, memory: Memory) -> Asked:
        rng = self._rng
        if self._about and rng.random() < 0.8:
            of_kind = self._kinds.get(self._about)
            return of_kind(memory) if of_kind else ("GET", rng.choice(self._searches), {})
        chance = rng.random()
        if chance < 0.03:
            return self._batch(memory)
        if chance < 0.04:
            return rng.choice(["PATCH", "DELETE", "POST"]), self._path(memory), {}
        if self._writes and chance < 0.2:
            return rng.choice([self._create, self._create, self._update, self._update,
                               self._transaction])(memory)  # fmt: skip
        if chance < 0.55:
            return "GET", rng.choice(self._searches), {}
        return self._read(memory)

    def _path(self, memory: Memory) -> str:
        rng = self._rng
        if memory.made and rng.random() < 0.2:
            return rng.choice(memory.made)
        if memory.seen and rng.random() < 0.6:
            return rng.choice(memory.seen)
        return "/Patient/alice" if rng.random() < 0.02 else f"/{address_of(some_id(rng))}"

    def _read(self, memory: Memory) -> Asked:
        rng, path = self._rng, self._path(memory)
        rest = rng.choice(["", "", "", "/_history", "/_history?_count=1", "/_history/1",
                           "/_history/2"])  # fmt: skip
        headers = rng.choice([
            {}, {}, {"If-None-Match": memory.tags.get(path, 'W/"1"')}, {"If-None-Match": "*"},
            {"If-None-Match": 'W/"2"'}, {"If-Modified-Since": "Tue, 11 Sep 2001 00:00:00 GMT"},
        ])  # fmt: skip
        return rng.choice(["GET", "GET", "GET", "HEAD"]), path + rest, {"headers": headers}

    def _written(self, id_: str = "") -> tuple[str, dict[str, Any], str]:
        """(path of the type, what is written, the same as text)."""
        rng = self._rng
        thing = thing_of(rng, id_ or f"{rng.choice(_WRITTEN)}0")
        body = resource_of(thing, frozenset())
        if not id_:
            del body["id"]
        body.pop("meta", None) if rng.random() < 0.5 else None
        text = json.dumps(body)
        return f"/{thing.type}", body, text.replace("/", "\\/") if thing.escaped else text

    def _headers(self) -> dict[str, str]:
        return {"Prefer": "return=representation"} if self._rng.random() < 0.4 else {}

    def _create(self, memory: Memory) -> Asked:
        path, _, text = self._written()
        headers = self._headers()
        if self._rng.random() < 0.4:
            headers["If-None-Exist"] = filled(self._rng, self._rng.choice(_CRITERIA))
        return "POST", path, {"data": text, "headers": headers}

    def _update(self, memory: Memory) -> Asked:
        rng, path, headers = self._rng, self._path(memory), self._headers()
        if rng.random() < 0.6:
            headers["If-Match"] = memory.tags.get(path, 'W/"1"')
        known = memory.bodies.get(path)
        if known is not None and rng.random() < 0.5:
            body = {k: v for k, v in known.items() if k != "meta" or rng.random() < 0.3}
            return "PUT", path, {"data": json.dumps(body), "headers": headers}
        id_ = path.rpartition("/")[2]
        code = next(c for c, t in TYPES.items() if path.startswith(f"/{t}/"))
        _, body, _ = self._written(f"{code}0")
        return "PUT", path, {"data": json.dumps(body | {"id": id_}), "headers": headers}

    def _transaction(self, memory: Memory) -> Asked:
        rng = self._rng
        path, made, _ = self._written()
        at = f"urn:uuid:00000000-0000-4000-8000-{rng.randrange(10**12):012d}"
        meant = rng.choice([at, filled(rng, "Condition?identifier=urn:s|{k}"), "Condition/Co1"])
        plan = {"resourceType": "CarePlan", "status": "active", "intent": "plan",
                "subject": {"reference": "Patient/alice"},
                "supportingInfo": [{"reference": meant, "display": "mine"}]}  # fmt: skip
        request: dict[str, Any] = {"method": "POST", "url": path[1:]}
        if rng.random() < 0.3:
            request["ifNoneExist"] = filled(rng, rng.choice(_CRITERIA))
        entries = [{"fullUrl": at, "resource": made, "request": request},
                   {"resource": plan, "request": {"method": "POST", "url": "CarePlan"}},
                   {"request": {"method": "GET", "url": self._path(memory)[1:]}}]  # fmt: skip
        return "POST", "", {"data": bundle(*entries, kind="transaction")}

    def _batch(self, memory: Memory) -> Asked:
        rng = self._rng
        urls = [self._path(memory)[1:], rng.choice(self._searches)[1:], self._path(memory)[1:]]
        return "POST", "", {"data": bundle(*({"method": "GET", "url": url} for url in urls))}


def some_id(rng: random.Random) -> str:
    """The id of something that is there for the reader, hidden, or never there."""
    code = rng.choice(sorted(NUMBERS))
    return f"{code}{rng.randrange(NUMBERS[code])}"


def filled(rng: random.Random, text: str) -> str:
    """`text` with an id or an identifier in each hole."""

    def one(match: re.Match[str]) -> str:
        code = match[1]
        return f"k{rng.randrange(12)}" if code == "k" else f"{code}{rng.randrange(NUMBERS[code])}"

    return _HOLE.sub(one, text)


def search(rng: random.Random, about: str = "") -> str:
    """The path of a search, or of `$everything`; one with a term like `about`, where given."""
    shape = rng.choice(SHAPES)
    if about:
        every = [(t, term) for t, terms in SEARCHES.items() for term in terms]
        type_, term = rng.choice([each for each in every if re.search(about, each[1])])
        return f"/{type_}?" + "&".join(filter(None, [filled(rng, term), shape]))
    if rng.random() < 0.2:
        narrow = rng.choice(["", "_type=Observation,List,Binary", "kind=conditions",
                             "_since=2001-09-10", "_type=FamilyMemberHistory"])  # fmt: skip
        plain = "" if shape.startswith("_sort") else shape
        return "/Patient/$everything?" + "&".join(filter(None, [narrow, plain]))
    type_ = rng.choice(sorted(SEARCHES))
    most = min(len(SEARCHES[type_]), rng.choice([0, 1, 1, 1, 2]))
    terms = [filled(rng, term) for term in rng.sample(SEARCHES[type_], most)]
    return f"/{type_}?" + "&".join(filter(None, [*terms, shape]))
