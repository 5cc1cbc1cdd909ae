"""Where a query looks, and for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, FromClause, String, and_, bindparam

from fhir_rs.enforcement.grant import Grant
from fhir_rs.models.visibility import RESOURCE, Condition, visible

RECORD: BindParameter[str] = bindparam("in_record", "", type_=String)
READER: BindParameter[str] = bindparam("reader", "", type_=String)
"""Instead of a record and of who asks, in what is prepared for all of them."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a query looks, and for whom: one record, one grant, one reader.

    `reader` is who asks, as a version remembers its writer; None: nobody who could have written.
    """

    record: str | BindParameter[str]
    grant: Grant
    reader: str | BindParameter[str] | None = None

    def bound(self) -> dict[str, Any]:
        """This scope, as what was prepared for RECORD and READER takes it."""
        return {"in_record": self.record, "reader": self.reader or ""}

    def sees(
        self,
        types: frozenset[str] | None,
        table: FromClause = RESOURCE,
        *,
        action: str = "read",
        version: FromClause | None = None,
    ) -> Condition:
        """Rows of `table` in this record that the grant shows."""
        shown = visible(
            self.grant, self.record, action, types=types, table=table, version=version,
            reader=self.reader,
        )  # fmt: skip
        return and_(table.c.record == self.record, shown)
