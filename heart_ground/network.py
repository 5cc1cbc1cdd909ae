"""Connections whose every step ends at the deadline of the request that takes it (deadline.py)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpcore

from heart_ground.deadline import DEADLINE, Until, wait
from heart_ground.look_up import look_up

AT_A_TIME = 16_384
"""Bytes sent in one step, between two looks at the deadline."""


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends at the deadline of the request that takes it."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, wait(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), AT_A_TIME):
            piece = buffer[start : start + AT_A_TIME]
            self._inner.write(piece, wait(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = wait(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, seconds))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Network(httpcore.NetworkBackend):
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
            seconds = wait(timeout, httpcore.ConnectTimeout)
            try:
                return _Stream(
                    self._inner.connect_tcp(address, port, seconds, local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        if isinstance(timeout, Until) and timeout.address is not None:
            return [timeout.address]
        seconds = wait(timeout, httpcore.ConnectTimeout)
        try:
            return look_up(host, port, DEADLINE if seconds is None else seconds)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
