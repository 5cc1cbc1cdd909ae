"""What a token stands for: who may act for whom, by which consent or which issue of an RPT."""

import secrets
from dataclasses import dataclass

from as_server.models.client import Client


@dataclass(frozen=True, slots=True)
class Authentication:
    """How and when the person behind a grant proved who they are."""

    auth_time: int
    acr: str
    amr: tuple[str, ...]
    nonce: str | None = None


UNKNOWN = Authentication(auth_time=0, acr="", amr=())


@dataclass(frozen=True, slots=True)
class Authorization:
    """`account_key` is the person the token speaks for; for an RPT, which `rpt_grant` makes it, the
    requesting party, and `grants_on` the owner whose records it is for. `family` ties all tokens of
    one consent, or of one RPT issue.

    `reason` is what the party said an RPT is for; `resource` is the one resource that the consent
    was for, if it was for one (RFC 8707). A refresh token carries both on.
    """

    client: Client
    account_key: str
    family: str
    scope: str = ""
    authentication: Authentication = UNKNOWN
    rpt_grant: str | None = None
    reason: str | None = None
    resource: str | None = None
    grants_on: str | None = None

    @property
    def owner(self) -> str:
        """Whose the tokens are."""
        return self.account_key if self.grants_on is None else self.grants_on


def new_family() -> str:
    """The tie between all tokens of one consent (or of one RPT issue)."""
    return secrets.token_urlsafe(16)
