"""The values that stand first on a chart, by LOINC code: a table to add to, in its order.

Codes and what they mean: LOINC (loinc.org). Of vital signs they are those of HL7 FHIR R4,
"Vital Signs Profile" (hl7.org/fhir/R4/observation-vitalsigns.html) and the panel it replaced; of
laboratory tests those of LOINC's "Common Lab Orders and Results", with the older codes of the same
test that laboratories still send. The order is this project's: first what long illnesses are
followed by. Nothing is judged here: a range is the record's own.
"""

from __future__ import annotations

from heart_ui.words import N_

PRESSURE = N_("Blood pressure")
KEYS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("HbA1c"), ("4548-4", "17856-6", "59261-8")),
    (PRESSURE, ("85354-9", "55284-4")),
    (N_("eGFR"), ("98979-8", "62238-1", "33914-3", "88293-6", "88294-4", "48642-3", "48643-1")),
    (N_("Weight"), ("29463-7", "3141-9")),
    (N_("Fasting glucose"), ("1558-6", "1556-0")),
    (N_("Glucose"), ("2345-7", "2339-0")),
    (N_("LDL cholesterol"), ("13457-7", "18262-6", "2089-1")),
    (N_("Potassium"), ("2823-3",)),
    (N_("Creatinine"), ("2160-0",)),
    (N_("Hemoglobin"), ("718-7",)),
    (N_("INR"), ("6301-6",)),
    (N_("Oxygen saturation"), ("59408-5", "2708-6")),
    (N_("Pulse"), ("8867-4",)),
    (N_("Urine albumin to creatinine"), ("9318-7", "14959-1")),
    (N_("TSH"), ("3016-3",)),
    (N_("Body mass index"), ("39156-5",)),
    (N_("Temperature"), ("8310-5",)),
)
MOST = 6
"""How many of them stand there: the first in the table that the record has."""
