"""`heart_uma_until`: until when the access lasts, for the resource server and for the client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from heart_uma.rfc3339 import print_moment
from tests.as_server.uma import Uma


def in_days(uma: Uma, days: int) -> tuple[dict[str, Any], int]:
    """`when` of a policy that ends then, and that moment in seconds."""
    end = uma.clock() + timedelta(days=days)
    return {"from": None, "until": print_moment(end)}, int(end.timestamp())


def both(uma: Uma, body: dict[str, Any]) -> list[int | None]:
    """What the client was told, and what the resource server is told now."""
    return [
        body.get("heart_uma_until"),
        uma.introspect(body["access_token"]).get("heart_uma_until"),
    ]


@pytest.mark.fault("6.2")
def test_the_end_of_a_share_is_told_to_client_and_resource_server(uma: Uma) -> None:
    resource = uma.register()
    when, end = in_days(uma, 30)
    uma.policy(when=when)
    assert both(uma, uma.rpt((resource, "Condition"))) == [end, end]


@pytest.mark.fault("6.2")
def test_the_last_end_counts_of_several(uma: Uma) -> None:
    resources = [(uma.register(name), name) for name in ("Condition", "Goal")]
    (soon, _), (late, end) = in_days(uma, 3), in_days(uma, 30)
    uma.policy("a", what={"kinds": ["conditions"]}, when=soon)
    uma.policy("b", what={"kinds": ["plans"]}, when=late)
    assert both(uma, uma.rpt(*resources)) == [end, end]


def test_nothing_is_said_of_an_access_without_an_end(uma: Uma) -> None:
    resources = [(uma.register(name), name) for name in ("Condition", "Goal")]
    when, _ = in_days(uma, 30)
    uma.policy("a", what={"kinds": ["conditions"]}, when=when)
    uma.policy("b", what={"kinds": ["plans"]})
    body = uma.rpt(*resources)
    assert both(uma, body) == [None, None]
    assert "heart_uma_until" not in body


@pytest.mark.fault("6.2")
@pytest.mark.fault("C20")
def test_an_end_that_is_moved_closer_is_told_to_both(uma: Uma) -> None:
    resource = uma.register()
    (when, end), (sooner, soon) = in_days(uma, 30), in_days(uma, 3)
    uma.policy(when=when)
    body = uma.rpt((resource, "Condition"))
    uma.policy(when=sooner, version=1)
    assert both(uma, body) == [end, soon]
    assert uma.refresh(body["refresh_token"]).json.get("heart_uma_until") == soon
    # One that is moved away gives an old token nothing.
    uma.policy(when=when, version=2)
    assert both(uma, body) == [end, soon]
