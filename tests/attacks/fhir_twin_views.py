"""What a reader may see of a record, worked out from how the record was made.

It is worked out a second time here, and not asked of the server: labels along references, files
with their documents, people with what names them. So a fault of the server does not make two
records differ less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from heart_uma.kinds import DIRECTORY_TYPES
from heart_uma.topics import TOPICS
from tests.attacks.fhir_twin_things import (
    DRUGS,
    FILES,
    SAID,
    SERVICE,
    STAYS,
    TYPED,
    Inner,
    Ref,
    Thing,
    Things,
    pair_of,
)


@dataclass(frozen=True)
class Group:
    """Permissions with one set of topics and limits: what a reader looks through."""

    pairs: frozenset[tuple[str, str]]
    scopes: frozenset[str]
    access: str
    limits: Mapping[str, Any] = field(default_factory=dict)

    def allows(self, codes: Iterable[str]) -> bool:
        lifted = {c for topic in TOPICS if topic.scope in self.scopes for c in topic.covers}
        if "conf/V" in self.scopes:
            lifted |= {"R", "V"}
        if "conf/R" in self.scopes:
            lifted.add("R")
        return set(codes) <= lifted

    def holds(self, day: str | None) -> bool:
        """True when all that `day` can mean lies between the days of the group."""
        since, until = self.limits.get("since"), self.limits.get("until")
        low, high = (None, None) if day is None else (f"{day}-01-01"[:10], f"{day}-12-31"[:10])
        if day is not None and len(day) == 7:
            low, high = f"{day}-01", f"{day}-31"
        return not (since and (low is None or low < since)) and not (
            until and (high is None or high > until)
        )

    def by_rule(self, thing: Thing, codes: Iterable[str]) -> bool:
        """What a group shows of a thing that stands for itself."""
        right = thing.pair in self.pairs
        shown = right and thing.level == 0 and self.allows(codes)
        named = thing.address in self.limits.get("also", ()) and thing.level < 2
        of_type = thing.type in {t for t, _ in self.pairs}
        of_type = of_type or (thing.pair[0] == "Resource" and thing.pair in self.pairs)
        if not (shown or (named and of_type)) or thing.address in self.limits.get("except", ()):
            return False
        only = self.limits.get("only")
        if only is not None and thing.address not in only:
            return False
        return thing.code == "al" or self.holds(thing.day)


@dataclass(frozen=True)
class View:
    """What a reader may see of a record, or change: addresses, labels, what is left out of them."""

    shown: frozenset[str]
    written: frozenset[str]
    told: Mapping[str, tuple[frozenset[str], frozenset[int], bool]]

    @property
    def fixed(self) -> frozenset[str]:
        return self.shown | self.written


def meant(ref: Ref, things: Things) -> set[str]:
    """The ids of what a reference means in this record."""
    if not ref.by_name:
        return {ref.to} & things.keys()
    only = TYPED.get(ref.path, "") or (ref.how != "identifier" and ref.to[:2]) or ""
    return {
        id_ for id_, thing in things.items()
        if thing.identifier == ref.value and ref.value and id_.startswith(only)
    }  # fmt: skip


def labels_of(things: Things) -> dict[str, set[str]]:
    """The codes that each thing bears, by itself and by what it refers to."""
    definite = {thing.said for thing in things.values()}
    definite |= {"SUD" for thing in things.values() if thing.service}
    found = {}
    for id_, thing in things.items():
        own = {thing.sent} - {""}
        own |= SAID[thing.said][1] if thing.said else set()
        own |= SERVICE[1] if thing.service else set()
        own |= {"GDIS"} if thing.code == "Fa" else set()
        own |= {code for inner in thing.inner for code in inner.codes}
        if thing.drug:
            category, codes = DRUGS[thing.drug]
            own |= codes if category in definite else set()
        found[id_] = own
    given = [
        (holder, target, ref)
        for holder, thing in things.items() for ref in thing.refs for target in meant(ref, things)
    ]  # fmt: skip
    changed = True
    while changed:
        changed = False
        for holder, target, ref in given:
            more = {holder: found[target] if ref.carries else set()}
            if things[target].service:
                more[holder] = more[holder] | SERVICE[1]
            if ref.path.endswith("url"):
                more[target] = found[holder]
            elif ref.path in FILES:
                more[holder] = found[target]
            for id_, codes in more.items():
                lacks = codes - STAYS - found[id_]
                changed = changed or bool(lacks)
                found[id_] |= lacks
    return found


def view_of(things: Things, groups: Iterable[Group]) -> View:
    """What the groups show and let change."""
    labels = labels_of(things)
    shown: set[str] = set()
    written: set[str] = set()
    reading: list[tuple[Group, set[str]]] = []
    for group in groups:
        seen = _through(group, things, labels)
        if group.access != "write":
            everybody = seen | _people(group, things, labels, seen)
            shown |= everybody
            reading.append((group, everybody))
        if group.access != "read":
            written |= seen
    told = {}
    for id_ in shown | written:
        thing = things[id_]
        out = frozenset(
            n for n, each in enumerate(thing.inner)
            if _out(each, thing, things, [g for g, _ in reading], shown)
        )  # fmt: skip
        before = thing.old is not None and any(
            g.allows({thing.old} - {""}) or thing.address in g.limits.get("also", ())
            for g, seen in reading if id_ in seen
        )  # fmt: skip
        told[id_] = frozenset(labels[id_]), out, before
    return View(frozenset(shown), frozenset(written), told)


def _through(group: Group, things: Things, labels: Mapping[str, set[str]]) -> set[str]:
    files: dict[str, list[bool]] = {}
    pointed: set[str] = set()
    for id_, thing in things.items():
        for ref in thing.refs:
            if ref.path.endswith("url"):
                files.setdefault(ref.to, []).append(group.by_rule(thing, labels[id_]))
                pointed.add(ref.to)
            elif ref.path == "securityContext":
                there = things.get(ref.to)
                seen = there is not None and group.by_rule(there, labels[ref.to])
                files.setdefault(id_, []).append(seen)
    found = set()
    for id_, thing in things.items():
        if thing.type in DIRECTORY_TYPES:
            continue
        if thing.code == "Bi" and (id_ in files or thing.pdf):
            mine = thing.level == 0 and group.allows(labels[id_])
            mine = mine and thing.address not in group.limits.get("except", ())
            if mine and all(files.get(id_, [False])) and (id_ in pointed or not thing.pdf):
                found.add(id_)
        elif group.by_rule(thing, labels[id_]):
            found.add(id_)
    return found


def _people(
    group: Group, things: Things, labels: Mapping[str, set[str]], seen: set[str]
) -> set[str]:
    """Whom something shown names, one step further too; a file of a document names nobody."""
    named = {
        p for id_ in seen for p in (*things[id_].people,
                                    *(i.person for i in things[id_].inner if not i.verdict))
    }  # fmt: skip
    direct = {id_ for id_ in named & things.keys() if group.allows(labels[id_])}
    further = {p for id_ in direct for p in things[id_].people}
    return {
        id_ for id_ in (named | further) & things.keys()
        if group.allows(labels[id_]) and things[id_].level == 0
        and things[id_].address not in group.limits.get("except", ())
    }  # fmt: skip


def _out(
    inner: Inner, holder: Thing, things: Things, groups: Iterable[Group], shown: set[str]
) -> bool:
    if not inner.verdict:
        return False
    pair = pair_of(inner.code)
    there = {id_ for id_, t in things.items() if inner.copy_of and t.identifier == inner.copy_of
             and id_.startswith(inner.code)}  # fmt: skip
    if there and not there & shown:
        return True
    day = inner.day or holder.day
    return not any(pair in g.pairs and g.allows(inner.codes) and g.holds(day) for g in groups)


def withheld(ref: Ref, things: Things, view: View) -> bool:
    """True when the words beside a reference are not for this reader: hidden and absent alike."""
    return not meant(ref, things) & view.shown
