"""fhir.resources: the only file that imports it, and not before the first resource is checked.

A process that only reads stays small.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=512)
def model(name: str) -> Any:
    """The model of a type or shape; LookupError for one that the library does not have."""
    from fhir.resources.R4B import get_fhir_model_class

    return get_fhir_model_class(name)
