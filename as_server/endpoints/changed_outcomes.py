"""The owner has seen which of her shares an upgrade narrowed (policy API; our extension).

DELETE /policy/changed-outcomes
Authorization: Bearer <token with scope uma_policy>

They are listed beside her policies, as `changed_outcomes`. Seeing them changes no decision.
"""

from flask import Response

from as_server.context import bearer_token, work
from as_server.models import outcome_change


def delete() -> Response:
    owner = bearer_token("uma_policy").account_key
    outcome_change.forget(work().db, owner)
    return Response(status=204)
