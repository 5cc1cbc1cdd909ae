"""Which tests ask PostgreSQL: together everything that was asked, and any that nobody noted."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from tests import asked
from tests.asked import Note, enough


def notes(**tests: tuple[float, str]) -> dict[str, Note]:
    return {name: Note(cost, frozenset(questions)) for name, (cost, questions) in tests.items()}


def test_everything_is_asked_and_the_cheap_ask_it() -> None:
    told = notes(dear=(60, "abcd"), one=(0.1, "ab"), other=(0.1, "cd"), again=(0.1, "a"))
    assert enough(told, times=1) == {"one", "other"}


def test_a_question_is_asked_several_times_where_so_many_ask_it() -> None:
    told = notes(one=(1, "ab"), two=(1, "a"), three=(1, "a"), four=(1, "a"), silent=(1, ""))
    assert len(enough(told, times=3)) == 3
    assert "one" in enough(told, times=3)  # nobody else asks b


def item(name: str, group: str = "") -> Any:
    mark = SimpleNamespace(args=(group,)) if group else None
    return SimpleNamespace(nodeid=name, get_closest_marker=lambda _name: mark)


def test_of_tests_that_follow_one_another_those_before_are_taken_too(tmp_path: Path) -> None:
    told = {"t.py::share": "", "t.py::stop": "", "t.py::ask": "a", "t.py::after": "", "u.py::a": ""}
    lines = [json.dumps([name, 0.1, list(asks)]) for name, asks in told.items()]
    (tmp_path / "1.jsonl").write_text("\n".join([*lines, ""]))
    story = [item(name, "story" if name.startswith("t") else "") for name in told]
    taken = asked.worth_asking(story, tmp_path)
    assert [one.nodeid for one in taken] == ["t.py::share", "t.py::stop", "t.py::ask"]


def test_of_what_nobody_noted_one_case_is_taken(tmp_path: Path) -> None:
    line = json.dumps(["t.py::told", 0.1, ["a"]])
    (tmp_path / "1.jsonl").write_text(f"{line}\n" + json.dumps(["t.py::cut_off", 0.1, []]))
    names = ["t.py::told@group", "t.py::new[1]", "t.py::new[2]", "t.py::cut_off"]
    taken = asked.worth_asking([item(name) for name in names], tmp_path)
    assert [one.nodeid for one in taken] == ["t.py::told@group", "t.py::new[1]", "t.py::cut_off"]


def test_what_a_test_asks_is_its_statements_with_the_kinds_of_what_they_are_given(
    tmp_path: Path,
) -> None:
    noting = asked.Noting(tmp_path)
    engine = create_engine("sqlite://")

    def ask(*statements: str, **values: Any) -> set[str]:
        test = SimpleNamespace(nodeid=f"t.py::{len(asked.read(tmp_path))}", path=Path("flows/t.py"))
        with noting.around(test), engine.connect() as connection:  # type: ignore[arg-type]
            for statement in statements:
                try:
                    connection.execute(text(statement), values)
                except DatabaseError:
                    connection.rollback()
        return set(asked.read(tmp_path)[test.nodeid].asked)

    try:
        assert ask("SELECT :a", a=1) == ask("SELECT :a", a=2) != ask("SELECT :a", a="1")
        assert ask("SELECT 1 IN (:a, :b)", a=1, b=2) == ask("SELECT 1 IN (:a, :b)", a=3, b=4)
        failed = ask("SELECT nothing")
        assert len(failed) == 2
        both = ask("SELECT nothing", "SELECT 1")
        assert both - failed - ask("SELECT 1")  # also what came after the failure
    finally:
        noting.end()
        engine.dispose()
