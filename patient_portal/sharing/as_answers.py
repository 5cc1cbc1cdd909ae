"""The sharing service's answers, read strictly: one that cannot be read is no answer at all."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from patient_portal.errors import SharingServiceDown

Model = TypeVar("Model", bound=BaseModel)


def as_object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise SharingServiceDown("the answer is not an object")
    return body


def unwrapped(body: Any, name: str) -> Any:
    found = as_object(body)
    return found[name] if isinstance(found.get(name), dict) else found


def as_list(body: Any, name: str) -> list[Any]:
    found = as_object(body).get(name)
    if not isinstance(found, list):
        raise SharingServiceDown(f"the answer has no {name}")
    return found


def read(kind: type[Model], body: Any) -> Model:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        raise SharingServiceDown(f"{kind.__name__} cannot be read") from error
