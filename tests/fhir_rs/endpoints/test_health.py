"""/healthz, /readyz, /metrics, and the headers of every answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from fhir_rs.settings import Settings
from heart_ground import probes
from heart_uma.jose import KeySet
from tests.fhir_rs.fake_as import ISSUER
from tests.fhir_rs.protected import Protected, bare, fake, make_settings, site

__all__ = ["bare", "fake", "site"]


def test_up_and_ready_are_two_things(site: Protected) -> None:
    assert site.client.get("/healthz").get_json() == {"status": "ok"}
    assert site.client.get("/readyz").status_code == 200
    site.fake.line.cut = True
    probes.forget(site.app, ISSUER)
    answer = site.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"database": "ok", "audit": "ok", ISSUER: "failing"}
    assert site.client.get("/healthz").status_code == 200


@pytest.mark.fault("B19")
@pytest.mark.parametrize("cut", [False, True])
def test_a_probe_asks_nobody_again_who_was_asked_just_now(site: Protected, cut: bool) -> None:
    """Anybody may call it: it must not make this server call others as often as they like."""
    site.fake.line.cut = cut
    answers = {site.client.get("/readyz").status_code for _ in range(20)}
    assert answers == {503 if cut else 200}
    assert len(site.fake.line.calls) == 1


def test_figures_are_off_unless_asked_for(site: Protected) -> None:
    assert site.client.get("/metrics").status_code == 404
    site.app.settings = site.app.settings.model_copy(update={"metrics": True})
    site.client.get("/healthz")
    assert b"heart_uma_rs_answers_total" in site.client.get("/metrics").data


@pytest.mark.parametrize("path", ["/healthz", "/fhir/r/x/Probe", "/link", "/nowhere"])
def test_every_answer_carries_the_security_headers(site: Protected, path: str) -> None:
    headers = site.client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers


@pytest.mark.attack("FH-82")
@pytest.mark.parametrize("method", ["DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_unknown_methods_are_405_and_overrides_are_ignored(site: Protected, method: str) -> None:
    answer = site.client.open("/healthz", method=method)
    assert answer.status_code == 405
    overridden = site.client.get("/healthz", headers={"X-HTTP-Method-Override": method})
    assert overridden.status_code == 200


@pytest.mark.attack("FH-79")
@pytest.mark.parametrize(
    "changes",
    [
        {"base_url": "http://rs.example.org/fhir"},
        {"base_url": "http://localhost:8401"},
        {"base_url": "http://localhost:8401/fhir/"},
        {"trusted_as": "http://as.example.org"},
        {"trusted_as": ""},
        {"secret": SecretStr("short")},
        {"introspection_max_age": -1},
    ],
)
def test_it_does_not_start_on_unsafe_settings(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        make_settings(tmp_path, KeySet.generate("ES256"), **changes)


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())
