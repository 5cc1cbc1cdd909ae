"""FHIR dates as ranges, and the clinical day of a record."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fhir_rs.enforcement.dating import clinical_date, days_of, span_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2019", 365 * 86400),
        ("2020", 366 * 86400),
        ("2019-02", 28 * 86400),
        ("2019-02-03", 86400),
        ("2019-02-03T10:11", 60),
        ("2019-02-03T10:11:12Z", 1),
        ("2019-02-03T10:11:12.123+02:00", 1),
    ],
)
def test_a_date_covers_what_it_leaves_open(text: str, seconds: int) -> None:
    span = span_of(text)
    assert span.high - span.low + 1 == seconds


def test_zones_move_the_moment() -> None:
    assert span_of("2019-01-01T00:00:00+02:00").low == span_of("2018-12-31T22:00:00Z").low
    assert span_of("2019-01-01T00:00:00-05:00").low == span_of("2019-01-01T05:00:00Z").low


@pytest.mark.attack("FH-88")
@pytest.mark.parametrize(
    "text",
    ["", "2024-02-30", "0000", "2024-13", "20240101", "2024-1-1", "9" * 1000, "2024-01-01T25:00"],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        span_of(text)


@pytest.mark.parametrize(
    ("resource", "day"),
    [
        (
            {"effectiveDateTime": "2024-03-01T10:00:00Z", "issued": "2025-01-01T00:00:00Z"},
            "2024-03-01",
        ),
        ({"period": {"start": "2020-05"}}, "2020-05"),
        ({"onsetDateTime": "2019", "recordedDate": "2020-01-01"}, "2019"),
        ({"period": {"end": "2021-01-02"}}, "2021-01-02"),
        ({"birthDate": "1974-05-02"}, None),
        ({"date": "yesterday"}, None),
    ],
)
def test_the_clinical_day(resource: dict[str, Any], day: str | None) -> None:
    assert clinical_date(resource) == day


def test_days_are_ordinals_of_the_whole_range() -> None:
    assert days_of("2019-04-02") == (date(2019, 4, 2).toordinal(),) * 2
    assert days_of("2019") == (date(2019, 1, 1).toordinal(), date(2019, 12, 31).toordinal())
    assert days_of(None) == days_of("2019-99") == (None, None)
