"""Three procedures; why the breast MRI was done tells of a gene, so Cedar Valley labels it."""

from collections.abc import Sequence

from demo.records import directory
from demo.records.calendar import StoryCalendar
from demo.records.elements import (
    CEDAR,
    SNOMED,
    Element,
    Record,
    Resource,
    coding,
    concept,
    reference,
    resource,
)
from demo.records.patients import subject


def procedures(calendar: StoryCalendar) -> list[Record]:
    return [
        _procedure(
            "Colonoscopy",
            calendar.day("2023-05-09"),
            coding(SNOMED, "73761001", "Colonoscopy (procedure)"),
            directory.BOB_CHEN,
        ),
        _procedure(
            "Eye photo",
            calendar.day("2024-11-05"),
            coding(SNOMED, "314971001", "Camera fundoscopy (procedure)"),
            directory.MEI_SATO,
        ),
        _procedure(
            "Breast MRI (gene-risk screening)",
            calendar.day("2024-04-04"),
            coding(SNOMED, "241615005", "Magnetic resonance imaging of breast (procedure)"),
            directory.BOB_CHEN,
            security=["GDIS"],
        ),
    ]


def _procedure(
    name: str,
    performed: str,
    code: Element,
    performer: Resource,
    security: Sequence[str] = (),
) -> Record:
    procedure = resource(
        CEDAR,
        "Procedure",
        name,
        security=security,
        status="completed",
        code=concept(name, code),
        subject=subject(CEDAR),
        performedDateTime=performed,
        performer=[{"actor": reference(performer)}],
    )
    return Record(name, "procedures", CEDAR, procedure, frozenset(security))
