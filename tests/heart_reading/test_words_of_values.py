"""Values of every datatype in words: amounts, units, times, doses, ranges, how a value stands."""

from __future__ import annotations

from typing import Any

import pytest

from heart_reading import units
from heart_reading.any_value import chosen
from heart_reading.doses import doses
from heart_reading.figures import figure
from heart_reading.measures import between, money, quantity, ratio
from heart_reading.spans_of_time import moment, period
from heart_reading.statuses import status
from heart_reading.timings import timing
from heart_reading.usual import usual_words
from heart_reading.verdicts import of_parts, verdict


@pytest.mark.parametrize(
    ("unit", "words"),
    [("mm[Hg]", "mmHg"), ("kg/m2", "kg/m²"), ("ug/dL", "µg/dL"), ("10*3/uL", "10³/µL"),
     ("Cel", "°C"), ("/min", "a minute"), ("{score}", ""), ("m[IU]/L", "mIU/L"), ("mL", "mL"),
     ("mol/L", "mol/L"), ("%", "%")],
)  # fmt: skip
def test_units_are_written_as_people_do(unit: str, words: str) -> None:
    assert units.in_words(unit) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"value": 8.0, "unit": "%"}, "8.0 %"),
        ({"value": 5, "comparator": "<", "unit": "mg/L"}, "<5 mg/L"),
        ({"value": 2, "code": "wk", "system": "http://unitsofmeasure.org"}, "2 weeks"),
        ({"value": 1, "code": "a", "system": "http://unitsofmeasure.org"}, "1 year"),
        ({"value": 171.5278753471479, "unit": "cm"}, "171.53 cm"),
        ({"value": 6, "unit": "{score}"}, "6"),
        ({"value": True}, ""), ({}, ""), (None, ""), ("7", ""),
    ],
)  # fmt: skip
def test_amounts(value: Any, words: str) -> None:
    assert quantity(value) == words


def test_ranges_ratios_and_money() -> None:
    low, high = {"value": 4, "unit": "mmol/L"}, {"value": 6, "unit": "mmol/L"}
    assert between(low, high) == "4 to 6 mmol/L"
    assert between(None, high) == "under 6 mmol/L" and between(low, None) == "over 4 mmol/L"
    assert ratio({"numerator": {"value": 1}, "denominator": {"value": 128}}) == "1:128"
    assert money({"value": 1234.5, "currency": "USD"}) == "1,234.50 USD"
    assert figure(1234567.123456) == "1234567.12" and figure([1]) == ""


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"valueBoolean": False}, "No"), ({"valueInteger": 0}, "0"),
        ({"valueString": "a  b"}, "a b"),
        ({"valueDateTime": "2024-05-03T10:00:00Z"}, "3 May 2024"),
        ({"valueCodeableConcept": {"coding": [{"code": "x", "display": "Never smoked"}]}},
         "Never smoked"),
        ({"valueRange": {"low": {"value": 1}, "high": {"value": 2, "unit": "mg"}}}, "1 to 2 mg"),
        ({"valuePeriod": {"start": "2024"}}, "since 2024"),
        ({"valueSampledData": {"data": "1"}}, ""),
        ({"valueRatio": 7}, ""), ({}, ""),
    ],
)  # fmt: skip
def test_a_choice_is_read_by_its_type(resource: dict[str, Any], words: str) -> None:
    assert chosen(resource, "value") == words


def test_times() -> None:
    assert moment("2024-05-03T00:00:00Z") == "3 May 2024"
    assert period({"start": "2024-01-01", "end": "2024-02-01"}) == "1 Jan 2024 to 1 Feb 2024"
    assert period({"end": "2024"}) == "until 2024" and period(None) == ""


@pytest.mark.parametrize(
    ("repeat", "words"),
    [
        ({"frequency": 2, "period": 1, "periodUnit": "d"}, "2 times a day"),
        ({"frequency": 1, "period": 6, "periodUnit": "h"}, "every 6 hours"),
        ({"period": 1, "periodUnit": "d", "when": ["HS"]}, "1 time a day, at bedtime"),
        ({"frequencyMax": 2, "period": 1, "periodUnit": "wk"}, "1 to 2 times a week"),
        ({"dayOfWeek": ["mon", "thu"]}, "Monday, Thursday"),
        ({"period": 1, "periodUnit": "d", "boundsDuration":
          {"value": 10, "code": "d", "system": "http://unitsofmeasure.org"}},
         "1 time a day, for 10 days"),
    ],
)  # fmt: skip
def test_how_often(repeat: dict[str, Any], words: str) -> None:
    assert timing({"repeat": repeat}) == words


