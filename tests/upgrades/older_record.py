"""Alice's record in a dumped database of a resource server, under today's code some days later."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fhir_rs.db import make_engine
from tests.conftest import Clock
from tests.fhir_rs.endpoints.conftest import Record
from tests.fhir_rs.fake_as import FakeAs
from tests.fhir_rs.protected import Protected, start
from tests.upgrades.dumped import restore


def older_record(
    url: str, folder: Path, migration: str, elsewhere: dict[str, Any], *, days: int
) -> Record:
    """The record as the code of `migration` kept it, unused for `days`.

    `elsewhere` is what the authorization server held then.
    """
    engine = make_engine(url)
    restore(engine, "fhir_rs", migration)
    engine.dispose()
    clock = Clock(datetime.fromtimestamp(elsewhere["verified_at"], UTC))
    clock.advance(days=days)
    fake = FakeAs(clock)
    fake.pats, fake.refresh_tokens = set(), set(elsewhere["refresh_tokens"])
    fake.resources = dict(elsewhere["resources"])
    return Record(Protected(start(folder, clock, fake, database_url=url), fake, clock))
