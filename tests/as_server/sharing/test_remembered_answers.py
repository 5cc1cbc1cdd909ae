"""What introspection remembers is what it would say anew, after whatever happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from as_server.sharing import introspected_rpt, remembered_answers
from as_server.sharing.remembered_answers import Answer, RememberedAnswers
from tests.as_server.uma import Uma, pid

AT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def answer(body: bytes = b"x") -> Answer:
    return Answer(body, AT, AT + SECOND)


def test_an_answer_is_true_from_its_begin_and_before_its_end() -> None:
    known = RememberedAnswers()
    known.keep(("a",), answer())
    moments = [AT - SECOND / 2, AT, AT + SECOND / 2, AT + SECOND]
    assert [known.find(("a",), at) for at in moments] == [None, b"x", b"x", None]
    assert known.find(("b",), AT) is None


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered_answers, "MOST", 10)
    known = RememberedAnswers()
    for made_of in "abab":
        known.keep(made_of, answer(b"xxxx"))
    assert [known.find(made_of, AT) for made_of in "ab"] == [b"xxxx"] * 2
    known.keep("c", answer(b"xxxx"))
    assert [known.find(made_of, AT) for made_of in "abc"] == [None, b"xxxx", b"xxxx"]


CHANGES: dict[str, Callable[[Uma, str], object]] = {
    "nothing": lambda uma, rpt: None,
    "a rule more": lambda uma, rpt: uma.policy("b", what={"kinds": ["conditions"]}),
    "a rule that takes away": lambda uma, rpt: uma.policy("b", effect="deny"),
    "a pause": lambda uma, rpt: uma.policy(state="paused", version=1),
    "a pause and its end": lambda uma, rpt: (
        uma.policy(state="paused", version=1),
        uma.introspect(rpt),
        uma.policy(version=2),
    ),
    "another word of the rule": lambda uma, rpt: uma.policy(tell={"level": "neutral"}, version=1),
    "a stop": lambda uma, rpt: uma.owner_call("DELETE", f"/policy/{pid('a')}"),
    "a registration more": lambda uma, rpt: uma.register("Observation"),
    "somebody else's rule": lambda uma, rpt: uma.policy("z", owner="dora"),
    "another name": lambda uma, rpt: _execute(
        uma, "UPDATE account SET name = 'Bob' WHERE login = 'bob'"
    ),
    "a disabled party": lambda uma, rpt: _execute(
        uma, "UPDATE account SET disabled = (1 = 1) WHERE login = 'bob'"
    ),
    "a disabled app": lambda uma, rpt: _execute(
        uma, "UPDATE client SET disabled = (1 = 1) WHERE client_id = 'c1'"
    ),
    "no limits": lambda uma, rpt: _execute(
        uma,
        """UPDATE client SET registration = replace(registration, '"limits": true', '"x": 1')""",
    ),
    "a rule written past the server": lambda uma, rpt: _execute(
        uma, "UPDATE policy SET state = 'off'"
    ),
    "a registration removed past the server": lambda uma, rpt: _execute(
        uma, "DELETE FROM resource"
    ),
    "the grant ended": lambda uma, rpt: _execute(uma, "UPDATE rpt_grant SET ended_at = 1"),
    "the token given back": lambda uma, rpt: uma.wire.post(
        "/revoke", data={"token": rpt, **uma.proof()}
    ),
    "time": lambda uma, rpt: uma.clock.advance(seconds=30),
}


def _execute(uma: Uma, statement: str) -> None:
    with uma.app.engine.begin() as connection:
        connection.execute(text(statement))


def anew(uma: Uma, rpt: str) -> dict[str, Any]:
    """What a server says that remembers nothing."""
    uma.app.remembered_answers = RememberedAnswers()
    return uma.introspect(rpt)


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_remembered_is_what_would_be_found(uma: Uma, change: str) -> None:
    uma.policy()
    rpt = uma.rpt((uma.register(), "Condition"))["access_token"]
    assert uma.introspect(rpt)["active"] is True
    CHANGES[change](uma, rpt)
    said = uma.introspect(rpt)
    assert said == anew(uma, rpt)


def test_what_is_known_is_not_worked_out_again(uma: Uma, monkeypatch: pytest.MonkeyPatch) -> None:
    uma.policy()
    rpt = uma.rpt((uma.register(), "Condition"))["access_token"]
    first = uma.introspect(rpt)
    monkeypatch.delattr(introspected_rpt, "worth")
    assert uma.introspect(rpt) == first


@pytest.mark.parametrize("table", ["policy", "resource"])
def test_every_write_leads_to_a_state_that_there_never_was(uma: Uma, table: str) -> None:
    """Two databases that go on from one copy are never in one state."""
    uma.policy()
    uma.register()
    seen = "SELECT generation FROM sharing_state WHERE owner = :owner"
    alice = {"owner": uma.key["alice"]}
    found = set()
    for verb in (f"UPDATE {table} SET owner = owner", f"DELETE FROM {table}"):
        for _ in range(3):
            with uma.app.engine.connect() as connection, connection.begin() as begun:
                before = connection.execute(text(seen), alice).scalar_one()
                connection.execute(text(verb))
                after = connection.execute(text(seen), alice).scalar_one()
                assert after > before
                found.add(after)
                begun.rollback()
    assert len(found) == 6
