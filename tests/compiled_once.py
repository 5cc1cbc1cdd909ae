"""What every application compiles for itself at its start is compiled once in a process of tests.

Most tests make an application or four of their own. Half of their time went into the same work
again: templates, SQL statements, the functions that build a route's address, certificates, keys.
Nothing of it depends on the test; what does depend is part of the key.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import Lock
from types import CodeType
from typing import Any

import flask
import jinja2
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jinja2.bccache import Bucket, BytecodeCache
from joserfc._rfc7518.rsa_key import RSABinding, RSADictKey
from sqlalchemy import Dialect
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

Built = tuple[str, str]


class Compiled(BytecodeCache):
    """Templates by their source, and by what else decides how they are compiled."""

    def __init__(self) -> None:
        self._code: dict[tuple[Any, ...], CodeType] = {}

    def get_bucket(
        self, environment: jinja2.Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        extensions = tuple(sorted(environment.extensions))
        spaces = (environment.trim_blocks, environment.lstrip_blocks)
        return _Kept(environment, (name, filename, source, extensions, spaces), self._code)

    def set_bucket(self, bucket: Bucket) -> None:
        if isinstance(bucket, _Kept) and bucket.code is not None:
            self._code[bucket.made_of] = bucket.code


class _Kept(Bucket):
    def __init__(
        self,
        environment: jinja2.Environment,
        made_of: tuple[Any, ...],
        known: dict[tuple[Any, ...], CodeType],
    ) -> None:
        super().__init__(environment, key=str(made_of[0]), checksum="")
        self.made_of = made_of
        self.code = known.get(made_of)


def install() -> None:
    """Called when pytest is configured, before any application is made."""
    flask.Flask.jinja_options = {**flask.Flask.jinja_options, "bytecode_cache": Compiled()}
    _build_when_asked()
    _write_statements_once()
    _prepare_statements_once()
    _read_certificates_once()
    _check_keys_once()


def _build_when_asked() -> None:
    """A route's address is compiled when it is first built: few tests build more than some."""
    compile_builder: Callable[..., Callable[..., Built]] = Rule._compile_builder
    # CPython 3.11 may fail to make an AST in two threads at once ("AST constructor recursion
    # depth mismatch").
    one_at_a_time = Lock()

    def later(rule: Rule, append_unknown: bool = True) -> Callable[..., Built]:
        made: list[Callable[..., Built]] = []

        def build(self: Rule, **values: Any) -> Built:
            with one_at_a_time:
                if not made:
                    made.append(compile_builder(rule, append_unknown))
            return made[0](self, **values)

        return build

    Rule._compile_builder = later  # type: ignore[method-assign]


class _Statements:
    """The cache of one engine's statements, as a view of one that all engines share."""

    def __init__(self, dialect: Dialect, shared: LRUCache[Any, Any]) -> None:
        version = getattr(dialect, "server_version_info", None)
        self._kind, self._shared = (type(dialect), version, dialect.paramstyle), shared

    def get(self, key: tuple[Any, ...]) -> Any:
        return self._shared.get((self._kind, *key[1:]))

    def __setitem__(self, key: tuple[Any, ...], statement: Any) -> None:
        self._shared[(self._kind, *key[1:])] = statement


def _write_statements_once() -> None:
    """SQLAlchemy writes a statement once for an engine; each application has engines of its own."""
    compile_: Callable[..., Any] = ClauseElement._compile_w_cache
    shared: LRUCache[Any, Any] = LRUCache(4000)

    def compile_once(
        self: ClauseElement, dialect: Dialect, *, compiled_cache: Any, **more: Any
    ) -> Any:
        own = compiled_cache if compiled_cache is None else _Statements(dialect, shared)
        return compile_(self, dialect, compiled_cache=own, **more)

    ClauseElement._compile_w_cache = compile_once  # type: ignore[method-assign]


def _prepare_statements_once() -> None:
    """What is prepared is kept for a dialect, and each engine has one of its own: on SQLite they
    are all the same."""

    def same(self: SQLiteDialect_pysqlite, other: object) -> bool:
        return type(self) is type(other) and self.paramstyle == getattr(other, "paramstyle", "")

    SQLiteDialect_pysqlite.__eq__ = same  # type: ignore[method-assign, assignment]
    SQLiteDialect_pysqlite.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]


def _read_certificates_once() -> None:
    """The public authorities that every HTTP client trusts, read from their file once."""
    create = ssl.create_default_context

    @cache
    def trusting(cafile: str, _changed: float) -> ssl.SSLContext:
        return create(cafile=cafile)

    def create_default_context(*args: Any, **more: Any) -> ssl.SSLContext:
        if args or set(more) != {"cafile"}:
            return create(*args, **more)
        return trusting(more["cafile"], Path(more["cafile"]).stat().st_mtime)

    ssl.create_default_context = create_default_context


def _check_keys_once() -> None:
    """That the numbers of a private RSA key are right takes 50 ms; tests use few keys, often."""
    load = RSABinding.import_private_key
    known: dict[str, RSAPrivateKey] = {}

    def import_private_key(_cls: type[RSABinding], obj: RSADictKey) -> RSAPrivateKey:
        numbers = json.dumps(obj, sort_keys=True)
        if numbers not in known:
            known[numbers] = load(obj)
        return known[numbers]

    RSABinding.import_private_key = classmethod(import_private_key)  # type: ignore
