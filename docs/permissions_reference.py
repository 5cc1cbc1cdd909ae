"""`docs/reference/permission-requests.md`: which interaction asks which permissions.

The rows are what `fhir_rs/enforcement/required.py` answers for requests as they are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from docs.tables import WRITTEN, code, table
from fhir_rs.enforcement.catalogue import SLICES
from fhir_rs.enforcement.query import parse_search
from fhir_rs.enforcement.required import (
    Required,
    for_everything,
    for_instance,
    for_search,
    for_write,
)
from heart_uma.kinds import KIND_NAMES

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/reference/permission-requests.md"
MOST = 4
_INTRO = """
A request without a usable RPT gets a permission ticket. What the ticket asks for follows from the
request alone, never from the data (FedAuthz 4.1): two requests that read the same ask for the same,
whatever is in the record. The rule is [required.py](../../fhir_rs/enforcement/required.py); the
ticket is fetched in [ticket.py](../../fhir_rs/protection/ticket.py).

For each (type, kind) that the request can touch, one permission: its `resource_id`, the base scope
below, and every [label scope](scopes-and-labels.md) there is. Label scopes are a ceiling: those
that the patient's rules do not lift drop out of the answer.
"""
_AFTER = """
**Enough to go on.** A request runs when at least one of its permissions is granted; what is not
granted is left out of the answer. What `_include`, `_revinclude`, `_has` and chains add is asked
for, but does not open the search by itself.

**People and places.** Organization, Practitioner, PractitionerRole, Location, Medication and
HealthcareService have no permission of their own. They are readable when something visible refers
to them, so a request for them asks for every (type, kind).

**A write** asks for the kind that its body says it is. Patient, Consent, AuditEvent, Bundle,
Subscription, and people and places are not written by requesters: 403.

**Batch and transaction** ask for nothing themselves. Every entry is a request of its own, and a
refused entry holds its own challenge.

**The owner's operations** (`$preview`, `$level`, `$records`, `$shown-to`, `$labels`, `$activity`)
take an owner token only: 401 with a Bearer challenge, no ticket.
[They are described apart](owners-operations.md). `$preview` takes a `search` beside the
permissions: the rows that it finds by any text of theirs, a part, an ingredient or a plain word say
so in `found`.
"""
_EMERGENCY = """
## Emergency

A read with the header `Category: http://terminology.hl7.org/CodeSystem/v3-ActReason#BTG` asks for
the scope `btg` as well. Resources offer that scope. No rule grants it: emergency access is
not there yet, so the header changes the ticket and nothing else.
"""


def page() -> str:
    """The page as Markdown."""
    parts = ["# Permission requests", "", WRITTEN, _INTRO.rstrip(), ""]
    parts += table(("request, under the record's base", "permissions", "asked for"), _rows())
    parts += [_AFTER.rstrip(), _EMERGENCY.rstrip(), "", "## What is registered", ""]
    count = len(SLICES)
    parts += [
        f"{count} resources a record, the same for every patient. `Resource` stands for",
        "every type that is not listed.",
        "",
    ]
    parts += table(("kind", "FHIR types"), _registered())
    return "\n".join(parts) + "\n"


def _rows() -> Iterator[tuple[str, str, str]]:
    for request, required in _requests():
        needed = [f"{each.type} ({each.kind}): {code(each.scope)}" for each in required.permissions]
        shown = needed if len(needed) <= MOST else [*needed[: MOST - 1], "..."]
        yield code(request), str(len(needed)), "<br>".join(shown)


def _requests() -> Iterator[tuple[str, Required]]:
    for type_ in ("Condition", "Observation", "Questionnaire", "Practitioner"):
        yield f"GET /{type_}/{{id}}", for_instance("read", type_)
    yield "GET /Observation/{id}/_history/{vid}", for_instance("vread", "Observation")
    yield "GET /Observation/{id}/_history", for_instance("history-instance", "Observation")
    for question in (
        "Observation",
        "Observation?category=vital-signs",
        "Observation?kind=results",
        "DocumentReference?category=clinical-note",
        "MedicationRequest?_include=MedicationRequest:encounter",
        "Patient?_has:Condition:patient:code=http://snomed.info/sct|44054006",
    ):
        yield f"GET /{question}", _search(question)
    yield "GET /Patient/$everything", for_everything()
    yield "GET /Patient/$everything?_type=Observation", for_everything({"Observation"})
    yield (
        "GET /Patient/$everything?kind=vaccines,allergies",
        for_everything(None, {"vaccines", "allergies"}),
    )
    yield "POST /Observation (a vital sign)", for_write("create", "Observation", "vitals")
    yield "PUT /Condition/{id}", for_write("update", "Condition", "conditions")


def _search(question: str) -> Required:
    type_, _, query = question.partition("?")
    pairs = [(name, value) for name, _, value in (p.partition("=") for p in query.split("&") if p)]
    asked = parse_search(type_, pairs)
    return for_search(type_, asked.kinds, asked.joined_types())


def _registered() -> Iterable[tuple[str, str]]:
    for kind, name in KIND_NAMES.items():
        types = [type_ for type_, of_type in SLICES if of_type == kind]
        yield f"{code(kind)} ({name})", ", ".join(types)


def pages() -> dict[Path, str]:
    return {PAGE: page()}
