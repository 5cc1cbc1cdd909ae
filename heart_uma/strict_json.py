"""JSON from strangers: one value a name, finite numbers, bounded depth (FedAuthz 3.2)."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from itertools import accumulate
from typing import Any

MAX_BYTES = 1_048_576
MAX_DEPTH = 64
# Possessive, and a string that never ends reaches to the end of the text: every byte is looked at
# once, or 32 KB of escaped quotes would keep a processor busy for seconds.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_STEPS = [1 if byte in b"[{" else -1 for byte in range(256)]


class StrictJsonError(ValueError):
    """The text is no JSON that we accept; the message is safe to send back."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise StrictJsonError("a member is given more than once")
    return members


def _constant(name: str) -> Any:
    raise StrictJsonError(f"{name} is not a JSON number")


def _float(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise StrictJsonError("a number is out of range")
    return number


def _check_depth(raw: bytes, limit: int) -> None:
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return  # too few to be nested too deeply, wherever they stand
    brackets = _STRING.sub(b"", raw).translate(None, _NO_BRACKETS)
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > limit:
        raise StrictJsonError("nested too deeply")


def loads(raw: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Any:
    """Parse `raw` (UTF-8 bytes of at most `max_bytes`), or raise StrictJsonError.

    Refused beyond what `json` refuses: duplicate members, NaN and Infinity, numbers beyond a
    double, lone surrogates, NUL characters, nesting deeper than `max_depth`.
    """
    if len(raw) > max_bytes:
        raise StrictJsonError("the body is too large")
    if raw.startswith(BOM_UTF8):
        raise StrictJsonError("the body starts with a byte order mark, which JSON has none of")
    _check_depth(raw, max_depth)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictJsonError("the body is not UTF-8") from error
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float
        )
    except StrictJsonError:
        raise
    except (ValueError, RecursionError) as error:
        raise StrictJsonError("the body is not well-formed JSON") from error
    # Escapes are the only way a lone surrogate or a NUL gets into decoded UTF-8.
    if "\\u" in text:
        _check_text(value)
    return value


def _check_text(value: Any) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise StrictJsonError("a text holds a character that cannot be stored")
    elif isinstance(value, list):
        for item in value:
            _check_text(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_text(name)
            _check_text(item)
