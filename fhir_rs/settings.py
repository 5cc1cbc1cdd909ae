"""Settings of the resource server, read from `RS_*` once at start."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from heart_ground.settings import Address, Issuers, ServiceSettings


class Settings(ServiceSettings):
    """Everything an operator can choose; secrets have no default."""

    model_config = SettingsConfigDict(env_prefix="RS_")

    base_url: Address = "http://localhost:8401/fhir"
    """Public FHIR base; `aud` of the tokens, prefix of every record base and link."""
    name: str = "Cedar Valley Family Practice"
    """Name of the practice as people read it, also the realm of the challenge."""
    database_url: str
    """SQLAlchemy URL: `sqlite:///file` or `postgresql://...`."""
    key_file: Path
    """JWK set with the private keys of this server (mode 0600)."""
    secret: SecretStr
    """At least 32 bytes: seals stored tokens and pending link attempts."""
    trusted_as: Issuers = ("http://localhost:8400",)
    """Issuers a patient may choose, separated by commas."""
    introspection_max_age: float = Field(default=5, ge=0, le=60)
    """Seconds an introspection answer may be reused; 0 asks every time."""
    audit: bool = True
    """Write an entry before each disclosure; off only to measure its price."""
    database_put_back: bool = False
    """True where the database may be put back to an earlier state while the service runs, as by the
    reset of the demo: that its audit was longer before is then no reason to stop."""
    challenges_per_second: float = Field(default=20, gt=0)
    """Tickets one record may cause per second and process without a valid token (Grant 6.3)."""
    max_body_bytes: int = Field(default=16 * 1024 * 1024, gt=0)
    """Largest request body that is read; a scan in a note takes some megabytes."""

    @property
    def public_root(self) -> str:
        """The base without its last step: where the linking pages and the events endpoint are."""
        return self.base_url.rsplit("/", 1)[0]

    def record_base(self, record: str) -> str:
        """The FHIR base of one record, which is also the pointer its owner hands out."""
        return f"{self.base_url}/r/{record}"

    def bases(self, record: str) -> tuple[str, ...]:
        """The addresses at which the resources of a record are, its own base first."""
        return (self.record_base(record), self.base_url)

    @field_validator("base_url")
    @classmethod
    def _base_has_a_path(cls, value: str) -> str:
        if not urlsplit(value).path.strip("/"):
            raise ValueError("RS_BASE_URL needs a path, such as /fhir")
        return value

    @field_validator("trusted_as")
    @classmethod
    def _somebody_is_trusted(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("RS_TRUSTED_AS names no authorization server")
        return value
