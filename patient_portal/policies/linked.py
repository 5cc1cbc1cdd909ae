"""What is linked: a record at a clinic, and the resources that were registered of it."""

from __future__ import annotations

from pydantic import Field

from patient_portal.policies.wire import Wire


class Registered(Wire):
    """One registered resource: a FHIR type and kind of one record."""

    id: str = Field(alias="_id")
    type: str
    kind: str
    name: str = ""


class Record(Wire):
    """One linked record: its base, and the clinic that holds it."""

    record: str
    rs: str
    rs_base: str
    client_id: str = ""
    resources: tuple[Registered, ...] = ()

    @property
    def token(self) -> str:
        """The last part of the base, which names the record in this portal's addresses."""
        return self.record.rpartition("/")[2]
