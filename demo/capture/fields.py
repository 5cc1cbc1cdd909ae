"""Which fields of a form or a query are shown, which are cut, and which are left out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from demo.capture.tokens import Tokens

TOKENS = frozenset(
    "ticket access_token refresh_token id_token claim_token pct rpt token code client_assertion "  # noqa: SIM905
    "id_token_hint software_statement registration_access_token state nonce code_verifier "
    "claim_code".split()
)
PLAIN = frozenset(
    "grant_type scope redirect_uri client_id response_type claim_token_format resource "  # noqa: SIM905
    "client_assertion_type token_type_hint purpose_of_use reason requested_until ask_id replaces "
    "withdraw code_challenge code_challenge_method prompt max_age login_hint decision issuer iss "
    "error error_description "
    # What is asked of records (FHIR R4 3.1.1), and the pages of the apps.
    "kind category _count _type _since _include _revinclude _total _summary _sort _elements _id "
    "at place from purpose then by tab q".split()
)
SECRET = re.compile(
    r".*(?:password|passcode|passphrase|secret).*|pin|csrf.*|cookies?"
    r"|session(?:_?(?:id|state|token))?",
    re.IGNORECASE,
)
"""Names of what is never shown, wherever it stands and however short it is."""
LEFT_OUT = "(left out)"


def cut_pairs(
    pairs: Iterable[tuple[str, str]], tokens: Tokens, *, query: bool = False
) -> list[tuple[str, str]]:
    """The same fields, each with what may be shown of it; `query` says where they stood."""
    return [(name, _value(name, value, tokens, query)) for name, value in pairs]


def _value(name: str, value: str, tokens: Tokens, query: bool) -> str:
    if SECRET.fullmatch(name):
        return LEFT_OUT
    if name in TOKENS:
        return tokens.cut(value, name) if value else ""
    # A search parameter of its own name (FHIR) is one word; what people write in forms is not.
    searched = query and len(value) <= 12
    return value if name in PLAIN or searched else LEFT_OUT
