"""One moment a request, and moments as they are stored and sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask

from heart_ground import moments

NOON = datetime(2026, 11, 25, 14, 2, 3, 456_789, tzinfo=timezone(timedelta(hours=2)))


class Running:
    """A clock that is a second later each time it is asked."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def test_everything_in_a_request_happens_at_one_moment() -> None:
    app, clock = Flask("x"), Running()
    app.add_url_rule("/", view_func=lambda: [moments.of_request(clock) for _ in range(3)])
    app.json.default = lambda moment: moment.isoformat()  # type: ignore[attr-defined]
    with app.app_context():
        # One context of the app around both: they are two requests all the same.
        first, second = (app.test_client().get("/").json for _ in range(2))
    assert first == [(NOON + timedelta(seconds=1)).isoformat()] * 3
    assert second == [(NOON + timedelta(seconds=2)).isoformat()] * 3


def test_outside_a_request_the_clock_runs() -> None:
    clock = Running()
    assert moments.of_request(clock) < moments.of_request(clock)
    assert moments.utc_now().tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "stored", "header"),
    [
        (NOON, 1795608123, "Wed, 25 Nov 2026 12:02:03 GMT"),
        (datetime(12, 1, 2, tzinfo=UTC), -61788441600, "Mon, 02 Jan 0012 00:00:00 GMT"),
    ],
)
def test_a_moment_is_written_in_utc(moment: datetime, stored: int, header: str) -> None:
    assert (moments.seconds(moment), moments.http_date(moment)) == (stored, header)
    assert moments.microseconds(moment) // 1_000_000 == stored
