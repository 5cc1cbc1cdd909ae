"""Where a service of the demo tells what crossed its edge; set by the launcher alone."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class CaptureSettings(BaseSettings):
    """Settings of the capture, which exists in the demo only."""

    model_config = SettingsConfigDict(env_prefix="CAPTURE_", frozen=True, extra="ignore")

    service: str
    """The name of this service on the stage."""
    stage: str
    """Address of the stage."""
    secret: SecretStr
    """What the stage knows its services by; the salt of what stands for a token."""
    issuer: str
    """Whose published keys signatures are checked with."""
