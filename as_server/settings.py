"""Settings of the authorization server, read once from the environment (prefix AS_)."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode, SettingsConfigDict

from heart_ground.reach import Reach
from heart_ground.settings import Names, Root, ServiceSettings, comma_list


class AsSettings(ServiceSettings):
    """Every setting has a default fit for the local demo, except the secret."""

    model_config = SettingsConfigDict(env_prefix="AS_")

    issuer: Root = Field(
        default="http://localhost:8400",
        description="The issuer identifier, byte for byte; https unless the host is loopback, and "
        "without a path.",
    )
    database_url: str = Field(
        default="sqlite:///as_server.db", description="SQLite by default, PostgreSQL by URL."
    )
    database_pool: int = Field(
        default=10,
        description="Connections to the database that a process of the service keeps open.",
    )
    database_overflow: int = Field(
        default=20,
        description="Connections that it opens beyond those while it is busy, or pushes events to "
        "many resource servers, and closes again.",
    )
    key_file: Path | None = Field(
        default=None, description="JWK set with the private signing keys, mode 0600."
    )
    secret: SecretStr = Field(
        description="At least 32 bytes; keys pairwise subjects, form tokens, and the seals that "
        "say to this server whose a ticket or a token is."
    )
    demo_mode: bool = Field(
        default=False, description="Show the cast as buttons on the login page."
    )
    clients_file: Path | None = Field(
        default=None, description="JSON list of statically registered clients, upserted at start."
    )
    client_profiles: Annotated[
        tuple[Literal["smart", "oidc"], ...], NoDecode, BeforeValidator(comma_list)
    ] = Field(
        default=(),
        description="Comma list of the profiles that clients of others may have: `smart`, `oidc`. "
        "None unless it says so.",
    )
    portal_url: Root = Field(
        default="http://localhost:8402",
        description="Where owners set their policies: the start of user_access_policy_uri.",
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Where mail about notices is handed in: `smtp://name:password@host:587` (TLS "
        "by STARTTLS) or `smtps://...:465`; in clear only on loopback. None: notices are in the "
        "portal only.",
    )
    mail_from: str = Field(
        default="", description="The sender of that mail: an address, as `notices@example.org`."
    )
    signing_algorithm: Literal["RS256", "ES256"] = Field(
        default="RS256", description="Algorithm of the tokens this server signs."
    )

    argon2_time_cost: int = Field(default=1, ge=1, description="Passes of argon2id.")
    argon2_memory_kib: int = Field(default=47104, ge=8, description="Memory of argon2id in KiB.")
    argon2_parallelism: int = Field(default=1, ge=1, description="Lanes of argon2id.")
    argon2_concurrency: int = Field(
        default=4, ge=1, description="How many passwords are checked at the same time."
    )

    code_lifetime: int = Field(default=60, description="Seconds an authorization code lives.")
    access_token_lifetime: int = Field(
        default=3600, description="Seconds a PAT or a policy token lives."
    )
    public_client_token_lifetime: int = Field(
        default=900, description="Seconds an access token of a public client lives."
    )
    owner_token_lifetime: int = Field(default=300, description="Seconds an owner token lives.")
    rpt_lifetime: int = Field(default=300, description="Seconds an RPT lives.")
    refresh_token_lifetime: int = Field(
        default=86400, description="Seconds a refresh token family lives, counted from consent."
    )
    pat_refresh_lifetime: int = Field(
        default=90 * 86400, description="Seconds a PAT's refresh token lives after its last use."
    )
    refresh_token_format: Literal["opaque", "jws"] = Field(
        default="opaque",
        description="`opaque`: a random string, known by its hash. `jws`: signed with the key of "
        "access tokens (HEART OAuth 2.0, 3.2.1); those of either kind are taken until they end.",
    )
    refresh_repeat_window: int = Field(
        default=30, description="Seconds in which an exchanged refresh token may be repeated."
    )
    id_token_lifetime: int = Field(default=300, description="Seconds an ID token lives.")
    assertion_lifetime: int = Field(
        default=120, description="How far ahead the exp of a client assertion may lie, in seconds."
    )
    polling_interval: int = Field(
        default=5, description="Seconds between polls, told to a client that waits for an answer."
    )

    session_idle: int = Field(default=900, description="Seconds a sign-in lives without use.")
    session_absolute: int = Field(default=8 * 3600, description="Seconds a sign-in lives at most.")

    login_rate_per_minute: int = Field(
        default=5, description="Wrong passwords a minute for one account from one address."
    )
    login_address_rate_per_minute: int = Field(
        default=50, description="Wrong passwords a minute from one address."
    )
    registration_rate_per_hour: int = Field(
        default=20, description="Dynamic registrations an hour from one address; 0 lifts the limit."
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        description="How many proxies in front append the caller's address to X-Forwarded-For.",
    )
    private_hosts: Names = Field(
        default=(),
        description="Comma list of host names that may lead to a private address: your own "
        "resource servers', if they are in one network with this server.",
    )
    ballast_bytes: int = Field(
        default=8 * 1024 * 1024,
        ge=0,
        description="Room kept beside a SQLite file so that a stop works on a full disk; 0: none.",
    )

    @property
    def secret_bytes(self) -> bytes:
        return self.secret.get_secret_value().encode()

    @property
    def reach(self) -> Reach:
        """Where requests to addresses that clients registered may go."""
        return Reach.of(self.issuer, self.private_hosts)

    @property
    def origin(self) -> str:
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_https(self) -> bool:
        return self.issuer.startswith("https://")
