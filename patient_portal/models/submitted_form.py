"""One-time form ids: a double submit, or Back and submit again, lands on the same page."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field

from patient_portal.db import Table


class SubmittedForm(Table, table=True):
    """A form that was sent; `result` is where it led, empty while it is being carried out."""

    __tablename__ = "submitted_form"

    id_hash: str = Field(primary_key=True, max_length=64)
    subject: str = Field(max_length=255, index=True)
    created: int = Field(sa_column=Column(BigInteger, nullable=False))
    result: str = Field(default="", sa_column=Column(Text, nullable=False))
    sealed: str = Field(default="", sa_column=Column(Text, nullable=False))
