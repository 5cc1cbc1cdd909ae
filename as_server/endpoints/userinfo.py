"""userinfo_endpoint: the claims the access token's scopes open (OIDC Core 5.3).

GET /userinfo
Authorization: Bearer ...
"""

from flask import Blueprint, Response, jsonify

from as_server.db import session
from as_server.errors import InvalidToken
from as_server.models import account as accounts
from as_server.tokens import bearer
from as_server.tokens.issuing import person_claims, subject_of

bp = Blueprint("userinfo", __name__)


@bp.route("/userinfo", methods=["GET", "POST"])
def read() -> Response:
    token = bearer.authenticate("openid")
    account = accounts.by_key(session(), token.account_key)
    if account is None:
        raise InvalidToken("The bearer token is not valid.")
    claims = {"sub": subject_of(token.client_id, account.key)}
    return jsonify({**claims, **person_claims(account, " ".join(token.scope))})
