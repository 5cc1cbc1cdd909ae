"""What the settings of every service share: where they come from and what is never accepted.

Read once at start from the environment or from mounted files. A value that would not be safe stops
the service with a sentence that names the variable and never repeats a secret.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from heart_ground import mounted_secrets
from heart_ground.database_settings import DatabaseSettings
from heart_ground.secret_strength import weakness_of
from heart_uma.loopback import require_https_or_loopback


class ServiceSettings(DatabaseSettings):
    """Base of a service's settings; the service adds its prefix and its fields.

    A field named `secret` is checked for strength. Raises pydantic's ValidationError.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        hide_input_in_errors=True,  # a refused secret must not reach the log
        extra="ignore",
        secrets_dir=mounted_secrets.folder(),
        use_attribute_docstrings=True,
    )

    metrics: bool = False
    """Serve Prometheus figures at /metrics."""
    contact: str = Field(default="", max_length=300)
    """Whom people may ask, as the help page says it: a telephone number, an address, hours."""

    @field_validator("secret", check_fields=False)
    @classmethod
    def _strong_secret(cls, value: SecretStr) -> SecretStr:
        name = f"{cls.model_config.get('env_prefix', '')}SECRET"
        if weakness := weakness_of(value.get_secret_value()):
            raise ValueError(f"{name} {weakness}")
        return value


def service_address(value: str) -> str:
    """`value` as the address of a service: https, or http on loopback, and no slash at its end.

    ValueError for anything else: a user part, a query or a fragment too (RFC 8414 2).
    """
    if value.endswith("/"):
        raise ValueError("write it without a trailing slash")
    return require_https_or_loopback(value)


def service_root(value: str) -> str:
    """`value` as the address of a service that is served at the root of its host, and nowhere else.

    ValueError for one with a path: its pages, forms and well-known addresses would all lead past
    it (RFC 8414 3.1). Give such a service a host name of its own instead.
    """
    service_address(value)
    if urlsplit(value).path:
        raise ValueError(
            "it has a path, and this service is served at the root of its host: give it a host "
            "name of its own"
        )
    return value


def comma_list(value: Any) -> Any:
    """The parts of a comma list, stripped and without empty ones; what is no text stays."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Address = Annotated[str, AfterValidator(service_address)]
"""Base address of a service, byte for byte as it is compared."""
Root = Annotated[str, AfterValidator(service_root)]
"""Base address of one of our services without a path: a scheme, a host and perhaps a port."""
Issuer = Annotated[str, AfterValidator(require_https_or_loopback)]
"""Issuer of an authorization server that may be somebody else's, and so may end in a slash."""
Issuers = Annotated[tuple[Issuer, ...], NoDecode, BeforeValidator(comma_list)]
"""Several of them, separated by commas."""
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(comma_list)]
"""Words separated by commas."""
TimeZone = Annotated[str, AfterValidator(lambda value: ZoneInfo(value).key)]
"""Name of a zone that this machine knows."""
