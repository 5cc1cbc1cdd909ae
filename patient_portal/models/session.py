"""Sessions, and forms that outlive one: ids are stored as SHA-256, tokens sealed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field

from patient_portal.db import Table


class LoginAttempt(Table, table=True):
    """The answers of a form that was sent as its session ended; they wait for the same person.

    A sign-in itself is kept by the browser (`signing_in/sign_in.py`), which this table held once.
    """

    __tablename__ = "login_attempt"

    id_hash: str = Field(primary_key=True, max_length=64)
    created: int = Field(sa_column=Column(BigInteger, nullable=False))
    sealed: str = Field(sa_column=Column(Text, nullable=False))


class PortalSession(Table, table=True):
    """A person signed in on one browser.

    `sealed` holds the tokens; `lease` is the moment until which one request refreshes them;
    `generation` rises with each change she makes, so that counts are never shown stale; `device`
    is the browser, for her to know it again.
    """

    __tablename__ = "portal_session"

    id_hash: str = Field(primary_key=True, max_length=64)
    subject: str = Field(max_length=255, index=True)
    name: str = Field(max_length=255)
    created: int = Field(sa_column=Column(BigInteger, nullable=False))
    seen: int = Field(sa_column=Column(BigInteger, nullable=False))
    generation: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    lease: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    sealed: str = Field(sa_column=Column(Text, nullable=False))
    device: str = Field(default="", max_length=80)
