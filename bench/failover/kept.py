"""What of the acknowledged changes is in the databases afterwards."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import select
from sqlmodel import col

from as_server.models.policy import Policy
from bench.scene import Scene
from demo.records.elements import CEDAR
from fhir_rs.models.resource import Resource
from fhir_rs.verification.audit import verify
from heart_ground.database import reading
from heart_ground.engines import make_engine
from heart_uma.jose import KeySet
from heart_uma.levels import LEVELS


def rules(scene: Scene, ids: Collection[str]) -> set[str]:
    """Those of `ids` that are stored as rules."""
    engine = make_engine(scene.place.database("as"))
    with reading(engine) as connection:
        found = connection.scalars(select(col(Policy.id)).where(col(Policy.id).in_(ids)))
        kept = set(found)
    engine.dispose()
    return kept


def hidden(scene: Scene, addresses: Collection[str]) -> set[str]:
    """Those of `addresses` that are hidden from everyone."""
    engine = make_engine(scene.place.database(CEDAR))
    with reading(engine) as connection:
        found = connection.scalars(
            select(col(Resource.address)).where(
                col(Resource.record) == scene.record,
                col(Resource.address).in_(addresses),
                col(Resource.level) == LEVELS["hidden"],
            )
        )
        kept = set(found)
    engine.dispose()
    return kept


def audit_holds(scene: Scene) -> bool:
    """The clinic's log is whole."""
    place = scene.place
    engine = make_engine(place.database(CEDAR))
    keys = KeySet.load(place.key_file(CEDAR))
    broken = verify(engine, keys, place.fhir_base(CEDAR), datetime.now(UTC))
    engine.dispose()
    return not broken