def test_how_often_by_its_code() -> None:
    assert timing({"code": {"coding": [{"code": "BID"}]}}) == "2 times a day"
    assert timing({"code": {"text": "with each meal"}}) == "with each meal"


def test_a_dose_is_its_text_or_made_of_its_parts() -> None:
    made = {
        "doseAndRate": [{"doseQuantity": {"value": 500, "unit": "mg"}}],
        "route": {"text": "by mouth"}, "timing": {"repeat": {"frequency": 2, "period": 1,
                                                             "periodUnit": "d"}},
        "asNeededCodeableConcept": {"text": "pain"},
    }  # fmt: skip
    assert doses({"dosageInstruction": [made]}) == [
        "500 mg, by mouth, 2 times a day, when needed, for pain"
    ]
    written = {"text": "1 tablet.", "patientInstruction": "Take with food", "doseAndRate": []}
    assert doses({"dosage": [written]}) == ["1 tablet. Take with food"]
    assert doses({"dosage": "x"}) == [] and doses({}) == []


def measured(value: float, **more: Any) -> dict[str, Any]:
    ranges = [{"low": {"value": 4, "unit": "mg"}, "high": {"value": 6, "unit": "mg"}}]
    return {"valueQuantity": {"value": value, "unit": "mg", **more}, "referenceRange": ranges}


@pytest.mark.parametrize(
    ("value", "words", "shape"),
    [(3.9, "Below the usual range", "▼"), (4, "In the usual range", "●"),
     (6.1, "Above the usual range", "▲")],
)  # fmt: skip
def test_a_value_outside_its_range_is_said_in_words_and_by_a_shape(
    value: float, words: str, shape: str
) -> None:
    found = verdict(measured(value))
    assert found is not None and (found.words, found.shape) == (words, shape)


def test_the_laboratory_is_believed_before_the_numbers() -> None:
    low = {**measured(9), "interpretation": [{"coding": [{"code": "L"}]}]}
    found = verdict(low)
    assert found is not None and found.words == "Below the usual range"
    said = verdict({"interpretation": [{"text": "Suspicious"}]})
    assert said is not None and (said.words, said.shape) == ("Suspicious", "")


def test_what_cannot_be_compared_is_not() -> None:
    assert verdict(measured(3, unit="g")) is None, "another unit"
    assert verdict(measured(5, comparator="<")) is None, "may be anywhere below"
    assert verdict(measured(6, comparator=">")) is not None
    two = measured(9)
    two["referenceRange"] *= 2
    assert verdict(two) is None, "which of them is hers is not known"
    goal = measured(9)
    goal["referenceRange"][0]["type"] = {"coding": [{"code": "treatment"}]}
    assert verdict(goal) is None and usual_words(goal) == ""
    assert verdict({}) is None and verdict({"valueQuantity": {"value": 1}}) is None


def test_a_panel_says_how_many_of_its_parts_stand_out() -> None:
    found = [verdict(measured(value)) for value in (3, 5, 7)]
    said = of_parts(found)
    assert said is not None and (said.words, said.shape) == ("2 of 3 not as usual", "◆")
    usual = of_parts([verdict(measured(5))])
    assert usual is not None and usual.words == "All in the usual range"
    assert of_parts([None, verdict(measured(5))]) is None and of_parts([]) is None


def test_ranges_are_for_somebody() -> None:
    given = {"low": {"value": 1}, "high": {"value": 2}, "appliesTo": [{"text": "Women"}]}
    assert usual_words({"referenceRange": [given, {"text": "< 5"}]}) == "Women: 1 to 2; < 5"


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        ({"status": "on-hold"}, "On hold"), ({"status": "partial"}, "Not complete yet"),
        ({"lifecycleStatus": "active"}, "Active"), ({"status": "made-up"}, "Made up"),
        ({"clinicalStatus": {"coding": [{"code": "resolved"}]},
          "verificationStatus": {"coding": [{"code": "confirmed"}]}}, "Resolved"),
        ({"clinicalStatus": {"coding": [{"code": "active"}]},
          "verificationStatus": {"coding": [{"code": "provisional"}]}},
         "Active, Provisional"),
        ({"clinicalStatus": {"text": "Better"}}, "Better"), ({}, ""),
    ],
)  # fmt: skip
def test_statuses_are_plain_words(resource: dict[str, Any], words: str) -> None:
    assert status(resource) == words
