"""A patient who changes her rules at the sharing service and hides entries at her clinic."""

from __future__ import annotations

import secrets

import httpx

from bench.failover import kept
from bench.failover.changes import Sender
from bench.patients import observation_ids
from bench.scene import Scene
from demo.cast import OWNER, PASSWORD
from demo.owner_app import OwnerApp
from demo.records.elements import CEDAR
from demo.rules import standing_policies

RETURN_TO = "http://127.0.0.1:9/allowed"
TIMEOUT = 60.0
"""Longer than any answer may take, so that a slow one is measured and not missed."""


def senders(scene: Scene, count: int, number: int) -> list[Sender]:
    """One of each, with `count` changes that no other `number` makes."""
    http = httpx.Client(timeout=TIMEOUT, trust_env=False)
    owner = OwnerApp.allowed_by(http, scene.place.issuer, RETURN_TO, OWNER, PASSWORD)
    ids = observation_ids()[number * count : (number + 1) * count]
    return [_rules(scene, owner, count), _levels(scene, owner, [f"Observation/{i}" for i in ids])]


def _rules(scene: Scene, owner: OwnerApp, count: int) -> Sender:
    people = dict.fromkeys(("bob", "dana", "sam", "vic"), "nobody")
    pattern = standing_policies(people, scene.now())[0]
    ids = [secrets.token_urlsafe(24) for _ in range(count)]
    http, endpoint = httpx.Client(timeout=TIMEOUT, trust_env=False), owner.metadata
    headers = {"Authorization": f"Bearer {owner.tokens.access_token}"}

    def send(number: int) -> httpx.Response:
        rule = {**pattern, "id": ids[number], "who": {"organization": f"Practice {ids[number]}"}}
        address = f"{endpoint['policy_endpoint']}/{ids[number]}"
        return http.put(address, json=rule, headers=headers)

    return Sender("sharing service", send, ids, kept.rules)


def _levels(scene: Scene, owner: OwnerApp, addresses: list[str]) -> Sender:
    http = httpx.Client(timeout=TIMEOUT, trust_env=False)
    token = owner.owner_token(scene.place.fhir_base(CEDAR))
    headers = {"Authorization": f"Bearer {token}"}

    def send(number: int) -> httpx.Response:
        body = {"level": "hidden", "ids": [addresses[number]]}
        return http.post(f"{scene.base}/$level", json=body, headers=headers)

    return Sender("clinic", send, addresses, kept.hidden)
