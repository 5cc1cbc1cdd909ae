"""Settings of the patient portal, read once from the environment (prefix PORTAL_)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from heart_ground.reach import Reach
from heart_ground.settings import (
    Address,
    Names,
    Root,
    ServiceSettings,
    TimeZone,
    comma_list,
    service_address,
)


class PortalSettings(ServiceSettings):
    """Every setting has a default fit for the local demo, except the secret."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_")

    url: Root = Field(
        default="http://localhost:8402",
        description="Public address of this portal, without a path.",
    )
    as_issuer: Address = Field(
        default="http://localhost:8400", description="Issuer of the authorization server."
    )
    client_id: str = Field(default="portal", description="This portal's client id at the issuer.")
    key_file: Path = Field(
        default=Path("portal-keys.json"),
        description="JWK set with the private keys of this client, mode 0600.",
    )
    secret: SecretStr = Field(description="At least 32 bytes; seals tokens, keys form tokens.")
    database_url: str = Field(
        default="sqlite:///patient_portal.db", description="SQLite by default, PostgreSQL by URL."
    )
    requester_url: Root = Field(
        default="http://localhost:8403", description="Where the links handed to people point."
    )
    clinics: Annotated[tuple[tuple[str, str], ...], NoDecode] = Field(
        default=(), description="Clinics that can be linked: `Name=origin`, separated by commas."
    )
    clinic_contacts: Annotated[tuple[tuple[str, str], ...], NoDecode] = Field(
        default=(),
        description="How patients reach a clinic with a question: `Name=mail address or telephone "
        "number`, separated by commas; the name as the clinic itself gives it.",
    )
    demo_mode: bool = Field(default=False, description="Say on each page that it is a demo.")
    time_zone: TimeZone = Field(default="UTC", description="Zone in which times are written out.")
    session_idle: int = Field(default=900, ge=60, description="Seconds a session lives unused.")
    session_absolute: int = Field(
        default=8 * 3600, ge=60, description="Seconds a session lives at most."
    )
    counts_max_age: int = Field(
        default=60, ge=0, description="Seconds the counts of the home page may be reused."
    )
    parallel: int = Field(
        default=8, ge=1, le=32, description="Calls to clinics made at the same time; 1: in turn."
    )
    clinic_deadline: float = Field(
        default=8.0,
        gt=0,
        le=60,
        description="Seconds a page waits for all clinics together.",
    )
    private_hosts: Names = Field(
        default=(),
        description="Comma list of host names that may lead to a private address: your own "
        "resource servers', if they are in one network with this portal.",
    )

    @field_validator("clinics", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple((name, service_address(address)) for name, address in _named(value))

    @field_validator("clinic_contacts", mode="before")
    @classmethod
    def _contacts(cls, value: object) -> object:
        return _named(value) if isinstance(value, str) else value

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    @property
    def reach(self) -> Reach:
        """Where calls to clinics may go: strangers run them, and the sharing service names them."""
        return Reach.of(self.url, self.private_hosts)

    @property
    def redirect_uri(self) -> str:
        """Where the issuer sends the browser back after sign-in (registered, exact match)."""
        return f"{self.url}/login/return"

    @property
    def seal_secret(self) -> str:
        return self.secret.get_secret_value()


def _named(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [part.partition("=") for part in comma_list(text)]
    return tuple((name.strip(), said.strip()) for name, _, said in pairs)
