"""The measured walks: each one as the requests that one client repeats."""

from __future__ import annotations

import json
from dataclasses import replace

from bench.patients import observation_ids
from bench.plan import Plan, Step, form
from bench.scene import Scene, ticket_scopes
from heart_uma.client_auth import ASSERTION_TYPE
from heart_uma.metadata import ID_TOKEN_FORMAT, UMA_TICKET_GRANT

FORM = "application/x-www-form-urlencoded"
PER_SECOND = 3000
"""Signed assertions laid in for each second: more than any server here can use."""


def bare(origin: str) -> Plan:
    return Plan((Step("json", f"{origin}/json"),))


def enforced_read(scene: Scene) -> Plan:
    """One observation by its id, with an RPT that is known already."""
    step = Step("read", f"{scene.base}/Observation/{{id}}", headers=_bearer(scene.rpt))
    return Plan((step,), inputs={"id": observation_ids()}, reuse=True)


def enforced_search(scene: Scene) -> Plan:
    """The 20 newest of 1,000 observations."""
    url = f"{scene.base}/Observation?_sort=-date&_count=20"
    return Plan((Step("search", url, headers=_bearer(scene.rpt)),))


def grant(scene: Scene, seconds: float) -> Plan:
    """Permission request, then the grant: what it takes to get an RPT.

    Each with a reason of its own, as people write them: equal requests would be one hot row.
    """
    doctor = scene.doctor
    assert doctor is not None
    times = int(PER_SECOND * (seconds + 0.5))
    return Plan(
        (_permission(scene), _token(scene, reason="{reason}")),
        inputs={
            "assertion": doctor.assertions(times),
            "reason": [f"visit-{number}" for number in range(times)],
        },
        seconds=seconds,
    )


def permission(scene: Scene) -> Plan:
    """What a resource server does for a tokenless request: a ticket for what was asked."""
    return Plan((_permission(scene),))


def full_cycle(scene: Scene, seconds: float) -> Plan:
    """The same and the introspection of what came out."""
    plan = grant(scene, seconds)
    return replace(plan, steps=(*plan.steps, _introspection(scene, "{rpt}")))


def introspection(scene: Scene) -> Plan:
    """One RPT, asked about over and over."""
    return Plan((_introspection(scene, scene.rpt_for_the_protector()),))


def through_the_clinic(scene: Scene, seconds: float) -> Plan:
    """As an app sees it: a tokenless read, the grant, and the read again with the new RPT."""
    doctor = scene.doctor
    assert doctor is not None
    url = f"{scene.base}/Observation/{observation_ids()[0]}"
    challenged = Step("challenge", url, status=401, take={"ticket": r'ticket="([^"]+)"'})
    read = Step("first read", url, headers={"Authorization": "Bearer {rpt}"})
    return Plan(
        (challenged, _token(scene), read),
        inputs={"assertion": doctor.assertions(int(PER_SECOND * (seconds + 0.5)))},
        seconds=seconds,
    )


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _pat(scene: Scene) -> dict[str, str]:
    assert scene.protector is not None
    return _bearer(scene.protector.tokens.access_token)


def _permission(scene: Scene) -> Step:
    body = {"resource_id": scene.resource_ids[0], "resource_scopes": ticket_scopes()}
    assert scene.protector is not None
    return Step(
        "permission",
        scene.protector.metadata["permission_endpoint"],
        "POST",
        _pat(scene) | {"Content-Type": "application/json"},
        json.dumps(body),
        201,
        {"ticket": r'"ticket": ?"([^"]+)"'},
    )


def _token(scene: Scene, **more: str) -> Step:
    assert scene.doctor is not None
    fields = more | {
        "grant_type": UMA_TICKET_GRANT,
        "ticket": "{ticket}",
        "claim_token": scene.doctor.fresh_id_token(),
        "claim_token_format": ID_TOKEN_FORMAT,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": "{assertion}",
    }
    return Step(
        "token",
        scene.doctor.metadata["token_endpoint"],
        "POST",
        {"Content-Type": FORM},
        form(fields),
        200,
        {"rpt": r'"access_token": ?"([^"]+)"'},
    )


def _introspection(scene: Scene, token: str) -> Step:
    assert scene.protector is not None
    return Step(
        "introspection",
        scene.protector.metadata["introspection_endpoint"],
        "POST",
        _pat(scene) | {"Content-Type": FORM},
        f"token={token}",
        200,
        {"active": r'"active": ?(true)'},
    )
