"""A service's WSGI application with ears: what came in and what it answered (PEP 3333)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from demo.capture import trace
from demo.capture.exchange import Body, Exchange, Headers, Keep

UNHEARD = ("/ui/", "/static/", "/healthz", "/readyz", "/favicon.ico", "/metrics")
"""Paths that tell nothing about sharing."""
OF_THE_STAGE = "heart=stage"
"""The `tracestate` of the stage's own look-ups (W3C Trace Context 3.3), which are no part."""


class _Heard:
    """The request's body as it is read."""

    def __init__(self, stream: Any, body: Body) -> None:
        self._stream, self._body = stream, body

    def read(self, *size: int) -> bytes:
        return self._body.take(self._stream.read(*size))

    def readline(self, *size: int) -> bytes:
        return self._body.take(self._stream.readline(*size))

    def __iter__(self) -> Iterator[bytes]:
        return map(self._body.take, self._stream)


class Received:
    """WSGI middleware around `application`; what it hears goes to `keep`."""

    def __init__(self, application: Any, keep: Keep) -> None:
        self._application, self._keep = application, keep

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        ours = environ.get("HTTP_TRACESTATE") == OF_THE_STAGE
        if ours or path.startswith(UNHEARD) or "/ui/" in path:
            found: Iterable[bytes] = self._application(environ, start_response)
            return found
        exchange = _begun(environ, path)
        environ["wsgi.input"] = _Heard(environ["wsgi.input"], exchange.question)

        def started(status: str, headers: Headers, *more: Any) -> Any:
            exchange.status, exchange.said = int(status.split()[0]), list(headers)
            return start_response(status, headers, *more)

        with trace.at(exchange.place):
            parts = self._application(environ, started)
        return self._answered(exchange, parts)

    def _answered(self, exchange: Exchange, parts: Iterable[bytes]) -> Iterator[bytes]:
        exchange.answer = Body()
        # The answer stands now: what is left is bytes, and who waits for them is already served.
        exchange.ended = time.time_ns()
        try:
            for part in parts:
                yield exchange.answer.take(part)
        finally:
            if (close := getattr(parts, "close", None)) is not None:
                close()
            self._keep(exchange)


def _begun(environ: dict[str, Any], path: str) -> Exchange:
    told = trace.read(str(environ.get("HTTP_TRACEPARENT", "")))
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
    query = environ.get("QUERY_STRING", "")
    address = quote(path, safe="/:@!$&'()*+,;=~") + (f"?{query}" if query else "")
    return Exchange(
        side="received",
        place=told or trace.fresh(),
        alone=told is None,
        method=str(environ["REQUEST_METHOD"]),
        url=f"{environ.get('wsgi.url_scheme', 'http')}://{host}{address}",
        asked=_headers(environ),
        question=Body(),
        started=time.time_ns(),
    )


def _headers(environ: dict[str, Any]) -> Headers:
    named = [(key[5:], value) for key, value in environ.items() if key.startswith("HTTP_")]
    plain = [(key, environ[key]) for key in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(key)]
    return [(key.replace("_", "-").title(), str(value)) for key, value in (*named, *plain)]
