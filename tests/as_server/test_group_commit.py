"""Requests that write together share one transaction and one fsync, and fail alone (DESIGN 18)."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError, UnboundExecutionError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from as_server import db
from as_server.context import work
from heart_ground.durable import group_commit
from heart_ground.durable.group_commit import GroupCommit, Spoiled
from tests.as_server.uma import Uma, pid

WRITERS = 24


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = db.make_engine(f"sqlite:///{tmp_path}/group.db")
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE line (name TEXT PRIMARY KEY)"))
    yield made
    made.dispose()


def _lines(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(text("SELECT name FROM line")))


class Writers:
    """Threads that each write one line; every third one takes its line back."""

    def __init__(self, group: GroupCommit) -> None:
        self.group = group
        self.answered: list[str] = []
        self.errors: list[BaseException] = []
        self.start = threading.Barrier(WRITERS)

    def write(self, number: int) -> None:
        self.start.wait()
        try:
            own = Session(self.group.join(), join_transaction_mode="create_savepoint")
            own.execute(text("INSERT INTO line VALUES (:name)"), {"name": str(number)})
            if number % 3:
                own.commit()
            else:
                own.rollback()
            self.group.leave()
            self.answered.append(str(number))
        except Exception as error:
            self.errors.append(error)

    def run(self) -> None:
        threads = [threading.Thread(target=self.write, args=(n,)) for n in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
            assert not thread.is_alive()


def test_writers_share_commits_and_fail_alone(engine: Engine) -> None:
    commits: list[object] = []
    event.listen(engine, "commit", commits.append)
    writers = Writers(GroupCommit(engine))
    writers.run()
    assert writers.errors == []
    assert sorted(map(int, writers.answered)) == list(range(WRITERS))
    assert _lines(engine) == {str(n) for n in range(WRITERS) if n % 3}
    assert len(commits) < WRITERS


def test_a_failed_commit_fails_everybody_who_waited_for_it(engine: Engine) -> None:
    def full(connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk is full"))

    event.listen(engine, "commit", full)
    writers = Writers(GroupCommit(engine))
    writers.run()
    assert writers.answered == []
    assert len(writers.errors) == WRITERS
    event.remove(engine, "commit", full)
    assert _lines(engine) == set()


@pytest.mark.fault("2.6")
def test_each_request_of_a_failed_commit_has_an_exception_of_its_own(engine: Engine) -> None:
    """One object raised in several threads grows a traceback that is nobody's."""

    def full(connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk is full"))

    event.listen(engine, "commit", full)
    writers = Writers(GroupCommit(engine))
    writers.run()
    assert len({id(error) for error in writers.errors}) == WRITERS


def _ended(call: Callable[[], object], seconds: float = 8.0) -> Exception | None:
    """What `call` raised; a failed assertion when it has no end."""
    raised: list[Exception | None] = []

    def run() -> None:
        try:
            call()
            raised.append(None)
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), "still waiting"
    return raised[0]


@pytest.mark.fault("2.7")
def test_nobody_waits_without_end_for_the_turn(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE", 0.2, raising=False)
    group = GroupCommit(engine)
    group.join()
    assert type(_ended(group.join, 2.0)).__name__ == "TurnNotCome"
    group.leave()
    assert _ended(lambda: (group.join(), group.leave())) is None


@pytest.mark.fault("2.7")
def test_nobody_waits_without_end_for_the_commit(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE", 0.5, raising=False)
    group, has_joined, goes = GroupCommit(engine), threading.Event(), threading.Event()
    group.join()

    def stuck() -> None:
        group.join()
        has_joined.set()
        goes.wait(20)
        group.leave()

    blocked = threading.Thread(target=stuck, daemon=True)
    blocked.start()
    while not group._waiting:
        time.sleep(0.01)
    # It waits for the commit of the one that has joined and does not go on.
    assert type(_ended(group.leave, 4.0)).__name__ == "TurnNotCome"
    assert has_joined.is_set()
    goes.set()
    blocked.join(10)
    assert _ended(lambda: (group.join(), group.leave())) is None


@pytest.mark.fault("2.7")
def test_a_turn_that_does_not_come_is_503(uma: Uma, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "PATIENCE", 0.2, raising=False)
    if uma.app.group_commit is None:
        pytest.skip("PostgreSQL has no turn")
    uma.policy()
    answers: list[TestResponse] = []
    uma.app.group_commit.join()
    stop = f"/policy/{pid('a')}"
    assert _ended(lambda: answers.append(uma.owner_call("DELETE", stop)), 4.0) is None
    uma.app.group_commit.leave()
    assert (answers[0].status_code, answers[0].json["error"]) == (503, "temporarily_unavailable")
    assert int(answers[0].headers["Retry-After"]) > 0
    assert uma.owner_call("DELETE", stop).status_code == 200


def test_what_could_not_be_taken_back_is_kept_by_nobody(engine: Engine) -> None:
    group = GroupCommit(engine)
    group.join().execute(text("INSERT INTO line VALUES ('half')"))
    with pytest.raises(Spoiled):
        group.leave(undone=False)
    group.join().execute(text("INSERT INTO line VALUES ('next')"))
    group.leave()
    assert _lines(engine) == {"next"}


def test_a_turn_that_cannot_begin_is_given_on(tmp_path: Path) -> None:
    missing = db.make_engine(f"sqlite:///{tmp_path}/absent/as.db")
    group = GroupCommit(missing)
    for _ in range(2):
        with pytest.raises(OperationalError):
            group.join()


def test_a_session_is_of_no_use_beyond_its_turn(uma: Uma) -> None:
    with uma.app.test_request_context(method="POST"):
        if uma.app.group_commit is None:
            pytest.skip("PostgreSQL commits for many by itself")
        old = work().db
        old.execute(text("SELECT 1"))
        work().commit()
        with pytest.raises(UnboundExecutionError):
            old.execute(text("SELECT 1"))
        assert work().db.scalar(text("SELECT 1")) == 1
