"""What each test asks a database: a second run, on PostgreSQL, asks nothing twice.

While the suites run on SQLite every question is noted: a statement's text, the kinds of its
parameters, whether it failed, and what was asked after a failure. The run on PostgreSQL of the same
session (`tests/test_postgres.py`) takes tests in which each question is asked `TIMES` times over,
where so many ask it: what is found differs. It is once, or as often as `HEART_UMA_TEST_TIMES` says.
A test of which nothing was noted is taken in one of its cases: nobody knows what it asks.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

SUITES = frozenset({"as_server", "fhir_rs", "patient_portal", "requester_app", "flows"})
TIMES = int(os.environ.get("HEART_UMA_TEST_TIMES", "1"))
LEAST = 0.2
"""Seconds that any test costs there: a database of its own."""
_LISTS = re.compile(r"\(\s*\?(?:, \?)+\)(?:, \(\?(?:, \?)*\))*")


class Noting:
    """The questions of the test that runs now, as short digests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[tuple[Any, ...], str] = {}
        self._asked: set[str] | None = None
        event.listen(Engine, "before_cursor_execute", self._before)
        event.listen(Engine, "handle_error", self._failed)

    def _before(
        self, connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any
    ) -> None:
        if self._asked is not None:
            if failed := connection.info.pop("failed", ""):
                self._note(statement, f"after {failed}")
            many = parameters if isinstance(parameters, list) else [parameters]
            kinds = {tuple(type(value).__name__ for value in _values(each)) for each in many}
            # Of a list of values only what is in it matters, not how long it is.
            whole = tuple(sorted({kind if "IN (?" not in statement else tuple(sorted(set(kind)))
                                  for kind in kinds}))  # fmt: skip
            self._note(statement, whole)

    def _failed(self, context: Any) -> None:
        if self._asked is not None and context.statement:
            self._note(str(context.statement), type(context.original_exception).__name__)
            if context.connection is not None:
                context.connection.info["failed"] = str(context.statement)

    def _note(self, statement: str, how: Any) -> None:
        assert self._asked is not None
        question = (statement, how)
        if question not in self._known:
            text = repr((_LISTS.sub("(?)", statement), how))
            self._known[question] = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        self._asked.add(self._known[question])

    @contextmanager
    def around(self, item: pytest.Item) -> Iterator[None]:
        if not SUITES & set(item.path.parent.parts):
            yield
            return
        self._asked, began = set(), time.process_time()
        try:
            yield
        finally:
            cost = time.process_time() - began
            line = json.dumps([name_of(item), round(cost, 3), sorted(self._asked)])
            self._asked = None
            self.folder.mkdir(exist_ok=True)  # somebody may have swept the place meanwhile
            with (self.folder / f"{os.getpid()}.jsonl").open("a") as notes:
                notes.write(f"{line}\n")

    def end(self) -> None:
        event.remove(Engine, "before_cursor_execute", self._before)
        event.remove(Engine, "handle_error", self._failed)


def _values(parameters: Any) -> Iterable[Any]:
    return parameters.values() if isinstance(parameters, dict) else parameters or ()


def name_of(item: pytest.Item) -> str:
    """The test's own name, without the group that pytest-xdist writes behind it."""
    place = item.nodeid.rfind("@")
    return item.nodeid[:place] if place > item.nodeid.rfind("]") else item.nodeid


def folder_of(config: pytest.Config) -> Path:
    """Where the processes of one session write; the last of them takes it away."""
    session = os.getppid() if hasattr(config, "workerinput") else os.getpid()
    return Path(tempfile.gettempdir()) / f"heart-uma-asked-{session}"


@dataclass(frozen=True)
class Note:
    """What one test asked, and the seconds of CPU time it took."""

    cost: float
    asked: frozenset[str]


def read(folder: Path) -> dict[str, Note]:
    """The notes by test; one in the middle of its line is not there yet."""
    found: dict[str, Note] = {}
    for path in folder.glob("*.jsonl"):
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                name, cost, asked = json.loads(line)
                found[name] = Note(cost, frozenset(asked))
    return found


def enough(notes: dict[str, Note], times: int = TIMES) -> set[str]:
    """Tests that together ask everything `times` over; first those that add most for their cost."""
    asked = Counter(question for note in notes.values() for question in note.asked)
    left = Counter({question: min(number, times) for question, number in asked.items()})
    taken: set[str] = set()

    def worth(name: str) -> float:
        return len(notes[name].asked & left.keys()) / (LEAST + notes[name].cost)

    while left:
        # The names decide between equals, so that each run chooses alike.
        best = max(sorted(notes.keys() - taken), key=worth)
        taken.add(best)
        left -= Counter(notes[best].asked)
    return taken


def worth_asking(items: Sequence[pytest.Item], folder: Path) -> list[pytest.Item]:
    """The tests that ask for all suites of the session, and one case of each nobody has noted."""
    notes = read(folder)
    names = [name_of(item) for item in items]
    unknown = {name.partition("[")[0]: name for name in reversed(names) if name not in notes}
    taken = enough(notes) | set(unknown.values())
    return _with_those_before(items, taken)


def _with_those_before(items: Sequence[pytest.Item], taken: set[str]) -> list[pytest.Item]:
    """Tests that a file puts in one group follow one another: each needs what came before it."""
    last = {_group(item): place for place, item in enumerate(items) if name_of(item) in taken}
    last.pop("", None)
    return [
        item
        for place, item in enumerate(items)
        if name_of(item) in taken or place < last.get(_group(item), 0)
    ]


def _group(item: pytest.Item) -> str:
    marked = item.get_closest_marker("xdist_group")
    return str(marked.args[0]) if marked else ""


_current: list[Noting] = []


def begin(config: pytest.Config) -> None:
    """Called when pytest is configured, unless the databases are on PostgreSQL already."""
    folder = folder_of(config)
    folder.mkdir(exist_ok=True)
    _current.append(Noting(folder))


def end(config: pytest.Config) -> None:
    for noting in _current:
        noting.end()
        if not hasattr(config, "workerinput"):
            shutil.rmtree(noting.folder, ignore_errors=True)
    _current.clear()


@contextmanager
def around(item: pytest.Item) -> Iterator[None]:
    """A test of the suites, its fixtures too, is listened to."""
    if not _current:
        yield
        return
    with _current[0].around(item):
        yield
