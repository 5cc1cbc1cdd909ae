"""Typed client of the owner's own path to one record (DESIGN 13): preview, list, level, activity.

Takes the HTTP client and token as arguments, so that several clinics can be asked at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from heart_uma.strict_json import StrictJsonError, loads
from patient_portal.errors import ClinicDown


@dataclass(frozen=True)
class OwnRecord:
    """One record as its owner reaches it."""

    http: httpx.Client
    base: str
    token: str

    def preview(
        self, permissions: Sequence[Mapping[str, Any]], tell: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """What these permissions would show, by the clinic's own enforcing query."""
        body = {"permissions": list(permissions), "tell": tell or {"level": "neutral"}}
        return self._call("POST", "$preview", json=body)

    def resources(self, **filters: str) -> tuple[dict[str, Any], dict[str, str]]:
        """One page of the owner's list, and the parameters of the next one (none: the last)."""
        page = self._call("GET", "$records", params=filters)
        return page, _parameters_of(page.get("next"))

    def set_level(self, level: str, ids: Sequence[str]) -> None:
        self._call("POST", "$level", json={"level": level, "ids": list(ids)})

    def activity(self, **filters: str) -> tuple[dict[str, Any], dict[str, str]]:
        """One page of who looked, newest first, and the parameters of the next one."""
        page = self._call("GET", "$activity", params=filters)
        return page, _parameters_of(page.get("next"))

    def _call(self, method: str, operation: str, **options: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        try:
            got = self.http.request(method, f"{self.base}/{operation}", headers=headers, **options)
            body = loads(got.content) if got.content else {}
        except (httpx.HTTPError, StrictJsonError) as error:
            raise ClinicDown(self.base) from error
        if got.status_code >= 400 or not isinstance(body, dict):
            raise ClinicDown(self.base)
        return body


def _parameters_of(address: object) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query)) if isinstance(address, str) else {}
