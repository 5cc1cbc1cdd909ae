"""Is the process up, can it work, and how does it do: /healthz, /readyz, /metrics.

It cannot work without its database, a whole audit chain and every trusted authorization server.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import httpx
from flask import Response
from prometheus_client import Counter

from fhir_rs.context import FhirRs, current_rs
from heart_ground import probes
from heart_uma.errors import UmaError
from heart_uma.metadata import discover

_answers = Counter("heart_uma_rs_answers_total", "Answers by status class", ["status"])


def _parts(app: FhirRs) -> Mapping[str, probes.Ping]:
    own: dict[str, probes.Ping] = {
        "database": lambda: probes.database_answers(app.engine),
        "audit": lambda: app.audit.whole,
    }
    return own | {
        issuer: partial(_answers_discovery, app.http, issuer) for issuer in app.settings.trusted_as
    }


def _measured(app: FhirRs) -> bool:
    return app.settings.metrics


def _answers_discovery(http: httpx.Client, issuer: str) -> bool:
    try:
        discover(http, issuer)
    except UmaError:
        return False
    return True


bp = probes.blueprint(_parts, measured=_measured)


@bp.after_app_request
def _count(response: Response) -> Response:
    if current_rs.settings.metrics:
        _answers.labels(status=f"{response.status_code // 100}xx").inc()
    return response
