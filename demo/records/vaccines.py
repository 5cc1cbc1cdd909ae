"""Six vaccines (FHIR Immunization, CVX codes); seasonal ones carry the year they were given."""

from demo.records import directory
from demo.records.calendar import StoryCalendar
from demo.records.elements import CEDAR, CVX, Record, coding, concept, reference, resource
from demo.records.patients import subject

_FLU = coding(CVX, "140", "Influenza, split virus, trivalent, PF")
_COVID = coding(CVX, "309", "COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose")
_GIVEN = (
    ("Flu {year}", "flu 1", "2024-10-01", _FLU),
    ("Flu {year}", "flu 2", "2025-09-30", _FLU),
    ("COVID-19 {year}", "covid", "2024-10-01", _COVID),
    ("Tdap", "tdap", "2021-06-08", coding(CVX, "115", "Tdap")),
    ("Hepatitis B", "hepatitis b", "2019-05-14", coding(CVX, "43", "Hep B, adult")),
    (
        "Pneumococcal",
        "pneumococcal",
        "2023-03-07",
        coding(CVX, "216", "Pneumococcal conjugate PCV20, polysaccharide CRM197 conjugate"),
    ),
)


def vaccines(calendar: StoryCalendar) -> list[Record]:
    found = []
    for pattern, key, day, code in _GIVEN:
        name = pattern.format(year=calendar.year(day))
        immunization = resource(
            CEDAR,
            "Immunization",
            key,
            status="completed",
            vaccineCode=concept(name, code),
            patient=subject(CEDAR),
            occurrenceDateTime=calendar.day(day),
            primarySource=True,
            performer=[{"actor": reference(directory.BOB_CHEN)}],
        )
        found.append(Record(name, "vaccines", CEDAR, immunization))
    return found
