"""Files -> the JSON values in them: one document, an array, or one value a line (NDJSON).

What a file is called decides only whether it is looked at; what it is, its first bytes say. NDJSON
is read line by line, so that memory does not grow with the export.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple, cast

from fhir_rs.enforcement.splicing import elements
from heart_uma.strict_json import StrictJsonError, loads

MAX_FILE = 512 * 1024 * 1024
MAX_LINE = 32 * 1024 * 1024
# What FHIR compresses to is a tenth; a bomb is a thousand times what it was (CWE-409).
_MAX_GROWTH, _ALWAYS_ALLOWED = 100, 64 * 1024 * 1024
_LINE_COUNTS = 64
"""Bytes that a line counts for at least: a million empty lines are work, too."""
_LINES = (".ndjson", ".jsonl")
_READ = (".json", *_LINES)
_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
UNREADABLE = (OSError, EOFError, ValueError, IndexError, RecursionError, zlib.error)
"""What an odd file can raise while it is read."""


class Problem(NamedTuple):
    """Something that cannot be imported: file, entry and reason."""

    file: Path
    entry: str
    reason: str


class Value(NamedTuple):
    """One JSON value of a file: its place, its text, and the same parsed where that was done."""

    label: str
    text: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Found:
    """The files below some paths: those that are read, and those that are passed over."""

    files: list[Path]
    passed_over: list[Path]


def files_of(paths: Iterable[Path]) -> Found:
    """The files below `paths`; one that is named by itself is read whatever it is called."""
    files: list[Path] = []
    other: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        for inner in sorted(path.rglob("*")):
            if inner.is_file():
                (files if _is_read(inner.name) else other).append(inner)
    files = sorted(dict.fromkeys(files), key=lambda file: (str(file.parent), file.name))
    return Found(files, list(dict.fromkeys(other)))


def _is_read(name: str) -> bool:
    plain = name.lower().removesuffix(".gz")
    return plain.endswith(_READ) or (plain != name.lower() and "." not in plain)


def values_of(file: Path, *, strict: bool) -> Iterator[Value | Problem]:
    """The JSON values of one file; a Problem for the file or for each line that holds none.

    Parameters: `strict` also refuses what one look at every member shows (duplicate names, numbers
    out of range); a file that was read strictly once need not be so again.
    """
    try:
        if _is_lines(file):
            yield from _lines(file, strict=strict)
        else:
            yield from _document(file, strict=strict)
    except UNREADABLE as error:
        yield Problem(file, "", _reason(error))


def _reason(error: BaseException) -> str:
    if isinstance(error, StrictJsonError):
        return str(error).replace("the body", "it")
    if isinstance(error, gzip.BadGzipFile | zlib.error | EOFError):
        return "it is compressed, and damaged"
    if isinstance(error, OSError):
        return error.strerror or "it cannot be read"
    return "it is no JSON that can be read"


class _Bytes:
    """The bytes of a file, unpacked, without a byte order mark, and never more than they may be."""

    def __init__(self, file: Path) -> None:
        self._raw = file.open("rb")
        try:
            packed = self._raw.peek(2)[:2] == _GZIP
            self._limit = _ALWAYS_ALLOWED + _MAX_GROWTH * file.stat().st_size if packed else None
        except BaseException:
            self._raw.close()
            raise
        # GzipFile reads like a buffered file; its type in the standard library's stubs says less.
        self._stream = (
            cast(BufferedReader, gzip.GzipFile(fileobj=self._raw)) if packed else self._raw
        )
        self._read = 0

    def __enter__(self) -> _Bytes:
        return self

    def __exit__(self, *error: object) -> None:
        self._raw.close()

    def line(self, most: int) -> bytes:
        """The next line, or its first `most` bytes; empty at the end."""
        part = self._stream.readline(most)
        return self._counted(part, max(len(part), _LINE_COUNTS))

    def all(self, most: int) -> bytes:
        """Everything that is left; StrictJsonError when that is more than `most` bytes."""
        found = self._stream.read(min(most, self._limit or most) + 1)
        found = self._counted(found, len(found))
        if len(found) > most:
            raise StrictJsonError("it is too large")
        return found

    def _counted(self, part: bytes, size: int) -> bytes:
        if self._read == 0:
            part = part.removeprefix(_BOM)
        self._read += size
        if self._limit is not None and self._read > self._limit:
            raise StrictJsonError("it unpacks to far more than a file of its size may")
        return part


def _is_lines(file: Path) -> bool:
    """True when a file is one value a line.

    Its first line is a value of its own and another follows; a name that says so decides where
    there is only one line, or where the file is no document either.
    """
    name = file.name.lower().removesuffix(".gz")
    with _Bytes(file) as stream:
        first = b""
        while not first.strip():
            first = stream.line(MAX_LINE + 1)
            if not first:
                return False
        rest = first[-1:] == b"\n" and _has_more(stream)
        if rest or name.endswith(_LINES):
            try:
                # After a whole value no document goes on.
                return isinstance(json.loads(first), dict) or rest
            except (ValueError, RecursionError):
                pass
    return name.endswith(_LINES) and not _is_document(file)


def _has_more(stream: _Bytes) -> bool:
    while line := stream.line(MAX_LINE + 1):
        if line.strip():
            return True
    return False


def _is_document(file: Path) -> bool:
    try:
        with _Bytes(file) as stream:
            json.loads(stream.all(MAX_FILE))
    except UNREADABLE:
        return False
    return True


def _lines(file: Path, *, strict: bool) -> Iterator[Value | Problem]:
    with _Bytes(file) as stream:
        number = 0
        while line := stream.line(MAX_LINE + 1):
            number += 1
            label = f"line {number}"
            if len(line) > MAX_LINE:
                while line and not line.endswith(b"\n"):
                    line = stream.line(MAX_LINE)
                yield Problem(file, label, "it is too large")
                continue
            line = line.strip()
            if not line:
                continue
            try:
                value = loads(line, max_bytes=MAX_LINE) if strict else json.loads(line)
                yield Value(label, line.decode("utf-8"), value)
            except (ValueError, RecursionError) as error:
                yield Problem(file, label, _reason(error))


def _document(file: Path, *, strict: bool) -> Iterator[Value | Problem]:
    with _Bytes(file) as stream:
        raw = stream.all(MAX_FILE)
    if strict:
        loads(raw, max_bytes=MAX_FILE)
    text = raw.decode("utf-8").strip()
    if not text.startswith("["):
        yield Value("", text)
        return
    for number, (start, end) in enumerate(elements(text, 0)):
        yield Value(f"item {number}", text[start:end])
