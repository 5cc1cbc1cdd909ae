"""An outbound transport with ears: what a service asked of another, and what it was told."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from demo.capture import trace
from demo.capture.exchange import Body, Exchange, Headers, Keep


class _Heard(httpx.SyncByteStream):
    """An answer's body as it is read; the exchange is over when it is closed."""

    def __init__(self, stream: httpx.SyncByteStream, exchange: Exchange, keep: Keep) -> None:
        self._stream, self._exchange, self._keep = stream, exchange, keep
        self._body = exchange.answer = Body()

    def __iter__(self) -> Iterator[bytes]:
        return map(self._body.take, self._stream)

    def close(self) -> None:
        self._stream.close()
        if not self._exchange.ended:
            self._exchange.ended = time.time_ns()
            self._keep(self._exchange)


class Sent(httpx.BaseTransport):
    """Gives each request its place in the trace, sends it through `inner`, tells `keep`."""

    def __init__(self, inner: httpx.BaseTransport, keep: Keep) -> None:
        self._inner, self._keep = inner, keep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        inside = trace.here()
        place = inside.below() if inside else trace.fresh()
        request.headers[trace.HEADER] = place.header
        exchange = _begun(request, place, alone=inside is None)
        try:
            answer = self._inner.handle_request(request)
        except httpx.HTTPError:
            exchange.ended = time.time_ns()
            self._keep(exchange)
            raise
        exchange.status, exchange.said = answer.status_code, _listed(answer.headers)
        assert isinstance(answer.stream, httpx.SyncByteStream)  # noqa: S101 - for the types
        return httpx.Response(
            answer.status_code,
            headers=answer.headers,
            stream=_Heard(answer.stream, exchange, self._keep),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._inner.close()


def _begun(request: httpx.Request, place: trace.Place, *, alone: bool) -> Exchange:
    body = Body()
    body.take(request.content)
    return Exchange(
        side="sent",
        place=place,
        alone=alone,
        method=request.method,
        url=str(request.url),
        asked=_listed(request.headers),
        question=body,
        started=time.time_ns(),
    )


def _listed(headers: httpx.Headers) -> Headers:
    return [(name.title(), value) for name, value in headers.multi_items()]
