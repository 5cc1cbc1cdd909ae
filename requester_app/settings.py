"""Settings of the requester app, read from `REQUESTER_*` once at start."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from heart_ground.reach import Reach
from heart_ground.settings import Address, Issuers, Names, Root, ServiceSettings, TimeZone
from heart_uma.loopback import is_loopback_url


class RequesterSettings(ServiceSettings):
    """Everything an operator can choose; the secret and the key file have no default."""

    model_config = SettingsConfigDict(env_prefix="REQUESTER_")

    url: Root = "http://localhost:8403"
    """Public address of this app, without a path; links and its sign-in address start with it."""
    name: str = "Clinic app"
    """Name of the app as people read it."""
    as_issuer: Address = "http://localhost:8400"
    """Issuer of the authorization server where people sign in."""
    trusted_as: Issuers = ()
    """Issuers a record may name in its challenge, separated by commas; default: `as_issuer`."""
    client_id: str = "requester"
    """Client id of this app at the authorization server."""
    key_file: Path
    """JWK set with the private key that authenticates this app (mode 0600)."""
    secret: SecretStr
    """At least 32 bytes: seals tokens and tickets at rest."""
    database_url: str = "sqlite:///requester_app.db"
    """SQLAlchemy URL: `sqlite:///file` or `postgresql://...`."""
    demo_mode: bool = False
    """Mark every page as a demonstration with made-up people."""
    idle_seconds: int = Field(default=600, ge=60)
    """Seconds without a click after which a person is signed out."""
    session_seconds: int = Field(default=8 * 3600, ge=600)
    """Seconds after which a person signs in again, however busy."""
    fetch_deadline: float = Field(default=8.0, gt=0, le=60)
    """Seconds that one page waits for all its sources together."""
    fetch_threads: int = Field(default=8, ge=1, le=64)
    """How many sources one page asks at the same time; 1 asks them one after another."""
    max_answer_bytes: int = Field(default=32 * 1024 * 1024, gt=0)
    """Largest answer of one source that is read."""

    time_zone: TimeZone = "UTC"
    """Zone in which dates and times are written out: the portal's, so that both say the same."""
    private_hosts: Names = ()
    """Comma list of host names that may lead to a private address: your own resource servers', if
    they are in one network with this app."""

    @property
    def reach(self) -> Reach:
        """Where calls to records may go: people paste their addresses."""
        return Reach.of(self.url, self.private_hosts)

    @property
    def issuers(self) -> tuple[str, ...]:
        """The authorization servers this app talks to, and no others."""
        return self.trusted_as or (self.as_issuer,)

    @property
    def origin(self) -> str:
        """Scheme, host and port of this app."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_https(self) -> bool:
        """True when the app is served over TLS."""
        return self.url.startswith("https://")

    @property
    def is_loopback(self) -> bool:
        """True when the app itself runs on this machine only (demonstration, tests)."""
        return is_loopback_url(self.url)
