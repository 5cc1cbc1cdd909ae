"""Authorization requests of browsers in which somebody has signed in (RFC 6749 4.1.1)."""

import json

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import Session
from sqlmodel import Field

from as_server.db import Table, delete_some


class AuthorizationRequest(Table, table=True):
    """An authorization request, or a claims interaction, that waits for a login, a choice of
    person, or an answer.

    Nobody can change where it leads.
    """

    __tablename__ = "authorization_request"

    key: str = Field(primary_key=True)
    session_key: str = Field(index=True)
    client_id: str
    parameters: str = Field(sa_type=Text)
    account_key: str | None = None
    authenticated_at: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger, index=True)

    @property
    def redirect_uri(self) -> str:
        """Where the answer goes, of whichever of the two kinds it is."""
        asked = json.loads(self.parameters)
        return str(asked.get("redirect_uri") or asked["claims_redirect_uri"])

    @property
    def gathers_claims(self) -> bool:
        """True of one that came with a permission ticket (Grant 3.3.2)."""
        return "claims_redirect_uri" in json.loads(self.parameters)

    @property
    def login_hint(self) -> str:
        return str(json.loads(self.parameters).get("login_hint", ""))


COLUMNS = AuthorizationRequest.__table__.c  # type: ignore[attr-defined]


def of_browser(db: Session, key: str, session_key: str) -> AuthorizationRequest | None:
    """The waiting request with this key, if it began in this browser."""
    found = db.get(AuthorizationRequest, key)
    return found if found is not None and found.session_key == session_key else None


def purge(db: Session, before: int) -> bool:
    """Forget some that nobody answered; True when there are more."""
    return delete_some(db, AuthorizationRequest, COLUMNS.created_at < before)
