"""The settings of a service's connections to its database, the same for each service."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from heart_ground.engines import Connections

LEAST = {"database_pool": 1, "database_overflow": 0}
"""SQLAlchemy takes less than this for `without a bound`."""
MOST = 1_000


class DatabaseSettings(BaseSettings):
    """How many connections a process holds, and what it may expect of them."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True)

    database_pool: int = 8
    """Connections to the database that a process of the service keeps open."""
    database_overflow: int = 8
    """Connections that it opens beyond those while it is busy, and closes again."""
    database_prepare: bool = True
    """Whether statements are prepared on PostgreSQL; `false` behind a pooler in transaction mode,
    such as pgbouncer."""

    @field_validator(*LEAST, mode="before")
    @classmethod
    def _a_number_in_bounds(cls, value: Any, info: ValidationInfo) -> int:
        least = LEAST[str(info.field_name)]
        try:
            number = int(str(value))
        except ValueError:
            number = -1
        if not least <= number <= MOST:
            name = f"{cls.model_config.get('env_prefix', '')}{info.field_name}".upper()
            raise ValueError(f"{name} is a whole number of connections from {least} to {MOST}")
        return number

    @property
    def connections(self) -> Connections:
        """What the service's engine is made with."""
        return Connections(self.database_pool, self.database_overflow, self.database_prepare)
