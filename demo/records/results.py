"""Eighteen test results: laboratory Observations, and the gene panel's DiagnosticReport."""

from datetime import date, timedelta
from typing import Any

from demo.records import directory
from demo.records.calendar import StoryCalendar
from demo.records.elements import (
    CEDAR,
    HARBOR,
    LOINC,
    Element,
    Record,
    coding,
    concept,
    hl7,
    quantity,
    reference,
    resource,
)
from demo.records.patients import subject

_HBA1C = coding(LOINC, "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood")
_EGFR = coding(
    LOINC,
    "98979-8",
    "Glomerular filtration rate [Volume Rate/Area] in Serum, Plasma or Blood "
    "by Creatinine-based formula (CKD-EPI 2021)/1.73 sq M",
)
_LIPIDS = coding(LOINC, "24331-1", "Lipid 1996 panel - Serum or Plasma")
_ALBUMIN = coding(LOINC, "9318-7", "Albumin/Creatinine [Mass Ratio] in Urine")
_GENETICS = coding(LOINC, "51969-4", "Genetic analysis report")
_PETH = coding(LOINC, "97607-6", "Phosphatidylethanol 16:0/18:1 [Mass/volume] in Blood")
_LIPID_PARTS = (
    (coding(LOINC, "2093-3", "Cholesterol [Mass/volume] in Serum or Plasma"), "Total"),
    (coding(LOINC, "2085-9", "Cholesterol in HDL [Mass/volume] in Serum or Plasma"), "HDL"),
    (
        coding(
            LOINC, "13457-7", "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation"
        ),
        "LDL",
    ),
    (coding(LOINC, "2571-8", "Triglyceride [Mass/volume] in Serum or Plasma"), "Triglycerides"),
)
_LABORATORY = hl7("observation-category", "laboratory", "Laboratory")


def results(calendar: StoryCalendar) -> list[Record]:
    return [
        *_hba1c(calendar),
        *_egfr(calendar),
        *_lipids(calendar),
        *_albumin(calendar),
        _gene_panel(calendar),
        _peth(calendar),
    ]


def _laboratory(
    key: str, text: str, code: Element, when: str, *, source: str = CEDAR, **elements: Any
) -> Element:
    performer = directory.COUNTY_LAB if source == CEDAR else directory.HARBOR_COUNSELING
    return resource(
        source,
        "Observation",
        key,
        status="final",
        category=[_LABORATORY],
        code=concept(text, code),
        subject=subject(source),
        effectiveDateTime=when,
        performer=[reference(performer)],
        **elements,
    )


def _hba1c(calendar: StoryCalendar) -> list[Record]:
    found = []
    for visit, value in enumerate((9.1, 8.4, 8.0, 7.6, 7.4, 7.1, 6.9, 6.8)):
        when = calendar.moment((date(2024, 1, 15) + timedelta(days=91 * visit)).isoformat())
        observation = _laboratory(
            f"HbA1c {visit + 1}",
            "HbA1c",
            _HBA1C,
            when,
            valueQuantity=quantity(value, "%"),
            referenceRange=[{"high": quantity(7.0, "%"), "text": "Goal: under 7 %"}],
        )
        found.append(Record(f"HbA1c {value} %", "results", CEDAR, observation))
    return found


def _egfr(calendar: StoryCalendar) -> list[Record]:
    unit = "mL/min/{1.73_m2}"
    days = ("2024-01-15", "2024-07-15", "2025-01-13", "2025-07-14")
    return [
        Record(
            f"eGFR {value}",
            "results",
            CEDAR,
            _laboratory(
                f"eGFR {day}",
                "eGFR",
                _EGFR,
                calendar.moment(day),
                valueQuantity=quantity(value, "mL/min/1.73 m2", unit),
                referenceRange=[{"low": quantity(60, "mL/min/1.73 m2", unit)}],
            ),
        )
        for value, day in zip((84, 82, 83, 81), days, strict=True)
    ]


def _lipids(calendar: StoryCalendar) -> list[Record]:
    panels = (("2024-07-15", (221, 44, 139, 190)), ("2025-07-14", (168, 49, 89, 151)))
    return [
        Record(
            "Cholesterol panel",
            "results",
            CEDAR,
            _laboratory(
                f"Cholesterol panel {day}",
                "Cholesterol panel",
                _LIPIDS,
                calendar.moment(day),
                component=[
                    {"code": concept(text, code), "valueQuantity": quantity(value, "mg/dL")}
                    for (code, text), value in zip(_LIPID_PARTS, values, strict=True)
                ],
            ),
        )
        for day, values in panels
    ]


def _albumin(calendar: StoryCalendar) -> list[Record]:
    return [
        Record(
            "Urine albumin",
            "results",
            CEDAR,
            _laboratory(
                f"Urine albumin {day}",
                "Urine albumin",
                _ALBUMIN,
                calendar.moment(day),
                valueQuantity=quantity(value, "mg/g"),
                referenceRange=[{"high": quantity(30, "mg/g")}],
            ),
        )
        for day, value in (("2024-07-15", 34), ("2025-07-14", 22))
    ]


def _gene_panel(calendar: StoryCalendar) -> Record:
    name = "BRCA gene panel"
    report = resource(
        CEDAR,
        "DiagnosticReport",
        name,
        status="final",
        category=[hl7("v2-0074", "LAB", "Laboratory"), hl7("v2-0074", "GE", "Genetics")],
        code=concept(name, _GENETICS),
        subject=subject(CEDAR),
        effectiveDateTime=calendar.moment("2022-03-18"),
        issued=calendar.moment("2022-03-18", "15:00:00"),
        performer=[reference(directory.COUNTY_LAB)],
        conclusion="A harmful change was found in the BRCA2 gene.",
    )
    return Record(name, "results", CEDAR, report, frozenset(["GDIS"]))


def _peth(calendar: StoryCalendar) -> Record:
    """No public starter list holds this marker's code, so Harbor labels it itself."""
    name = "PEth alcohol marker"
    when = calendar.moment("2018-01-22")
    observation = _laboratory(
        name, name, _PETH, when, source=HARBOR, valueQuantity=quantity(8, "ng/mL")
    )
    labelled = resource(HARBOR, "Observation", name, security=["ETH"])
    return Record(name, "results", HARBOR, observation | labelled, frozenset(["ETH"]))
