"""A database with the records A and B, on SQLite and on PostgreSQL, and a log on it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, text

from fhir_rs.audit.log import AuditLog
from fhir_rs.db import make_engine
from tests.conftest import Clock
from tests.fhir_rs.audit.drafts import KEYS, add_records
from tests.fhir_rs.fake_as import BASE


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> Any:
    if request.param == "sqlite":
        made = make_engine("sqlite://")
    else:
        server = request.getfixturevalue("postgres_server")
        admin = make_engine(f"{server}/postgres").execution_options(isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS audit_test"))
            connection.execute(text("CREATE DATABASE audit_test"))
        admin.dispose()
        made = make_engine(f"{server}/audit_test")
    add_records(made)
    yield made
    made.dispose()


@pytest.fixture
def log(engine: Engine, clock: Clock) -> AuditLog:
    return AuditLog(engine, KEYS, BASE, clock)
