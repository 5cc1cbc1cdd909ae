"""The date a record is about, its days, and its place in the order of a record."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fhir_rs.enforcement.clinical_date import clinical_date, clinical_text, days_of, moment_of
from fhir_rs.enforcement.dating import span_of


def seen(written: str) -> dict[str, Any]:
    return {"resourceType": "Observation", "effectiveDateTime": written}


def visit(**period: str) -> dict[str, Any]:
    return {"resourceType": "Encounter", "period": period}


@pytest.mark.parametrize(
    ("resource", "day"),
    [
        (
            {
                "resourceType": "Observation",
                "effectiveDateTime": "2024-03-01T10:00:00Z",
                "issued": "2025-01-01T00:00:00Z",
            },
            "2024-03-01",
        ),
        ({"resourceType": "Encounter", "period": {"start": "2020-05"}}, "2020-05"),
        (
            {"resourceType": "Condition", "onsetDateTime": "2019", "recordedDate": "2020-01-01"},
            "2019",
        ),
        ({"resourceType": "Encounter", "period": {"end": "2021-01-02"}}, "2021-01-02"),
        ({"resourceType": "Patient", "birthDate": "1974-05-02"}, None),
        ({"resourceType": "Composition", "date": "yesterday"}, None),
        ({"resourceType": "Condition", "abatementDateTime": "2010"}, None),
        ({"resourceType": "Appointment", "start": "2024-05-01", "created": "2024-04-01"},
         "2024-05-01"),
        ({"resourceType": "MedicationDispense", "whenPrepared": "2024", "whenHandedOver": "2025"},
         "2025"),
        ({"date": "2024-01-01"}, None),
    ],
)  # fmt: skip
def test_the_clinical_day(resource: dict[str, Any], day: str | None) -> None:
    assert clinical_date(resource) == day


def test_days_are_ordinals_of_the_whole_range() -> None:
    assert days_of("2019-04-02") == (date(2019, 4, 2).toordinal(),) * 2
    assert days_of("2019") == (date(2019, 1, 1).toordinal(), date(2019, 12, 31).toordinal())
    assert days_of(None) == days_of("2019-99") == (None, None)


@pytest.mark.parametrize("digits", [1, 3, 6, 9, 10, 17])
def test_the_moment_of_a_fraction_of_any_number_of_digits(digits: int) -> None:
    written = f"2024-03-01T10:11:12.{'5' * digits}Z"
    assert clinical_text(seen(written)) == written
    fraction = int(("5" * digits)[:6].ljust(6, "0"))
    whole = span_of(written).low * 1_000_000
    assert moment_of(seen(written)) == whole + fraction


# In the order in which they happened.
IN_ORDER = [
    "0001",
    "1969-12-31T23:59:59.5Z",
    "1970-01-01",
    "2024",
    "2024-03-01",
    "2024-03-01T08:00:00Z",
    "2024-03-01T07:00:00-05:00",
    "2024-03-01T17:00:00Z",
    "2024-03-02T01:00:00+02:00",
    "2024-03-01T23:30:00-05:00",
    "2024-03-02T04:30:00.000001Z",
    "9999-12-31T23:59:59-14:00",
]


def test_moments_are_ordered_as_things_happened() -> None:
    moments = [moment_of(seen(written)) or 0 for written in IN_ORDER]
    assert moments == sorted(set(moments))
    assert moment_of(visit(start="1970-01-01T00:00:01Z")) == 1_000_000
    assert moment_of(visit(end="1970-01-02")) == 86_400_000_000
    assert moment_of({"resourceType": "Patient", "birthDate": "1974-05-02"}) is None
    assert moment_of(seen("2024-02-30")) is None


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2024-03-01T10:00:00Z", (2024, 3, 1), (2024, 3, 1)),
        ("2024-03-01T10:00:00+02:00", (2024, 3, 1), (2024, 3, 1)),
        ("2024-03-01T23:30:00-05:00", (2024, 3, 1), (2024, 3, 2)),
        ("2024-03-01T01:00:00+02:00", (2024, 2, 29), (2024, 3, 1)),
        ("2024-03-01T10:00", (2024, 3, 1), (2024, 3, 1)),
        ("2024-03", (2024, 3, 1), (2024, 3, 31)),
    ],
)
def test_days_cover_the_day_as_written_and_the_day_in_utc(
    written: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    assert days_of(written) == (date(*first).toordinal(), date(*last).toordinal())


def test_what_leaves_the_calendar_has_no_days() -> None:
    # Its day in UTC lies after the last day there is; the ordinal goes on all the same.
    last = days_of("9999-12-31T23:59:59-01:00")
    assert last == (date(9999, 12, 31).toordinal(), date(9999, 12, 31).toordinal() + 1)
    assert days_of("0001-01-01T00:00:00+01:00") == (0, 1)
