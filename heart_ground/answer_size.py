"""The bytes of an answer, unpacked, and no more of them than were allowed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of an answer, unpacked, unless the client or the request says otherwise."""
AT_A_TIME = 16_384
"""Bytes unpacked in one step, between two looks at the size."""
UNPACKED = {"identity": None, "": None, "gzip": 31, "x-gzip": 31}
"""Content codings that are read, and zlib's word for them."""


class AnswerTooLarge(httpx.ReadError):
    """The answer has more bytes, unpacked, than were allowed."""


class BoundedStream(httpx.SyncByteStream):
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
