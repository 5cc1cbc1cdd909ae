"""userinfo_endpoint: the claims the access token's scopes open (OIDC Core 5.3).

GET /userinfo
Authorization: Bearer ...
"""

from flask import Response, jsonify

from as_server.context import bearer_token, current_as, work
from as_server.errors import InvalidToken
from as_server.models import account as accounts
from as_server.models import pairwise_subject
from as_server.tokens.id_token import person_claims


def read() -> Response:
    token = bearer_token("openid")
    account = accounts.by_key(work().db, token.account_key)
    if account is None:
        raise InvalidToken("The bearer token is not valid.")
    # Remembered when the token was issued, which carries it too.
    sub = pairwise_subject.derive(current_as.settings.secret_bytes, token.client_id, account.key)
    return jsonify({"sub": sub, **person_claims(account, " ".join(token.scope))})
