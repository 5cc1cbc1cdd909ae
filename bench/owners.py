"""One owner of a measured scene: her record, her rules, and what is registered for her."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import httpx

from bench.people import Allowed, allowed_by
from bench.tools import Browser, link_record
from demo.cast import BY_LOGIN, PASSWORD
from demo.layout import Layout
from demo.owner_app import OwnerApp
from demo.records.elements import CEDAR
from demo.rules import standing_policies
from heart_uma.protection_api import ProtectionApi
from heart_uma.resources import ResourceDescription
from heart_uma.scopes import resource_scopes

RETURN_TO = "http://127.0.0.1:9/allowed"


@dataclass
class Owner:
    """`observations` are those of her record that carry no label. `protector` is a
    resource server of the load generator's own, which has registered `resource_id` for her."""

    record: str
    observations: tuple[str, ...]
    protector: Allowed
    resource_id: str
    rpt: str = ""

    @property
    def pat(self) -> str:
        return self.protector.tokens.access_token


def settled(
    http: httpx.Client,
    place: Layout,
    login: str,
    *,
    record: str,
    code: str,
    observations: list[str],
    now: datetime,
) -> Owner:
    """Link the record of `code`, write the rules, allow the protector: all as `login` does it."""
    with Browser() as browser:
        link_record(browser, place.origin(CEDAR), place.issuer, code, login, PASSWORD)
    _write_rules(http, place.issuer, login, now)
    protector = allowed_by(
        http,
        place.issuer,
        login,
        "openid uma_protection offline_access",
        name="A resource server",
        application_type="web",
        grant_types=["authorization_code", "refresh_token"],
        heart_uma_resource_server={"base": "http://127.0.0.1:9/fhir", "limits": True},
    )
    api = ProtectionApi(http, protector.metadata, protector.tokens.access_token)
    resource_id = api.register(_conditions()).resource_id
    return Owner(record, tuple(observations), protector, resource_id)


def _write_rules(http: httpx.Client, issuer: str, login: str, now: datetime) -> None:
    owner = OwnerApp.allowed_by(http, issuer, RETURN_TO, login, PASSWORD)
    found = {one: _key(owner, one) for one in ("bob", "dana", "sam", "vic")}
    for policy in standing_policies(found, now):
        owner.put_policy(policy)
    owner.leave()


def _key(owner: OwnerApp, login: str) -> str:
    person = BY_LOGIN[login]
    found = owner.people(person.name if person.listed else person.email)
    return next(str(one["key"]) for one in found if one["name"] == person.name)


def _conditions() -> ResourceDescription:
    """What a ticket of the measured grants asks for."""
    return ResourceDescription(
        "Condition",
        "conditions",
        "http://127.0.0.1:9/fhir/r/abcdefghijklmnopqrstuv",
        tuple(resource_scopes("Condition")),
        "Conditions",
    )
