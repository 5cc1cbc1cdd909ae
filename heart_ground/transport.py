"""One factory for HTTP clients: every call has one deadline and a bound on what it brings.

httpx counts its time-outs per phase and per read, so a peer that sends a byte a second holds a
thread for as long as it likes. Here a moment is set when a request starts, and every look-up,
connect, handshake, write and read waits for no longer than until then.
"""

from __future__ import annotations

import ipaddress
import math
import socket
import time
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpcore
import httpx

from heart_ground.durable import holding

USER_AGENT = "heart-uma/0.1"
DEADLINE = 10.0
"""Seconds that a whole exchange may take, unless the client or the request says otherwise."""
MAX_BYTES = 8 * 1024 * 1024
"""Bytes of an answer, unpacked, unless the client or the request says otherwise."""
AT_A_TIME = 16_384
"""Bytes sent or unpacked in one step, between two looks at the deadline or the size."""
_OWN = ThreadPoolExecutor(8, thread_name_prefix="look-up")
STRANGERS = ThreadPoolExecutor(8, thread_name_prefix="look-up-strangers")
"""Names that strangers chose are looked up apart: theirs that hang keep none of ours waiting."""


class AnswerTooLarge(httpx.ReadError):
    """The answer has more bytes, unpacked, than were allowed."""


