"""Whether the process is up and can do its work; figures for Prometheus if switched on.

GET /healthz   GET /readyz   GET /metrics
"""

from __future__ import annotations

from collections.abc import Mapping

from as_server.context import AsServer
from heart_ground import probes


def _parts(app: AsServer) -> Mapping[str, probes.Ping]:
    return {"database": lambda: probes.database_answers(app.engine)}


def _measured(app: AsServer) -> bool:
    return app.settings.metrics


bp = probes.blueprint(_parts, measured=_measured)
