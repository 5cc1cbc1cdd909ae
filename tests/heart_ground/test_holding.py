"""No call goes out while its thread holds a write turn: a slow peer would stop every writer."""

from __future__ import annotations

import threading
from importlib import import_module
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from heart_ground.database import reading, snapshot, writing
from heart_ground.durable.group_commit import GroupCommit
from heart_ground.durable.holding import WaitsInsideTransaction
from heart_ground.engines import make_engine
from heart_ground.transport import guarded, http_client
from tests.world import World


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = make_engine(f"sqlite:///{tmp_path}/own.db")
    with writing(made) as connection:
        connection.execute(text("CREATE TABLE line (name TEXT)"))
    return made


@pytest.fixture
def http() -> httpx.Client:
    return guarded(httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(204))))


def goes_out(http: httpx.Client) -> bool:
    try:
        return http.get("http://peer.test/").status_code == 204
    except WaitsInsideTransaction:
        return False


def test_nothing_goes_out_inside_a_transaction(engine: Engine, http: httpx.Client) -> None:
    with writing(engine):
        assert not goes_out(http)
    assert goes_out(http)
    with pytest.raises(ValueError), writing(engine):
        raise ValueError
    assert goes_out(http)


def test_reads_hold_nobody_up(engine: Engine, http: httpx.Client) -> None:
    with reading(engine), snapshot(engine):
        assert goes_out(http)


def test_another_thread_is_free(engine: Engine, http: httpx.Client) -> None:
    went: list[bool] = []
    with writing(engine):
        other = threading.Thread(target=lambda: went.append(goes_out(http)))
        other.start()
        other.join()
    assert went == [True]


def test_the_turn_of_a_shared_transaction_counts(engine: Engine, http: httpx.Client) -> None:
    group = GroupCommit(engine)
    group.join()
    assert not goes_out(http)
    group.leave()
    assert goes_out(http)


def test_who_waits_for_a_shared_commit_holds_nothing(engine: Engine, http: httpx.Client) -> None:
    group, went = GroupCommit(engine), list[bool]()
    group.join()

    def second() -> None:
        group.join()
        went.append(goes_out(http))
        group.leave()
        went.append(goes_out(http))

    other = threading.Thread(target=second)
    other.start()
    while not group._waiting:
        pass
    group.leave()
    other.join(10)
    assert went == [False, True] and goes_out(http)


@pytest.mark.postgres
def test_it_holds_on_postgresql(postgres_server: str, http: httpx.Client) -> None:
    engine = make_engine(f"{postgres_server}/postgres")
    with reading(engine), snapshot(engine):
        assert goes_out(http)
    with writing(engine) as connection:
        connection.execute(text("SELECT 1"))
        assert not goes_out(http)
    assert goes_out(http)
    engine.dispose()


def test_every_client_of_every_service_is_guarded(tmp_path: Path, engine: Engine) -> None:
    """Also the client that a test puts in: so each flow that is tested obeys."""
    world = World(tmp_path / "world")
    clients = [world.apps[service].http for service in ("as", "cedar", "portal", "requester")]
    clients += [import_module(f"{name}.app").http_client() for name in ("as_server", "fhir_rs")]
    with writing(engine):
        for client in [*clients, http_client()]:
            with pytest.raises(WaitsInsideTransaction):
                client.get("http://localhost:1/")