def http_client(
    *,
    timeout: float = 5.0,
    deadline: float = DEADLINE,
    max_bytes: int = MAX_BYTES,
    connections: int = 64,
    **options: Any,
) -> httpx.Client:
    """A kept-alive client for calls between services.

    `timeout` is in seconds, per phase (connect, read, write); `deadline` in seconds for a whole
    exchange, to the last byte of its answer; `max_bytes` bounds an answer, unpacked. A request may
    carry its own `deadline` and `max_bytes` in its extensions. Redirects are never followed: a
    redirecting peer could send a token elsewhere (SSRF, mix-up). Other `options` go to httpx,
    for instance `mounts` in tests. An operator's own certificate authority is named by
    `SSL_CERT_FILE`; no other environment variable counts, so no proxy slips in between.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    verify = options.pop("verify", None) or httpx.create_ssl_context()
    client = httpx.Client(
        transport=BoundedTransport(verify, limits, deadline=deadline, max_bytes=max_bytes),
        timeout=httpx.Timeout(timeout, connect=min(timeout, 2.0)),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
        **options,
    )
    # One client calls for everybody: a cookie would follow one person into another's request.
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return guarded(client)


def guarded(client: httpx.Client) -> httpx.Client:
    """`client`, which sends nothing from now on while its thread is inside a transaction.

    For the clients that tests give to a service, too. Its calls raise WaitsInsideTransaction.
    """
    hooks = client.event_hooks
    if holding.refuse_to_wait not in hooks["request"]:
        client.event_hooks = {**hooks, "request": [holding.refuse_to_wait, *hooks["request"]]}
    return client


class Until(float):
    """A time-out of httpcore that knows the moment at which the whole exchange is over.

    httpcore hands time-outs down to its sockets untouched, so the moment of one request travels
    with it; a connection is used by many. `address` is where to connect to, if it was looked up
    and checked before.
    """

    moment: float
    address: str | None

    @classmethod
    def of(cls, phase: float | None, moment: float, address: str | None) -> Until:
        made = cls(min(math.inf if phase is None else phase, _left(moment)))
        made.moment, made.address = moment, address
        return made


def _left(moment: float) -> float:
    return max(moment - time.monotonic(), 0.0)


def _wait(timeout: float | None, error: type[Exception]) -> float | None:
    """Seconds that this step may take; raise `error` when the exchange is over."""
    if not isinstance(timeout, Until):
        return timeout
    left = _left(timeout.moment)
    if not left:
        raise error("the deadline has passed")
    return min(float(timeout), left)


def look_up(host: str, port: int, seconds: float, threads: ThreadPoolExecutor = _OWN) -> list[str]:
    """The addresses of `host`, in order; OSError when they are not there in time.

    The system's own look-up takes no time-out: a name server that keeps silent would hold us.
    """
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    asked = threads.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = asked.result(timeout=seconds)
    except NotYet as error:
        asked.cancel()
        raise TimeoutError("the name is not found in time") from error
    except UnicodeError as error:
        raise OSError("no name") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends at the deadline of the request that takes it."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _wait(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), AT_A_TIME):
            piece = buffer[start : start + AT_A_TIME]
            self._inner.write(piece, _wait(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        wait = _wait(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, wait))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Network(httpcore.NetworkBackend):
    """Connects within the deadline, and to the address that was checked, if there is one."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError("the name has no address")
        for address in self._addresses(host, port, timeout):
            wait = _wait(timeout, httpcore.ConnectTimeout)
            try:
                return _Stream(
                    self._inner.connect_tcp(address, port, wait, local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        if isinstance(timeout, Until) and timeout.address is not None:
            return [timeout.address]
        wait = _wait(timeout, httpcore.ConnectTimeout)
        try:
            return look_up(host, port, DEADLINE if wait is None else wait)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error


class BoundedTransport(httpx.HTTPTransport):
    """httpx's transport with a deadline over each exchange and a bound on each answer."""

    def __init__(
        self, verify: Any, limits: httpx.Limits, *, deadline: float, max_bytes: int
    ) -> None:
        super().__init__(verify=verify, trust_env=False, limits=limits)
        self._deadline, self._max_bytes = deadline, max_bytes
        # httpx has no way to name a network of one's own; its pool is all that it wraps.
        self._pool = httpcore.ConnectionPool(
            ssl_context=verify,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_Network(),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        given = request.extensions
        moment = time.monotonic() + given.get("deadline", self._deadline)
        phases, address = given.get("timeout", {}), given.get("address")
        bounded = {
            name: Until.of(phases.get(name), moment, address)
            for name in ("connect", "read", "write", "pool")
        }
        request.extensions = {**given, "timeout": bounded}
        answer = super().handle_request(request)
        assert isinstance(answer.stream, httpx.SyncByteStream)  # noqa: S101 - for the types
        packed = answer.headers.pop("Content-Encoding", "identity").strip().lower()
        most = given.get("max_bytes", self._max_bytes)
        if packed not in _UNPACKED:
            answer.close()
            raise httpx.DecodingError(f"cannot unpack {packed[:20]!r}", request=request)
        answer.stream = _BoundedStream(answer.stream, _UNPACKED[packed], most)
        return answer


_UNPACKED = {"identity": None, "": None, "gzip": 31, "x-gzip": 31}
"""Content codings that are read, and zlib's word for them."""


class _BoundedStream(httpx.SyncByteStream):
    """The unpacked bytes of an answer, and no more of them than `most`.

    Unpacked here and a little at a time: a thousand bytes can hold a million (DOS).
    """

    def __init__(self, inner: httpx.SyncByteStream, packed: int | None, most: int) -> None:
        self._inner, self._packed, self._most = inner, packed, most

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for part in self._inner if self._packed is None else self._unpacked(self._packed):
            size += len(part)
            if size > self._most:
                raise AnswerTooLarge("the answer is too large")
            yield part

    def _unpacked(self, packed: int) -> Iterator[bytes]:
        unpack, begun = zlib.decompressobj(packed), False
        try:
            for part in self._inner:
                rest = part
                while rest:
                    yield unpack.decompress(rest, AT_A_TIME)
                    rest = unpack.unconsumed_tail
                begun = True
            yield unpack.flush()
            if begun and not unpack.eof:
                raise zlib.error("cut off")
        except zlib.error as error:
            raise httpx.DecodingError("the answer cannot be unpacked") from error

    def close(self) -> None:
        self._inner.close()
