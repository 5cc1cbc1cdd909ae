"""A linked record with resources, and requests to it."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.fhir_rs.protected import RECORD, Protected, bare, fake, site
from tests.fhir_rs.store import filled

__all__ = ["bare", "fake", "site"]


class Record:
    """Alice's record as somebody sees it."""

    def __init__(self, site: Protected) -> None:
        self.site = site
        self.fake = site.fake

    def get(self, path: str, token: str | None = None, **more: Any) -> TestResponse:
        return self.call("GET", path, token, **more)

    def call(self, method: str, path: str, token: str | None = None, **more: Any) -> TestResponse:
        headers = dict(more.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if "json" in more or "data" in more:
            headers.setdefault("Content-Type", "application/fhir+json")
        url = f"/fhir/r/{RECORD}{path}"
        return self.site.client.open(url, method=method, headers=headers, **more)

    def rpt(self, type_: str, kind: str, *scopes: str, action: str = "read", **limits: Any) -> str:
        more = {"heart_uma_limits": limits} if limits else {}
        scope = f"patient/{type_}.{action}"
        return self.fake.rpt([self.fake.permission(type_, kind, scope, *scopes, **more)])


@pytest.fixture
def record(site: Protected) -> Record:
    return Record(filled(site))


def ids(response: TestResponse, mode: str = "match") -> list[str]:
    assert response.status_code == 200, response.get_data(as_text=True)
    return [
        f"{e['resource']['resourceType']}/{e['resource']['id']}"
        for e in response.get_json().get("entry", [])
        if e["search"]["mode"] == mode
    ]
