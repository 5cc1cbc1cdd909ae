"""What migration 0003 does to people: their names are compared folded, and they are told which of
their shares the new order of rules narrows. Frozen with the migration: it reads rows of 0002."""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from heart_ground.migrations import SchemaError

WHO = {"anyone": 1, "organization": 2, "role": 3, "person": 4}
EVERYTHING, KIND, TOPIC, RECORD = 1, 2, 3, 4
EMERGENCIES = frozenset({"ETREAT", "ERTREAT", "BTG"})
Claims = Mapping[str, tuple[str, str]]
"""Account key -> (role code, organization); empty for what an account does not say."""


def fold(name: str) -> str:
    """A name as it is compared from now on."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name.strip()).casefold())


def fold_names(connection: Connection) -> None:
    """Fill the folded columns. Raise SchemaError for sign-in names that would be one and the same;
    which of them is which person nobody but the operator can say."""
    accounts = connection.execute(text("SELECT * FROM account ORDER BY created_at, login")).all()
    same = defaultdict(list)
    for account in accounts:
        same[fold(account.login)].append(account.login)
    if collisions := [logins for logins in same.values() if len(logins) > 1]:
        listed = "; ".join(" and ".join(map(ascii, logins)) for logins in collisions)
        raise SchemaError(
            "Sign-in names are now the same whatever their capitals, outer blanks and way of "
            f"writing accents. These people share one: {listed}. Nothing was changed. Give all but "
            "one of each another name in the table account, then start again."
        )
    words = ("name", "role", "organization", "place")
    for account in accounts:
        connection.execute(
            text(
                "UPDATE account SET login_folded = :login, email_folded = :email, "
                "directory_words = :words WHERE key = :key"
            ),
            {
                "login": fold(account.login),
                "email": None if account.email is None else fold(account.email),
                "words": fold(" ".join(getattr(account, word) for word in words)),
                "key": account.key,
            },
        )


def list_changed_outcomes(connection: Connection) -> None:
    """A row for each permit in force that gives less by the new order of rules."""
    query = text(
        "SELECT owner, id, body FROM policy WHERE state IN ('on', 'paused') ORDER BY owner, id"
    )
    people = text("SELECT key, role_code, organization FROM account")
    claims = {row.key: (row.role_code, row.organization) for row in connection.execute(people)}
    found = []
    for owner, rows in groupby(connection.execute(query).all(), lambda row: row.owner):
        rules = [rule for row in rows if (rule := read(row.id, row.body)) is not None]
        for policy, withheld_by in changed_outcomes(rules, claims):
            found.append({"owner": owner, "policy": policy, "withheld_by": withheld_by})
    if found:
        insert = "INSERT INTO outcome_change (owner, policy, withheld_by) "
        connection.execute(text(insert + "VALUES (:owner, :policy, :withheld_by)"), found)


class Rule(NamedTuple):
    """Of a stored policy what the order of rules looks at."""

    id: str
    effect: str
    who: tuple[int, str]
    everything: bool
    kinds: frozenset[str]
    topics: frozenset[str]
    records: frozenset[str]
    why: frozenset[str]

    def level_for(self, kind: str) -> int | None:
        if kind in self.kinds:
            return KIND
        return EVERYTHING if self.everything else None

    def closes(self, topic: str) -> bool:
        return topic in self.topics or (topic == "secret" and "private" in self.topics)


def read(policy_id: str, body: str) -> Rule | None:
    """A stored body; None for one that names nobody or cannot be read."""
    try:
        wire: dict[str, Any] = json.loads(body)
        member, value = next(iter(wire["who"].items()))
        what = wire["what"]
        return Rule(
            policy_id,
            "ask" if wire["ask_me"] else wire["effect"],
            (WHO[member], "" if member == "anyone" else value),
            what["everything"],
            frozenset(what["kinds"]),
            frozenset(what["topics"]),
            frozenset(what["records"]["include"]),
            frozenset(wire["why"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration, RecursionError):
        return None


def changed_outcomes(rules: list[Rule], claims: Claims) -> Iterator[tuple[str, str | None]]:
    """Each permit that gives less, and the rule that now stands before it; None for a permit for
    emergencies alone, which counts only where one is declared."""
    withholders = [rule for rule in rules if rule.effect != "permit"]
    for permit in rules:
        if permit.effect != "permit":
            continue
        if permit.why and permit.why <= EMERGENCIES:
            yield permit.id, None
            continue
        for other in withholders:
            if _narrows(other, permit, claims):
                yield permit.id, other.id
                break


def _narrows(other: Rule, permit: Rule, claims: Claims) -> bool:
    """True when `other` takes something from `permit` that it did not take before."""
    within = _is_within(permit, other, claims)
    if within is None:
        return False
    beats_all = other.effect == "deny" and not within

    def newly(level: int, permit_level: int) -> bool:
        mine, theirs = other.who[0], permit.who[0]
        before = level > permit_level or (
            level == permit_level and (mine > theirs or (mine == theirs and other.effect == "deny"))
        )
        now = beats_all or level > permit_level or (level == permit_level and mine >= theirs)
        return now and not before

    kinds = permit.kinds | other.kinds | {"any other"}
    levels = [(other.level_for(kind), permit.level_for(kind)) for kind in kinds]
    if any(a is not None and b is not None and newly(a, b) for a, b in levels):
        return True
    if any(other.closes(topic) for topic in permit.topics) and newly(TOPIC, TOPIC):
        return True
    if permit.records & other.records and newly(RECORD, RECORD):
        return True
    covers = bool(other.topics) or any(a is not None for a, _ in levels)
    return bool(permit.records) and covers and beats_all


def _is_within(permit: Rule, other: Rule, claims: Claims) -> bool | None:
    """Whether the permit's party is the other's or a part of it; None if nobody can be both."""
    if other.who in (permit.who, (WHO["anyone"], "")):
        return True
    if permit.who[0] == other.who[0]:
        return None
    for person, group in ((permit.who, other.who), (other.who, permit.who)):
        if person[0] == WHO["person"] and group[0] in (WHO["role"], WHO["organization"]):
            claim = claims.get(person[1], ("", ""))[0 if group[0] == WHO["role"] else 1]
            if person == permit.who:
                return True if claim in ("", group[1]) else None
            return False if claim == group[1] else None
    return False
