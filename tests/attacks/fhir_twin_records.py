"""Two records alike but for what one reader may not see, from random numbers."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from heart_uma.kinds import DIRECTORY_TYPES
from tests.attacks.fhir_twin_things import (
    ASIDE,
    BY_NAME,
    DATED,
    DAYS,
    DRUGS,
    FILES,
    HOWS,
    LIFTED,
    NUMBERS,
    PAIRS,
    PEOPLE,
    PLACES,
    SAID,
    SENT,
    TYPES,
    Inner,
    Ref,
    Thing,
    Things,
    address_of,
    pair_of,
)
from tests.attacks.fhir_twin_views import Group, View, view_of, withheld


def groups_of(rng: random.Random, *, writes: bool) -> list[Group]:
    """What a reader holds: one group of permissions, or two with other topics and limits."""
    made = []
    for _ in range(rng.choice([1, 1, 2])):
        pairs = set(PAIRS)
        for code in rng.sample(sorted(TYPES), rng.choice([0, 1, 2, 4])):
            pairs.discard(pair_of(code))
        pairs -= {("Observation", "vitals")} if rng.random() < 0.3 else set()
        scopes = frozenset(rng.sample(LIFTED, rng.choice([0, 0, 1, 2, 3])))
        access = "*" if writes and not made else rng.choice(["read", "read", "write"])
        limits: dict[str, Any] = {}
        for name, odds in (("except", 0.4), ("also", 0.3), ("only", 0.1)):
            if rng.random() < odds:
                codes = rng.choices(("Ob", "Co", "Do", "En", "Pl", "Bi"), k=4)
                limits[name] = sorted({address_of(f"{c}{rng.randrange(4)}") for c in codes})
        if "only" in limits:
            limits["only"] += [address_of(f"{c}{n}") for c in ("Ob", "Co", "Me") for n in range(9)]
        if rng.random() < 0.15:
            limits["since"] = "2019-01-01"
        if rng.random() < 0.1:
            limits["until"] = "2021-06-30"
        made.append(Group(frozenset(pairs), scopes, access, limits))
    if not writes and all(group.access == "write" for group in made):
        made[0] = replace(made[0], access="read")
    return made


def thing_of(rng: random.Random, id_: str) -> Thing:
    """Anything that can stand at this id."""
    code, number = id_[:2], rng.randrange(10**6)
    if TYPES[code] in DIRECTORY_TYPES:
        people = {"Ro": (f"Pr{rng.randrange(5)}", "Or0"), "Pr": ()}.get(code, ())
        sent = rng.choice(["", "", "", "ETH"])
        return Thing(id_, number, sent=sent, people=people)
    chance = rng.random
    pdf = code == "Bi" and chance() < 0.3
    unsaid = pdf or code in ("Pv", "Fa")
    inner: tuple[Inner, ...] = ()
    if code in ("Ob", "Co", "Me", "Pl") and chance() < 0.4:
        inner = (_inner(rng),)
    drug = rng.choice([*DRUGS, *[""] * 4]) if code == "Me" else ""
    return Thing(
        id=id_, number=number, day=_day(rng, code),
        level=rng.choice([0, 0, 0, 0, 0, 0, 1, 2]),
        sent=rng.choice(SENT) if chance() < 0.2 else "",
        said=rng.choice([*SAID]) if chance() < 0.15 and not unsaid else "",
        drug=drug, service=code == "En" and chance() < 0.2,
        category=code in ("Ob", "Do") and chance() < 0.4,
        identifier=f"k{rng.randrange(8)}" if code in ("Ob", "Co") else "",
        narrative=number if chance() < 0.4 and code not in ("Bi", "Pv") else 0,
        refs=tuple(_refs(rng, code)), inner=inner,
        people=(f"{rng.choice(('Pr', 'Pr', 'Ro'))}{rng.randrange(5)}",)
        if code in PEOPLE and (chance() < 0.7 or code in ("Pv", "Cm")) else (),
        old=rng.choice(["", "", "HIV", "ETH", "R"]) if chance() < 0.25 else None,
        pdf=pdf, escaped=chance() < 0.2,
    )  # fmt: skip


def _day(rng: random.Random, code: str) -> str | None:
    return "2024-01-01" if code == "Pv" else rng.choice(DAYS) if code in DATED else None


def _inner(rng: random.Random) -> Inner:
    code = rng.choice(["Co", "Co", "Ob", "Mn"])
    codes = frozenset({"HIV"}) if code != "Mn" and rng.random() < 0.2 else frozenset()
    return Inner(
        code, rng.randrange(10**6), codes,
        day=rng.choice(DAYS) if code != "Mn" and rng.random() < 0.3 else None,
        copy_of=f"k{rng.randrange(8)}" if code != "Mn" and rng.random() < 0.3 else "",
        person=f"Pr{rng.randrange(5)}" if code == "Co" and rng.random() < 0.4 else "",
    )  # fmt: skip


def _refs(rng: random.Random, code: str) -> Iterable[Ref]:
    places = [*PLACES.get(code, ()), ASIDE] if code not in ("Bi", "Fa") else PLACES.get(code, [])
    chosen = rng.sample(places, min(len(places), rng.choice([0, 1, 1, 2, 2, 3])))
    if code == "Pv":
        chosen = [*PLACES["Pv"][:1], *chosen]
    if code == "Bi" and rng.random() < 0.6:
        chosen = []
    for path, carries, targets in chosen:
        to = rng.choice(targets)
        how = rng.choice(HOWS)
        words = rng.choice(["", "d", "d", "i", "di"])
        value = f"k{rng.randrange(10)}"
        if how in BY_NAME and to not in ("Ob", "Co"):
            how = "relative"
        number = rng.randrange(10**6)
        yield Ref(path, carries, f"{to}{rng.randrange(NUMBERS[to])}", how, words, number, value)


@dataclass(frozen=True)
class Record:
    """One of the two: its things in their order, and the numbers whose words are other ones."""

    things: Things
    order: tuple[str, ...]
    others: frozenset[int] = frozenset()


def pair(rng: random.Random, groups: list[Group]) -> tuple[Record, Record, View]:
    """Two records that differ only in what `groups` neither show nor let change."""
    ids = [f"{code}{n}" for code, most in NUMBERS.items() for n in range(most - 1)]
    first = {"alice": Thing("alice", 0)}
    first |= {id_: thing_of(rng, id_) for id_ in ids if rng.random() < 0.8}
    view = view_of(first, groups)
    second: dict[str, Thing] = dict(first)
    # Whoever may change a document may take its file out of it, and so decides on that too.
    files = {ref.to for id_ in view.written for ref in first[id_].refs if ref.path in FILES}
    for id_ in rng.sample(ids, len(ids)):
        if id_ in view.fixed | files or rng.random() < 0.1:
            continue
        changed = {k: v for k, v in second.items() if k != id_}
        if rng.random() < 0.6:
            changed[id_] = thing_of(rng, id_)
        if view_of(changed, groups) == view:
            second = changed
    second = _other_names(rng, first, second, view, groups)
    order = [*first, *(id_ for id_ in second if id_ not in first)]
    rng.shuffle(order)
    unlike = frozenset(_unlike(first, view))
    return (
        Record(first, tuple(id_ for id_ in order if id_ in first)),
        Record(second, tuple(id_ for id_ in order if id_ in second), unlike),
        view,
    )


def _other_names(
    rng: random.Random, first: Things, second: dict[str, Thing], view: View, groups: list[Group]
) -> dict[str, Thing]:
    """References by an identifier that nobody shown bears name another one; old versions too."""
    for id_ in sorted(view.fixed):
        thing = second[id_]
        refs = tuple(
            replace(ref, value=f"k{rng.randrange(12)}")
            if ref.how in ("identifier", "typed identifier")
            and ref.by_name and withheld(ref, first, view) else ref
            for ref in thing.refs
        )  # fmt: skip
        changed = second | {id_: replace(thing, refs=refs)}
        same = view_of(changed, groups) == view
        if same and all(withheld(r, changed, view) == withheld(q, first, view)
                        for r, q in zip(refs, thing.refs, strict=True)):  # fmt: skip
            second = changed
    return second


def _unlike(things: Things, view: View) -> Iterable[int]:
    """The numbers whose words are cut for the reader, so that they may say anything."""
    for id_ in view.fixed & things.keys():
        thing, (_, out, before) = things[id_], view.told[id_]
        if id_ not in view.shown:
            continue
        judged = [ref for ref in thing.refs if ref.path not in FILES]
        gone = [ref for ref in judged if withheld(ref, things, view)]
        yield from (ref.number for ref in gone)
        yield from (thing.inner[n].number for n in out)
        if gone or out or (thing.names_patient and "alice" not in view.shown):
            yield thing.narrative
        if thing.old is not None and not before:
            yield -thing.number
