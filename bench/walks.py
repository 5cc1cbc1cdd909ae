"""The measured walks: each one as the requests that one client repeats."""

from __future__ import annotations

import json
from dataclasses import replace

from bench.plan import Plan, Step, form
from bench.scene import Scene, ticket_scopes
from heart_uma.client_auth import ASSERTION_TYPE
from heart_uma.metadata import ID_TOKEN_FORMAT, UMA_TICKET_GRANT

FORM = "application/x-www-form-urlencoded"
READS = 900
"""Different reads before the first of them comes again."""
PER_SECOND = 3000
"""Signed assertions laid in for each second: more than any server here can use."""


def bare(origin: str) -> Plan:
    return Plan((Step("json", f"{origin}/json"),))


def enforced_read(scene: Scene) -> Plan:
    """One observation by its id, of one owner after the other, with RPTs that are known already."""
    each = max(1, READS // len(scene.owners))
    reads = [
        (owner, owner.observations[number % len(owner.observations)])
        for number in range(each)
        for owner in scene.owners
    ]
    step = Step("read", f"{scene.clinic}{{record}}/Observation/{{id}}", headers=_bearer("{rpt}"))
    again = {
        "record": [owner.record for owner, _ in reads],
        "rpt": [owner.rpt for owner, _ in reads],
        "id": [observation for _, observation in reads],
    }
    return Plan((step,), again=again)


def enforced_search(scene: Scene) -> Plan:
    """The 20 newest of the first owner's observations."""
    url = f"{scene.base}/Observation?_sort=-date&_count=20"
    return Plan((Step("search", url, headers=_bearer(scene.rpt)),))


def grant(scene: Scene, seconds: float) -> Plan:
    """Permission request, then the grant: an RPT, of one owner after the other.

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
        again=_owners(scene),
        seconds=seconds,
    )


def permission(scene: Scene) -> Plan:
    """What a resource server does for a tokenless request: a ticket for what was asked."""
    return Plan((_permission(scene),), again=_owners(scene))


def full_cycle(scene: Scene, seconds: float) -> Plan:
    """The same and the introspection of what came out."""
    plan = grant(scene, seconds)
    return replace(plan, steps=(*plan.steps, _introspection(scene, "{rpt}")))


def introspection(scene: Scene) -> Plan:
    """One RPT of each owner, asked about over and over."""
    rpts = [scene.rpt_for_the_protector(owner) for owner in scene.owners]
    return Plan((_introspection(scene, "{rpt}"),), again=_owners(scene) | {"rpt": rpts})


def through_the_clinic(scene: Scene, seconds: float) -> Plan:
    """As an app sees it: a tokenless read, the grant, and the read again with the new RPT."""
    doctor = scene.doctor
    assert doctor is not None
    url = f"{scene.clinic}{{record}}/Observation/{{id}}"
    again = {
        "record": [owner.record for owner in scene.owners],
        "id": [owner.observations[0] for owner in scene.owners],
    }
    challenged = Step("challenge", url, status=401, take={"ticket": r'ticket="([^"]+)"'})
    read = Step("first read", url, headers={"Authorization": "Bearer {rpt}"})
    return Plan(
        (challenged, _token(scene), read),
        inputs={"assertion": doctor.assertions(int(PER_SECOND * (seconds + 0.5)))},
        again=again,
        seconds=seconds,
    )


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _owners(scene: Scene) -> dict[str, list[str]]:
    """The next owner for each walk: else all would write the rows of one."""
    return {
        "pat": [owner.pat for owner in scene.owners],
        "resource": [owner.resource_id for owner in scene.owners],
    }


def _permission(scene: Scene) -> Step:
    scopes = json.dumps(ticket_scopes())
    return Step(
        "permission",
        scene.protector.metadata["permission_endpoint"],
        "POST",
        _bearer("{pat}") | {"Content-Type": "application/json"},
        f'{{"resource_id": "{{resource}}", "resource_scopes": {scopes}}}',
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
    return Step(
        "introspection",
        scene.protector.metadata["introspection_endpoint"],
        "POST",
        _bearer("{pat}") | {"Content-Type": FORM},
        f"token={token}",
        200,
        {"active": r'"active": ?(true)'},
    )
