"""The HEART profile of UMA 2.0 at the authorization server (HU)."""

from __future__ import annotations

import pytest

from tests.conformance.scene import Scene


@pytest.mark.spec("HU-37")
def test_the_scopes_of_a_request_are_the_tickets_and_the_registered_ones(scene: Scene) -> None:
    """TicketScopes and (registered by the client, and named): never more, whatever is named."""
    condition = scene.register(), "Condition"
    scene.server.allow(scene.app("c1"), "openid sens/PSY")
    scene.policy(what={"everything": True, "topics": ["PSY", "HIV"]})
    body = [{"resource_id": condition[0], "resource_scopes": ["patient/Condition.read"]}]

    def given(scope: str | None) -> set[str]:
        ticket = scene.call("POST", "permission", scene.pat(), body).json()["ticket"]
        form = {} if scope is None else {"scope": scope}
        token = scene.trade(ticket, **form).json()["access_token"]
        (entry,) = scene.introspect(token)["permissions"]
        return set(entry["resource_scopes"])

    base = {"patient/Condition.read"}
    assert given(None) == base
    # c1 is registered for sens/PSY and not for sens/HIV.
    assert given("sens/PSY sens/HIV") == base | {"sens/PSY"}
    assert given("patient/Condition.write") == base


@pytest.mark.spec("HU-45", "HU-46")
def test_no_persisted_claims_are_kept_or_taken(scene: Scene) -> None:
    """None is issued to who was not asked, and one that nobody issued adds nothing and tells
    nothing."""
    condition = scene.register(), "Condition"
    scene.policy()
    assert "pct" not in scene.rpt(condition)
    answer = scene.trade(scene.ask(condition), None, pct="anything")
    assert (answer.status_code, answer.json()["error"]) == (403, "need_info")
    assert "pct" not in answer.json()
