"""The statements that the server sends through SQLAlchemy in this process, each looked at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

import as_server
from tests.as_server.one_owner import ALLOWED, unkeyed

SERVER = str(Path(as_server.__file__).parent)
TESTS = str(Path(__file__).parents[1])
_known: dict[str, list[str]] = {}
_wrong: list[str] = []


def taken() -> list[str]:
    """What was wrong since the last look."""
    found = [*_wrong]
    _wrong.clear()
    return found


@event.listens_for(Engine, "before_cursor_execute")
def _look(_c: Any, _cursor: Any, text: str, _values: Any, context: Any, _many: bool) -> None:
    found = _known.get(text)
    if found is None:
        compiled = getattr(context, "compiled", None)
        # What is compiled once is looked at where it is made (test_one_owner).
        found = [] if compiled is None else unkeyed(compiled.statement)
        found = _known[text] = [each for each in found if each not in ALLOWED]
    if found and _is_the_servers_own():
        _wrong.extend(f"{each}: {text}" for each in found)


def _is_the_servers_own() -> bool:
    """False for what a test asks the database itself."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(SERVER):
            return True
        if name.startswith(TESTS):
            return False
        frame = frame.f_back
    return False
