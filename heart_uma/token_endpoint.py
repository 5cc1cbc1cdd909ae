"""One question to a token endpoint, and its answer as a JSON object (RFC 6749 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from heart_uma.client_auth import Client
from heart_uma.errors import UmaError
from heart_uma.metadata import AsMetadata
from heart_uma.strict_json import StrictJsonError, loads


def ask(
    http: httpx.Client, metadata: AsMetadata, client: Client, form: Mapping[str, str]
) -> tuple[int, dict[str, Any]]:
    """Status and body; raise UmaError when there is none, or none that can be read."""
    try:
        answer = client.token_answer(http, metadata["token_endpoint"], metadata.issuer, form)
    except httpx.HTTPError as error:
        raise UmaError("unreachable", "the authorization server does not answer") from error
    try:
        if answer.status_code >= 500:  # it decided nothing, whatever its body is
            raise UmaError("unreachable", "the server cannot answer now", answer.status_code)
        body = loads(answer.content)
    except StrictJsonError as error:
        raise UmaError("bad_answer", "the answer is not JSON", answer.status_code) from error
    if not isinstance(body, dict):
        raise UmaError("bad_answer", "the answer is not an object", answer.status_code)
    return answer.status_code, body
