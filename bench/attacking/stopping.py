"""What a Stop costs after a requester did all a requester can, beside a Stop after one grant."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from bench import processes, servers, walks
from bench.attacking.stage import Stage
from bench.generating import measure
from bench.people import Allowed, allowed_by
from bench.plan import MOST_SECONDS, Plan, form
from bench.scene import DOCTOR
from demo.cast import OWNER, PASSWORD
from demo.owner_app import OwnerApp
from demo.rules import standing_policies

PART = 2_000
"""Grants of one run of the generator."""


@dataclass(frozen=True)
class Stopped:
    """Seconds until the answer, and seconds of CPU in the authorization server."""

    waited: float
    cpu: float


class Sharing:
    """The owner's rule for one doctor: shared with him, and stopped, over and over."""

    def __init__(self, stage: Stage) -> None:
        self._stage, scene = stage, stage.scene
        self._owner = OwnerApp.allowed_by(
            scene.http, scene.place.issuer, "http://127.0.0.1:9/allowed", OWNER, PASSWORD
        )
        self._key = next(
            one["key"] for one in self._owner.people("Chen") if one["name"] == "Dr. Bob Chen"
        )
        for policy in self._owner.policies():
            if policy["who"].get("person") == self._key and policy["state"] != "ended":
                self._owner.end_policy(policy["id"])
        self._on = self._shared()

    def _shared(self) -> str:
        logins = ("bob", "dana", "sam", "vic")
        mine = standing_policies(dict.fromkeys(logins, self._key), self._stage.scene.now())[0]
        self._owner.put_policy(mine)
        return str(mine["id"])

    def stop(self) -> Stopped:
        """Stop, timed; then share again."""
        pids = servers.watched([self._stage.authority])
        before, began = processes.cpu_times(pids), time.perf_counter()
        self._owner.end_policy(self._on)
        waited, after = time.perf_counter() - began, processes.cpu_times(pids)
        self._on = self._shared()
        return Stopped(waited, sum(after.values()) - sum(before.values()))


def crowd(stage: Stage, apps: int) -> list[Allowed]:
    """The doctor allows this many apps, each registered by anybody."""
    scene, scope = stage.scene, "openid offline_access"
    return [
        allowed_by(scene.http, scene.place.issuer, DOCTOR, scope, name=f"App {number}")
        for number in range(apps)
    ]


def grants(stage: Stage, apps: list[Allowed], count: int) -> Plan:
    """`count` grants by these apps in turn, each for a reason of its own."""
    share = -(-count // len(apps))
    proofs = []
    for app in apps:
        claim = app.fresh_id_token()
        proofs.append([(assertion, claim) for assertion in app.assertions(share)])
    pairs = [pair for turn in zip(*proofs, strict=True) for pair in turn][:count]
    measured = walks.grant(stage.scene, 0.01)
    permission, token = measured.steps
    own = {"claim_token": "{claim}", "client_assertion": "{assertion}", "reason": "{reason}"}
    fields = dict(parse_qsl(token.body)) | own
    return Plan(
        (permission, replace(token, body=form(fields))),
        seconds=MOST_SECONDS,
        warm_up=0,
        inputs={
            "assertion": [assertion for assertion, _ in pairs],
            "claim": [claim for _, claim in pairs],
            "reason": [f"visit-{secrets.token_hex(4)}" for _ in range(count)],
        },
        again=measured.again,
    )


def run(stage: Stage, apps: int, count: int) -> tuple[Stopped, Stopped, int]:
    """A Stop after one grant, a Stop after `count` of them, and how many were given."""
    sharing, crowded = Sharing(stage), crowd(stage, apps)
    measure(grants(stage, crowded[:1], 1))
    calm = sharing.stop()
    given = 0
    # In parts, since what proves an app lives two minutes.
    for left in range(count, 0, -PART):
        given += measure(grants(stage, crowded, min(PART, left))).count
    return calm, sharing.stop(), given
