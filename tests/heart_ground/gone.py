"""A database that goes away while its service runs, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine
from werkzeug.routing import Rule

VALUES = {"record": "AliceRecord-0123456789", "filename": "heart.css", "type_": "Observation"}


@contextmanager
def gone(engine: Engine) -> Iterator[None]:
    """The folder of this SQLite database is somewhere else meanwhile."""
    folder = Path(str(engine.url.database)).parent
    engine.dispose()
    away = folder.rename(folder.with_name(f"{folder.name}-away"))
    try:
        yield
    finally:
        away.rename(folder)


def addresses(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, address and endpoint of every route."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, _address(app, rule), rule.endpoint


def _address(app: Flask, rule: Rule) -> str:
    values = {name: VALUES.get(name, "1") for name in rule.arguments}
    built = app.url_map.bind("localhost").build(rule.endpoint, values, append_unknown=False)
    return str(built)
