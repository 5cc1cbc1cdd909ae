"""Settings of all four services refuse what would not be safe, and say nothing of a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from as_server.settings import AsSettings
from fhir_rs.settings import Settings
from heart_ground.engines import Connections
from patient_portal.settings import PortalSettings
from requester_app.settings import RequesterSettings

GOOD = "a secret of the tests, 0123456789 abcdef"
SERVICES: dict[str, tuple[Any, dict[str, Any]]] = {
    "AS": (AsSettings, {}),
    "RS": (Settings, {"key_file": Path("keys"), "database_url": "sqlite://"}),
    "PORTAL": (PortalSettings, {}),
    "REQUESTER": (RequesterSettings, {"key_file": Path("keys")}),
}
WEAK = {
    "short": "a secret of 31 bytes, 012345678",
    "one letter": "x" * 40,
    "few letters": "abcdefg" * 6,
    "twice the same": "0f8e2b1c9d7a4" * 3,
    "a row": "0123456789abcdefghijklmnopqrstuvwxyz",
    "a row backwards": "9876543210zyxwvutsrqponmlkjihgfedcba",
    "a placeholder": "change-me-change-me-change-me-1234",
    "a password": "Password-Secret-Example-Default-12345",
}
each_service = pytest.mark.parametrize("prefix", SERVICES)


def settings(prefix: str, **changes: Any) -> Any:
    made, needed = SERVICES[prefix]
    return made(**{"secret": GOOD, **needed, **changes})


@each_service
@pytest.mark.parametrize("weak", WEAK)
def test_a_weak_secret_stops_a_service_and_is_not_repeated(prefix: str, weak: str) -> None:
    with pytest.raises(ValidationError, match=f"{prefix}_SECRET") as caught:
        settings(prefix, secret=WEAK[weak])
    assert WEAK[weak] not in str(caught.value)


@each_service
def test_a_strong_secret_is_taken_from_a_mounted_file(
    prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (GOOD, GOOD[::-1], "3f9a" + GOOD):
        assert settings(prefix, secret=name + "Q7").secret.get_secret_value()
    made, needed = SERVICES[prefix]
    (tmp_path / f"{prefix.lower()}_secret").write_text(GOOD)
    assert made(_secrets_dir=tmp_path, **needed).secret.get_secret_value() == GOOD


ADDRESSES = [
    ("AS", "issuer"),
    ("AS", "portal_url"),
    ("RS", "base_url"),
    ("RS", "trusted_as"),
    ("PORTAL", "url"),
    ("PORTAL", "as_issuer"),
    ("PORTAL", "requester_url"),
    ("PORTAL", "clinics"),
    ("REQUESTER", "url"),
    ("REQUESTER", "as_issuer"),
    ("REQUESTER", "trusted_as"),
]


@pytest.mark.parametrize(("prefix", "name"), ADDRESSES)
@pytest.mark.parametrize(
    "address",
    ["http://a.example/b", "ftp://localhost/b", "https:///b", "https://u:p@a.example/b",
     "https://a.example/b?c=d", "https://a.example/b#c", "x"],
)  # fmt: skip
def test_an_address_is_https_or_loopback(prefix: str, name: str, address: str) -> None:
    given = f"Clinic={address}" if name == "clinics" else address
    with pytest.raises(ValidationError, match=name):
        settings(prefix, **{name: given})


ROOTS = [
    ("AS", "issuer"),
    ("AS", "portal_url"),
    ("PORTAL", "url"),
    ("PORTAL", "requester_url"),
    ("REQUESTER", "url"),
]
"""Addresses of services that are served at the root of their host."""


@pytest.mark.parametrize(("prefix", "name"), ADDRESSES)
@pytest.mark.parametrize("address", ["https://a.example/b", "http://127.0.0.1:9/b"])
def test_a_safe_address_is_kept_byte_for_byte(prefix: str, name: str, address: str) -> None:
    if (prefix, name) in ROOTS:
        address = address.removesuffix("/b")
    given = f" Clinic = {address} ," if name == "clinics" else address
    found = getattr(settings(prefix, **{name: given}), name)
    assert found in (address, (address,), (("Clinic", address),))


@each_service
def test_settings_never_change_and_ignore_what_is_not_theirs(prefix: str) -> None:
    made = settings(prefix, unknown="x")
    with pytest.raises(ValidationError):
        made.secret = "another"


@each_service
def test_a_service_says_how_many_connections_it_holds(
    prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Connections(10, 20) if prefix == "AS" else Connections(8, 8)
    assert settings(prefix).connections == usual and usual.prepare
    chosen = {"POOL": "3", "OVERFLOW": "0", "PREPARE": "false"}
    for name, value in chosen.items():
        monkeypatch.setenv(f"{prefix}_DATABASE_{name}", value)
    assert settings(prefix).connections == Connections(3, 0, prepare=False)


@each_service
@pytest.mark.parametrize(
    ("name", "least", "bad"),
    [(name, least, bad) for name, least in (("pool", 1), ("overflow", 0))
     for bad in (str(least - 1), "-1", "1001", "ten", "1.5", "")],
)  # fmt: skip
def test_connections_without_a_bound_stop_a_service_with_a_sentence(
    prefix: str, name: str, least: int, bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To SQLAlchemy a pool of 0 and an overflow of -1 have no bound."""
    monkeypatch.setenv(f"{prefix}_DATABASE_{name.upper()}", bad)
    with pytest.raises(ValidationError) as caught:
        settings(prefix)
    (told,) = caught.value.errors()
    variable = f"{prefix}_DATABASE_{name.upper()}"
    assert told["msg"] == (
        f"Value error, {variable} is a whole number of connections from {least} to 1000"
    )


@each_service
def test_whether_statements_are_prepared_is_yes_or_no(
    prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{prefix}_DATABASE_PREPARE", "sometimes")
    with pytest.raises(ValidationError, match="valid boolean") as caught:
        settings(prefix)
    assert [one["loc"] for one in caught.value.errors()] == [("database_prepare",)]


def test_lists_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RS_TRUSTED_AS", " https://a.example/ , ,https://b.example")
    monkeypatch.setenv("REQUESTER_TRUSTED_AS", "https://a.example/,https://b.example")
    both = ("https://a.example/", "https://b.example")
    assert settings("RS").trusted_as == settings("REQUESTER").trusted_as == both
    for prefix in ("AS", "PORTAL", "REQUESTER"):
        monkeypatch.setenv(f"{prefix}_PRIVATE_HOSTS", "One.example, two.example,")
        assert settings(prefix).reach.private_hosts == frozenset({"one.example", "two.example"})
    with pytest.raises(ValidationError, match="RS_TRUSTED_AS"):
        settings("RS", trusted_as=",")


@pytest.mark.fault("1.13")
@pytest.mark.parametrize(("prefix", "name"), ROOTS)
def test_a_path_that_nothing_serves_stops_a_service_with_a_sentence(prefix: str, name: str) -> None:
    """Else every redirect, form and asset leads past the prefix of the proxy in front."""
    try:
        settings(prefix, **{name: "http://localhost:9160/as"})
        said = ""
    except ValidationError as error:
        said = str(error)
    assert name in said
    assert "has a path" in said and "a host name of its own" in said


def test_an_issuer_of_somebody_else_may_have_a_path() -> None:
    issuer = "https://id.example/realms/clinic"
    assert settings("RS", trusted_as=issuer).trusted_as == (issuer,)
    assert settings("REQUESTER", as_issuer=issuer, trusted_as=issuer).as_issuer == issuer
    assert settings("PORTAL", as_issuer=issuer).as_issuer == issuer
