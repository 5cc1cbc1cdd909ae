"""For operators: is the process up, can it serve, and (if wished) its figures."""

from __future__ import annotations

from collections.abc import Mapping

from heart_ground import probes
from patient_portal.context import PatientPortal
from patient_portal.errors import SharingServiceDown


def _parts(app: PatientPortal) -> Mapping[str, probes.Ping]:
    return {
        "database": lambda: probes.database_answers(app.engine),
        app.settings.as_issuer: lambda: _is_known(app),
    }


def _is_known(app: PatientPortal) -> bool:
    try:
        app.issuer.metadata()
    except SharingServiceDown:
        return False
    return True


def _measured(app: PatientPortal) -> bool:
    return app.settings.metrics


bp = probes.blueprint(_parts, measured=_measured)
