"""Whether a statement asks for one owner's rows: each keyed table is bound to `key = ?`, or joined
key to key with one that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Delete, Insert, Select, Table, Update
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BindParameter, BooleanClauseList
from sqlalchemy.sql.selectable import Alias, Join

from as_server.keys_of_tables import KEYS, LOCAL, REFERENCE
from heart_ground.migrations import Migrations

METADATA = Migrations("as_server").tables()
KEYED = {name: key for name, key in KEYS.items() if key not in (LOCAL, REFERENCE)}
Source = Table | Alias
REASONS = {
    "a service that starts under another secret writes down whose each ticket and token is": (
        "SELECT token by hash",
        "SELECT permission_ticket by hash",
        "SELECT invitation by link_hash",
    ),
    "housekeeping forgets what ended, a few rows at a time, whoever's they are": (
        "DELETE permission_ticket by expires_at, hash, owner",
        "SELECT permission_ticket by expires_at",
        "DELETE rpt_grant by expires_at, id, owner",
        "SELECT rpt_grant by expires_at",
        "DELETE token by ends_at, hash, owner",
        "SELECT token by ends_at",
        "DELETE used_jti by client_id, expires_at, jti_hash",
        "SELECT used_jti by expires_at",
        "DELETE persisted_claims by expires_at, hash, owner",
        "SELECT persisted_claims by expires_at",
    ),
    "the senders of events and of mail look for what waits, of all owners, between requests": (
        "SELECT outbox by epoch, told_epoch",
        "SELECT outbox by epoch, next_attempt_at, told_epoch",
        "DELETE outbox by changed_at, epoch, told_epoch",
        "SELECT notice_mail by due_at, leased_until, next_at, owner, told_line",
        "SELECT notice_mail by owner, told_line",
        "SELECT audit_entry by owner, seq",
    ),
    "an operator disables a client or a person, which has reached many owners": (
        "UPDATE token by client_id, revoked_at, rpt_grant",
        "UPDATE token by account_key, revoked_at, rpt_grant",
        "SELECT rpt_grant by client_id, ended_at, expires_at",
        "SELECT rpt_grant by ended_at, expires_at, party",
        "SELECT resource by client_id",
        "DELETE persisted_claims by client_id",
    ),
}
"""What may ask every owner's rows, by the reason. None of it is part of a request."""
ALLOWED = frozenset(each for listed in REASONS.values() for each in listed)


def unkeyed(statement: Any) -> list[str]:
    """What a statement asks for of more than one owner, each as `VERB table by column, ...`."""
    found = []
    for part in visitors.iterate(statement):
        if isinstance(part, Select):
            froms = list(_sources(part.get_final_froms()))
            where = [*part._where_criteria, *_on_clauses(part.get_final_froms())]
            found += _unbound("SELECT", froms, where)
        elif isinstance(part, Update | Delete):
            found += _unbound(
                part.__visit_name__.upper(), list(_sources([part.table])), part._where_criteria
            )
        elif isinstance(part, Insert):
            found += _conflicts(part)
    return found


def _conflicts(insert: Insert) -> list[str]:
    table: Any = insert.table
    clause: Any = insert._post_values_clause
    if table.metadata is not METADATA or table.name not in KEYED or clause is None:
        return []
    on = clause.inferred_target_elements
    # One that names nothing fits every constraint, each of which has the key.
    if on is None or KEYED[table.name] in {getattr(each, "name", each) for each in on}:
        return []
    return [f"INSERT {table.name} on conflict"]


def _unbound(verb: str, froms: list[Source], where: Iterable[Any]) -> list[str]:
    conditions = list(_all(where))
    keys = {source: source.c[KEYED[name]] for source in froms if (name := _name(source)) in KEYED}
    bound: set[Source] = set()
    while True:
        more = {
            source
            for source, key in keys.items()
            if source not in bound and any(_binds(key, each, keys, bound) for each in conditions)
        }
        if not more:
            break
        bound |= more
    return [
        f"{verb} {_name(source)} by {', '.join(sorted(_compared(source, conditions)))}"
        for source in keys
        if source not in bound
    ]


def _binds(key: Any, condition: Any, keys: dict[Source, Any], bound: set[Source]) -> bool:
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.or_:
        arms = [list(_all([arm])) for arm in condition.clauses]
        return all(any(_binds(key, each, keys, bound) for each in arm) for arm in arms)
    if not isinstance(condition, BinaryExpression) or condition.operator is not operators.eq:
        return False
    sides = (condition.left, condition.right)
    for one, other in (sides, sides[::-1]):
        if not _same(one, key):
            continue
        if isinstance(other, BindParameter):
            return True
        owner = getattr(other, "table", None)
        if owner in bound and _same(other, keys[owner]):
            return True
    return False


def _same(one: Any, other: Any) -> bool:
    named = getattr(one, "name", None) == other.name
    return named and _is(getattr(one, "table", None), other.table)


def _is(one: Any, other: Any) -> bool:
    """The same source, or the same as the ORM annotates it."""
    return one is not None and hash(one) == hash(other)


def _all(conditions: Iterable[Any]) -> Iterator[Any]:
    """Conditions that hold together, one by one."""
    for condition in conditions:
        inner = getattr(condition, "element", condition)
        if isinstance(inner, BooleanClauseList) and inner.operator is operators.and_:
            yield from _all(inner.clauses)
        else:
            yield inner


def _sources(froms: Iterable[Any]) -> Iterator[Source]:
    for each in froms:
        if isinstance(each, Join):
            yield from _sources([each.left, each.right])
        elif _name(each) is not None:
            yield each


def _on_clauses(froms: Iterable[Any]) -> Iterator[Any]:
    for each in froms:
        if isinstance(each, Join):
            yield each.onclause
            yield from _on_clauses([each.left, each.right])


def _name(source: Any) -> str | None:
    """The table of this service that a source is, under whatever name; None for anything else."""
    table = source.element if isinstance(source, Alias) else source
    is_ours = isinstance(table, Table) and table.name in METADATA.tables
    same = is_ours and METADATA.tables[table.name].c.keys() == table.c.keys()
    return table.name if same else None


def _compared(source: Source, conditions: Iterable[Any]) -> set[str]:
    columns = set()
    for condition in conditions:
        for part in visitors.iterate(condition):
            if _is(getattr(part, "table", None), source):
                columns.add(str(part.name))
    return columns
