"""Stops that the sharing service has not answered: kept until it does."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field

from patient_portal.db import Table


class UnansweredStop(Table, table=True):
    """One share that somebody asked to stop; which one is sealed."""

    __tablename__ = "unanswered_stop"

    id_hash: str = Field(primary_key=True, max_length=64)
    subject: str = Field(max_length=255, index=True)
    created: int = Field(sa_column=Column(BigInteger, nullable=False))
    sealed: str = Field(sa_column=Column(Text, nullable=False))
