"""The plain base `/fhir`: for OAuth clients, a Bearer challenge and no ticket (RFC 6750 3).

No record is named here, so there is no owner to ask: records are reached at their own base.
"""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from werkzeug.routing import BaseConverter

from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.errors import LoginNeeded, NotFound

bp = Blueprint("bearer_only", __name__)


class TypeName(BaseConverter):
    """A resource type in an address, where another first word, `r`, leads to the records."""

    regex = r"[A-Z][A-Za-z]*"
    part_isolating = True


bp.record_once(lambda setup: setup.app.url_map.converters.update(type=TypeName))


def interaction(type_: str, id_: str = "", vid: str = "") -> ResponseReturnValue:
    """401 for every interaction there is, decided without looking anything up."""
    if type_ not in RESOURCE_TYPES:
        raise NotFound
    raise LoginNeeded


def bundle() -> ResponseReturnValue:
    """401 for batch and transaction too."""
    raise LoginNeeded
