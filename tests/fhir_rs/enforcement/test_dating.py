"""FHIR dates as ranges."""

from __future__ import annotations

import pytest

from fhir_rs.enforcement.dating import span_of


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


@pytest.mark.parametrize("digits", [1, 3, 6, 9, 10, 17])
def test_a_fraction_may_have_any_number_of_digits(digits: int) -> None:
    written = f"2024-03-01T10:11:12.{'5' * digits}Z"
    assert span_of(written) == span_of("2024-03-01T10:11:12Z")


@pytest.mark.parametrize("zone", ["+14:01", "-15:00", "+02:60", "+99:99"])
def test_there_is_no_such_zone(zone: str) -> None:
    with pytest.raises(ValueError):
        span_of(f"2024-03-01T10:11:12{zone}")
