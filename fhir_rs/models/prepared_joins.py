"""The ways by which resources come along with a page, as prepared statements, each under a grant.

What leads there is bound as one list (`given`): row numbers, or addresses.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal, NamedTuple

from sqlalchemy import BigInteger, Dialect, Text, and_, select

from fhir_rs.enforcement.grant import Grant
from fhir_rs.enforcement.references import CONTAINED
from fhir_rs.models.reference_conditions import REFERENCES
from fhir_rs.models.scope import READER, RECORD, Scope
from fhir_rs.models.search_pages import SHOWN
from fhir_rs.models.visibility import RESOURCE, Condition
from heart_ground.listed import listed
from heart_ground.prepared import Prepared
from heart_uma.kinds import DIRECTORY_TYPES


class Way(NamedTuple):
    """How resources come along: what the given rows refer to by `param`, what refers to the given
    addresses by it, or the people and places at the given addresses; `type` narrows the first two.
    """

    kind: Literal["include", "revinclude", "directory"]
    param: str = ""
    type: str | None = None

    @property
    def types(self) -> frozenset[str] | None:
        """The types it can lead to, None for any."""
        if self.kind == "directory":
            return DIRECTORY_TYPES
        return frozenset({self.type}) if self.type else None

    def condition(self, dialect: Dialect) -> Condition:
        """The rows it leads to, whoever may see them."""
        c, at = REFERENCES.c, RESOURCE.c
        if self.kind == "directory":
            there = at.address.in_(listed(dialect, "given", Text()))
            return and_(at.type.in_(sorted(DIRECTORY_TYPES)), there)
        if self.kind == "include":
            rows = c.resource.in_(listed(dialect, "given", BigInteger()))
            targets = select(c.target).where(c.record == RECORD, rows, c.param == self.param)
            found: Condition = at.address.in_(targets)
        else:
            to = c.target.in_(listed(dialect, "given", Text()))
            sources = select(c.resource).where(c.record == RECORD, c.param == self.param, to)
            found = at.pk.in_(sources)
        return and_(found, at.type == self.type) if self.type else found


@lru_cache(maxsize=512)
def joined_by(way: Way, grant: Grant, limit: int, dialect: Dialect) -> Prepared:
    """At most `limit` of what `way` leads to and `grant` shows."""
    shown = Scope(RECORD, grant, READER).sees(way.types)
    statement = select(*SHOWN).where(shown, way.condition(dialect))
    return Prepared(statement.order_by(RESOURCE.c.pk).limit(limit), dialect)


@cache
def targets_of(dialect: Dialect) -> Prepared:
    """What the given rows refer to; what is contained and judged apart brings nobody along, as for
    whom one may see.
    """
    c = REFERENCES.c
    of_them = c.resource.in_(listed(dialect, "given", BigInteger()))
    here = (c.record == RECORD, of_them, c.param != CONTAINED)
    return Prepared(select(c.target).where(*here).distinct(), dialect)
