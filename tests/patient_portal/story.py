"""A made-up patient for the portal's tests: three clinics, ten kinds, four private topics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

TYPES = {
    "about": "Patient",
    "conditions": "Condition",
    "medicines": "MedicationRequest",
    "allergies": "AllergyIntolerance",
    "results": "Observation",
    "vitals": "Observation",
    "vaccines": "Immunization",
    "visits": "Encounter",
    "procedures": "Procedure",
    "documents": "DocumentReference",
}
CEDAR, HARBOR, HOME = "Cedar Valley Family Practice", "Harbor Counseling", "Home devices"

PEOPLE = [
    ("bob", "Dr. Bob Chen", "Family doctor", "family_doctor", CEDAR, "State Medical Board"),
    ("priya", "Dr. Priya Nair", "Diabetes specialist", "specialist", "Lakeside Clinic", "Board"),
    ("dana", "Dana Fox, LCSW", "Counselor", "counselor", HARBOR, "State Board"),
    ("sam", "Sam Carter", "Husband", "family", None, None),
    ("vic", "V. Stone", "Agent", "company", "QuickMed Offers", None),
]


@dataclass
class Item:
    """One record of the story."""

    kind: str
    title: str
    date: str | None
    clinic: str = CEDAR
    topics: tuple[str, ...] = ()
    level: str = "rules"
    hint: str | None = None
    because: dict[str, str] | None = None
    also: tuple[str, ...] = ()
    """Other names by which its clinic finds it."""
    number: int = 0

    def is_of(self, limits: dict[str, Any]) -> bool:
        """Whether it is of the days that a permission is limited to; without a day it is not."""
        since, until = limits.get("since"), limits.get("until")
        if not (since or until):
            return True
        return self.date is not None and (since or "") <= self.date <= (until or "9999")

    @property
    def id(self) -> str:
        return f"{TYPES[self.kind]}/r{self.number}"


def kinds_of(what: dict[str, Any], record: str) -> list[str]:
    """The kinds that a rule gives at one record base."""
    if what.get("places") and record not in what["places"]:
        return []
    return list(TYPES) if what.get("everything") else list(what.get("kinds", []))


def limits_of(what: dict[str, Any], record: str) -> dict[str, Any]:
    """The limits with which a rule reaches one record base."""
    named = what.get("records") or {}
    return {
        "also": [r.removeprefix(f"{record}/") for r in named.get("include", [])],
        "except": [r.removeprefix(f"{record}/") for r in named.get("exclude", [])],
        "since": what.get("since"),
        "until": what.get("until"),
    }


def items() -> list[Item]:
    """169 records, the same each time."""
    found = [
        Item("about", "Name, birth date, contact details", "2025-01-06"),
        *(
            Item("conditions", name, when)
            for name, when in (
                ("Type 2 diabetes", "2019-04-02"),
                ("High blood pressure", "2018-09-11"),
                ("High cholesterol", "2020-02-20"),
                ("Mild eye disease", "2024-11-05"),
                ("Overweight", "2019-04-02"),
            )
        ),
        Item("conditions", "Alcohol use, long past", "2017-06-14", HARBOR, ("ETH",)),
        Item("conditions", "Depression", "2017-07-01", HARBOR, ("PSY",)),
        Item("conditions", "BRCA2 gene change", "2022-03-18", CEDAR, ("GDIS",)),
        Item("conditions", "History of violence", "2016-02-09", CEDAR, ("SDV",), "hidden"),
        *(
            Item("medicines", name, "2025-09-01")
            for name in ("Metformin", "Empagliflozin", "Lisinopril", "Amlodipine", "Atorvastatin")
        ),
        Item("medicines", "Test strips", None),
        Item(
            "medicines",
            "Revia, stopped 2020",
            "2017-06-20",
            hint="ETH",
            also=("naltrexone",),
            because={"word": "Revia", "name": "naltrexone", "use": "often used against drinking"},
        ),
        Item("medicines", "Sertraline 100 mg", "2025-08-12", HARBOR, ("PSY",)),
        Item("allergies", "Penicillin: severe", "1998-05-01"),
        Item("allergies", "Latex: rash", "2011-10"),
        *(Item("results", f"HbA1c {9.1 - 0.3 * n:.1f} %", f"2024-0{n + 1}-15") for n in range(8)),
        *(Item("results", f"eGFR {80 + n}", "2025-06-01") for n in range(4)),
        *(Item("results", "Cholesterol panel", "2025-06-01", also=("LDL",)) for _ in range(4)),
        Item("results", "Gene panel", "2022-03-18", CEDAR, ("GDIS",)),
        Item("results", "PEth marker", "2018-01-22", HARBOR, ("ETH",)),
        *(Item("vaccines", f"Flu {2020 + n}", f"{2020 + n}-10-01") for n in range(6)),
        *(Item("visits", f"Visit {n + 1}", "2025-03-12") for n in range(8)),
        *(Item("visits", f"Therapy note {n}", "2025-07-01", HARBOR, ("PSY",)) for n in (1, 2, 3)),
        Item("procedures", "Colonoscopy", "2023-05-09"),
        Item("procedures", "Eye photo", "2024-11-05"),
        Item("procedures", "Breast MRI", "2024-04-04", CEDAR, ("GDIS",)),
        *(Item("documents", f"Letter {n + 1}", "2025-03-12") for n in range(4)),
        Item("documents", "Genetic report", "2022-03-18", CEDAR, ("GDIS",)),
        Item("documents", "Treatment plan", "2018-02-01", HARBOR, ("ETH", "PSY")),
        Item("documents", "Safety plan", "2016-02-09", CEDAR, ("SDV",), "hidden"),
    ]
    first = date(2025, 5, 5)
    for week in range(26):
        day = (first + timedelta(weeks=week)).isoformat()
        for name in ("Blood pressure", "Weight", "Pulse", "Glucose"):
            found.append(Item("vitals", f"{name}, week {week + 1}", day, HOME))
    for number, item in enumerate(found):
        item.number = number
    return found
