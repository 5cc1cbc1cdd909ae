"""A PostgreSQL server that is gone, or that is the primary no more."""

from __future__ import annotations

import socket
import time

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from heart_ground.durable.unavailable import is_outage
from heart_ground.engines import make_engine
from heart_ground.postgresql import connect_args
from tests.postgres import create_database


@pytest.mark.fault("scale-1")
@pytest.mark.postgres
def test_a_server_that_may_not_write_is_left_for_one_that_may(postgres_server: str) -> None:
    """It answers every question, so nothing else would ever take it out of the pool."""
    url = create_database(postgres_server)
    name, engine = make_url(url).database, make_engine(url)
    admin = psycopg.connect(f"{postgres_server}/postgres", autocommit=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE note (id INT)"))
    engine.dispose()
    admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode())
    with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
        connection.execute(text("INSERT INTO note VALUES (1)"))
    assert is_outage(caught.value)
    admin.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'.encode())
    admin.close()
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO note VALUES (2)"))
    engine.dispose()


def test_the_driver_s_own_word_that_it_may_not_write_is_an_outage() -> None:
    assert is_outage(psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT"))
    assert not is_outage(psycopg.errors.UniqueViolation("twice"))


def test_a_server_that_says_nothing_is_waited_for_some_seconds() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        engine = make_engine(f"postgresql://one@127.0.0.1:{port}/one?connect_timeout=2")
        began = time.monotonic()
        with pytest.raises(OperationalError):
            engine.connect()
        assert time.monotonic() - began < 4.5


def test_the_url_s_own_word_on_waiting_counts() -> None:
    plain = connect_args(make_url("postgresql://one@database/one"), prepare=True)
    assert plain["connect_timeout"] == 5 and plain["tcp_user_timeout"] == 10_000
    chosen = make_url("postgresql://one@database/one?connect_timeout=2&tcp_user_timeout=3000")
    assert plain.keys() - connect_args(chosen, prepare=True).keys() == {
        "connect_timeout", "tcp_user_timeout"}  # fmt: skip
    assert connect_args(chosen, prepare=False)["prepare_threshold"] is None
