"""Settings of the patient portal, read once from the environment (prefix PORTAL_)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from heart_uma import mounted_secrets
from heart_uma.loopback import require_https_or_loopback

MIN_SECRET_BYTES = 32


class PortalSettings(BaseSettings):
    """Every setting has a default fit for the local demo, except the secret."""

    model_config = SettingsConfigDict(
        env_prefix="PORTAL_",
        frozen=True,
        hide_input_in_errors=True,  # a refused secret must not reach the log
        extra="ignore",
        secrets_dir=mounted_secrets.folder(),
    )

    url: str = Field(default="http://localhost:8402", description="Public address of this portal.")
    as_issuer: str = Field(
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
    requester_url: str = Field(
        default="http://localhost:8403", description="Where the links handed to people point."
    )
    clinics: Annotated[tuple[tuple[str, str], ...], NoDecode] = Field(
        default=(), description="Clinics that can be linked: `Name=origin`, separated by commas."
    )
    demo_mode: bool = Field(default=False, description="Say on each page that it is a demo.")
    time_zone: str = Field(default="UTC", description="Zone in which times are written out.")
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
    metrics: bool = Field(default=False, description="Serve Prometheus figures at /metrics.")

    @field_validator("url", "as_issuer", "requester_url")
    @classmethod
    def _https_or_loopback(cls, value: str) -> str:
        if value.endswith("/"):
            raise ValueError("write it without a trailing slash")
        return require_https_or_loopback(value)

    @field_validator("secret")
    @classmethod
    def _strong_secret(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value().encode()) < MIN_SECRET_BYTES:
            raise ValueError(f"PORTAL_SECRET needs at least {MIN_SECRET_BYTES} bytes")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        ZoneInfo(value)
        return value

    @field_validator("clinics", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        pairs = [part.partition("=") for part in value.split(",") if part.strip()]
        return tuple(
            (name.strip(), require_https_or_loopback(address.strip())) for name, _, address in pairs
        )

    @property
    def is_https(self) -> bool:
        return self.url.startswith("https://")

    @property
    def redirect_uri(self) -> str:
        """Where the issuer sends the browser back after sign-in (registered, exact match)."""
        return f"{self.url}/login/return"

    @property
    def seal_secret(self) -> str:
        return self.secret.get_secret_value()
