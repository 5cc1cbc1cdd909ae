"""Requests to addresses that strangers chose: client keys, events, clinics, pasted links (SSRF).

One guard for all of them, at the moment of use: https to a public address that was looked up once
and is then connected to; a look-up at registration proves nothing about the next one. One deadline
over the whole exchange, the look-up included, and a bound on what is read.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx

from heart_ground.answer_size import AnswerTooLarge
from heart_ground.reach import Reach, Unreachable


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: status, headers, and the unpacked bytes of its body."""

    status: int
    headers: httpx.Headers
    content: bytes


@dataclass(frozen=True, slots=True)
class Outbound:
    """The guarded client: `deadline` in seconds and `max_bytes` are for one whole exchange."""

    http: httpx.Client
    reach: Reach
    deadline: float
    max_bytes: int

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        deadline: float | None = None,
        max_bytes: int | None = None,
        **content: Any,
    ) -> Answer:
        """Send it and read the whole answer; `content` is httpx's params, json, data or content.

        Redirects are never followed. `max_bytes=0` reads nothing of the body. Raise Unreachable.
        """
        seconds = self.deadline if deadline is None else min(deadline, self.deadline)
        most = self.max_bytes if max_bytes is None else max_bytes
        until = time.monotonic() + seconds
        address = self.reach.address_of(url, seconds)
        own = {"deadline": until - time.monotonic(), "max_bytes": most, "address": address}
        try:
            with self.http.stream(
                method, url, headers=headers, follow_redirects=False, extensions=own, **content
            ) as answer:
                body = _read(answer, most, until) if most else b""
        except httpx.TimeoutException as error:
            raise Unreachable("slow") from error
        except AnswerTooLarge as error:
            raise Unreachable("large") from error
        except httpx.DecodingError as error:
            raise Unreachable("unreadable") from error
        except httpx.HTTPError as error:
            raise Unreachable("silent") from error
        except (httpx.InvalidURL, ValueError) as error:
            raise Unreachable("address") from error
        return Answer(answer.status_code, answer.headers, body)


def _read(answer: httpx.Response, most: int, until: float) -> bytes:
    """The body, whatever transport it comes through; ours has bounded it by itself before."""
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Unreachable("unreadable")
    body = bytearray()
    for part in answer.iter_bytes():
        body += part
        if len(body) > most:
            raise Unreachable("large")
        if time.monotonic() > until:
            raise Unreachable("slow")
    return bytes(body)
