"""What is kept in memory of registrations: never more than was set, never older than the epoch."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from as_server.registrations import Registrations
from tests.as_server.uma import Uma


def kept(engine: Engine, registrations: Registrations, owner: str) -> list[str]:
    with engine.connect() as connection:
        found = registrations.of_owner(connection, owner)
    return sorted(r.fhir_type for resources in found.values() for r in resources)


class Counting:
    """A connection that counts its statements."""

    def __init__(self, connection: Connection) -> None:
        self.inner, self.count = connection, 0

    def execute(self, *given):
        self.count += 1
        return self.inner.execute(*given)


def test_a_second_look_reads_the_state_only(uma: Uma) -> None:
    uma.register("Condition")
    registrations = Registrations()
    counts = []
    for _ in range(2):
        with uma.app.engine.connect() as connection:
            counting = Counting(connection)
            found = registrations.of_owner(counting, uma.key["alice"])  # type: ignore[arg-type]
            assert [len(resources) for resources in found.values()] == [1]
            counts.append(counting.count)
    assert counts == [2, 1]


def test_each_change_shows(uma: Uma) -> None:
    registrations, owner, engine = Registrations(), uma.key["alice"], uma.app.engine
    assert kept(engine, registrations, owner) == []
    first = uma.register("Condition")
    assert kept(engine, registrations, owner) == ["Condition"]
    second = uma.register("Observation", rs="rs2")
    assert kept(engine, registrations, owner) == ["Condition", "Observation"]
    uma.call("DELETE", f"/resource/{first}", uma.pat())
    uma.register("Immunization")
    assert kept(engine, registrations, owner) == ["Immunization", "Observation"]
    uma.call("DELETE", f"/resource/{second}", uma.pat(rs="rs2"))
    assert kept(engine, registrations, owner) == ["Immunization"]
    assert kept(engine, registrations, "nobody") == []


def test_the_owners_asked_for_last_are_kept(uma: Uma) -> None:
    registrations, engine = Registrations(most=1), uma.app.engine
    for login in ("alice", "dora", "alice"):
        kept(engine, registrations, uma.key[login])
    assert list(registrations._kept) == [uma.key["alice"]]
