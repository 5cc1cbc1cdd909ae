"""References of a resource rewritten in its text, everything else byte for byte (R4 http 3.1.0.11).

Only an import and a transaction may do so: everywhere else a stored text stays as it was sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fhir_rs.enforcement.splicing import elements, members

Local = Callable[[Mapping[str, Any], str], str | None]
"""Given an object and the member that holds a link in it, what should stand there instead."""
Edit = tuple[int, int, str]
"""Where a JSON string begins and ends in a text, and the string that takes its place."""


def rewritten(text: str, local: Local, start: int = 0) -> str:
    """`text`, a JSON object, with every link for which `local` names another put in its place.

    Parameters: `local(holder, member)` is asked for each text member of each object, and answers
    None to leave it. The object is read by a parser, so that an escaped slash or a blank is no
    other spelling.

    >>> rewritten('{"a":{"reference": "urn:x","n":1.50}}',
    ...           lambda holder, name: "A/1" if holder[name] == "urn:x" else None)
    '{"a":{"reference": "A/1","n":1.50}}'
    """
    edits: list[Edit] = []
    _object(text, start, local, edits)
    return edited(text, edits)


def edited(text: str, edits: Iterable[Edit]) -> str:
    """`text` with JSON strings put in the place of others; time in proportion to its length."""
    parts, at = [], 0
    for begin, end, value in sorted(edits):
        parts += [text[at:begin], json.dumps(value, ensure_ascii=False)]
        at = end
    return "".join([*parts, text[at:]])


def _object(text: str, at: int, local: Local, edits: list[Edit]) -> None:
    found = list(members(text, at))
    holder = {member.name: member.value for member in found}
    for member in found:
        if isinstance(member.value, str):
            new = local(holder, member.name)
            if new is not None and new != member.value:
                edits.append((member.value_start, member.end, new))
        else:
            _value(text, member.value_start, member.value, local, edits)


def _value(text: str, at: int, value: Any, local: Local, edits: list[Edit]) -> None:
    if isinstance(value, dict):
        _object(text, at, local, edits)
    elif isinstance(value, list):
        for (start, _), inner in zip(elements(text, at), value, strict=True):
            _value(text, start, inner, local, edits)
