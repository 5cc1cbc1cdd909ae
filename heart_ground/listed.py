"""A list of any length as one parameter, so that a statement with `IN` is compiled once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Dialect, Select, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.types import TypeEngine


def listed(dialect: Dialect, name: str, type_: TypeEngine[Any]) -> Select[Any]:
    """What the parameter `name` lists, each of `type_`; its value is as `as_list` makes it."""
    given = bindparam(name, "[]", type_=Text)
    if dialect.name == "sqlite":
        return select(func.json_each(given).table_valued("value").c.value)
    texts = func.json_array_elements_text(cast(given, JSON)).column_valued(f"{name}_each")
    return select(cast(texts, type_))


def as_list(values: Iterable[str | int]) -> str:
    """The value of such a parameter."""
    return json.dumps(list(values))
