"""Reading the members of a policy one by one, and saying which one is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from as_server.policy.record_urls import split_record_url
from heart_uma.rfc3339 import parse_moment

MAX_RECORDS = 1000


class PolicyError(ValueError):
    """A policy that cannot be accepted: `member` names the place, the message says why."""

    def __init__(self, member: str, why: str) -> None:
        super().__init__(f"{member}: {why}")
        self.member = member


def read_object(value: Any, member: str, known: set[str]) -> Mapping[str, Any]:
    """An object with known members only; absent is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise PolicyError(member, "must be an object")
    if not value.keys() <= known:
        # A condition that is not understood must not be dropped: the owner meant it. Its name is
        # a caller's text, so the members that are known are told instead.
        raise PolicyError(member, "has a member other than " + ", ".join(sorted(known)))
    return value


def read_choice(
    body: Mapping[str, Any], member: str, values: tuple[str, ...], default: str, prefix: str = ""
) -> str:
    """One of a few words."""
    value = body.get(member, default)
    if value not in values:
        raise PolicyError(prefix + member, "must be one of " + ", ".join(values))
    return str(value)


def read_flag(body: Mapping[str, Any], member: str, prefix: str = "") -> bool:
    """A Boolean, false when absent."""
    value = body.get(member, False)
    if not isinstance(value, bool):
        raise PolicyError(prefix + member, "must be true or false")
    return value


def read_text(value: Any, member: str, least: int, most: int) -> str:
    """A text within its bounds."""
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise PolicyError(member, f"must be a text of {least} to {most} characters")
    return value


def read_strings(value: Any, member: str) -> list[str]:
    """An array of different strings; absent is empty."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise PolicyError(member, "must be an array of strings")
    if len(value) > MAX_RECORDS or len(set(value)) != len(value):
        raise PolicyError(member, f"must be at most {MAX_RECORDS} different values")
    return value


def read_codes(value: Any, member: str, known: Mapping[str, Any] | None) -> frozenset[str]:
    """An array of codes; where `known` are given, of those only."""
    codes = frozenset(read_strings(value, member))
    if known is not None and not codes <= known.keys():
        raise PolicyError(member, "holds a code that is not known here")
    return codes


def read_records(value: Any, member: str) -> tuple[str, ...]:
    """An array of absolute record addresses, sorted."""
    urls = read_strings(value, member)
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
            raise PolicyError(member, "must hold absolute addresses of records")
        if parts.fragment or split_record_url(url) is None or len(url) > 500:
            raise PolicyError(member, "must hold absolute addresses of records")
    return tuple(sorted(urls))


def read_places(value: Any, member: str) -> frozenset[str]:
    """An array of absolute record bases."""
    for url in (urls := read_strings(value, member)):
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.netloc and parts.path.strip("/")
        if not whole or parts.query or parts.fragment or len(url) > 500:
            raise PolicyError(member, "must hold absolute addresses of whole records")
    return frozenset(urls)


def read_day(body: Mapping[str, Any], member: str) -> str | None:
    """A day as YYYY-MM-DD, or None."""
    value = body.get(member)
    if value is None:
        return None
    try:
        return date.fromisoformat(read_text(value, f"what.{member}", 10, 10)).isoformat()
    except ValueError as error:
        raise PolicyError(f"what.{member}", "must be a day, YYYY-MM-DD") from error


def read_moment(value: Any, member: str) -> datetime | None:
    """A moment with its offset, or None."""
    if value is None:
        return None
    try:
        return parse_moment(read_text(value, member, 1, 40))
    except (ValueError, OverflowError) as error:
        raise PolicyError(member, "must be a moment with its offset (RFC 3339)") from error
