"""FHIR R4 validation on write: what fhir.resources refuses, and what it accepts wrongly.

The R4B models are identical to R4 for the types we keep. What they accept wrongly is checked
first (`problems.py`): types of JSON values, codes of required bindings, targets of references,
unknown contained types, what a narrative may hold, ids.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.errors import Invalid
from fhir_rs.validation.library import model
from fhir_rs.validation.problems import problem_of

ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)


def validate(resource: Mapping[str, Any]) -> None:
    """Check one resource; raise Invalid with one clear text and the element it is about."""
    type_ = resource.get("resourceType")
    if not isinstance(type_, str):
        raise Invalid("The resource has no resourceType.")
    if type_ not in RESOURCE_TYPES:
        raise Invalid(f"{type_[:64]!r} is not an R4 resource type.")
    if "id" in resource and not (isinstance(resource["id"], str) and ID.fullmatch(resource["id"])):
        raise Invalid("An id is 1 to 64 letters, digits, '-' or '.'.", expression=f"{type_}.id")
    found = problem_of(resource, type_)
    if found is not None:
        path = type_ + found[0]
        raise Invalid(f"{path} {found[1]}.", expression=path)
    _check_model(resource, type_)


def _check_model(resource: Mapping[str, Any], type_: str) -> None:
    # pydantic comes with the models; neither is loaded before the first write.
    from pydantic import ValidationError

    try:
        model(type_).model_validate(resource)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        path = ".".join([type_, *(str(part) for part in first["loc"])])
        message = str(first["msg"]).split("(type=")[0].strip()
        raise Invalid(f"{path}: {message}"[:300], expression=path[:200]) from error
    except (ValueError, TypeError, KeyError, LookupError, RecursionError) as error:
        # The library raises bare exceptions for some inputs; none of them may become a 500.
        raise Invalid(f"The {type_} does not fit the R4 definition.") from error
