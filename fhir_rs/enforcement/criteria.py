"""One criterion of a search: a parameter, a chain through a reference, or `_has` (R4 search 3.1.1).

Every function raises QueryError for what is not offered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fhir_rs.enforcement.resource_types import RESOURCE_TYPES
from fhir_rs.enforcement.search_parameters import REFERENCE, Parameter, parameters_of
from fhir_rs.enforcement.search_values import QueryError, Value, values_of


@dataclass(frozen=True, slots=True)
class Criterion:
    """One parameter: any of `values`. `chain` asks it of the resource a reference leads to."""

    parameter: Parameter
    values: tuple[Value, ...] = ()
    chain: tuple[str, Criterion] | None = None


@dataclass(frozen=True, slots=True)
class Has:
    """`_has`: a resource of `type` that refers here by `param` and meets `criterion`."""

    type: str
    param: str
    criterion: Criterion


def bound(criterion: Criterion) -> int:
    """How many values it hands to the database."""
    beyond = bound(criterion.chain[1]) if criterion.chain else 0
    return beyond + sum(len(value.targets) or 2 for value in criterion.values)


def criterion_of(type_: str, name: str, value: str, bases: Sequence[str]) -> Criterion | None:
    """The criterion `name` of a search over `type_`; None where there is no such parameter."""
    head, dot, rest = name.partition(".")
    plain, colon, modifier = head.partition(":")
    parameter = parameters_of(type_).get(plain)
    if parameter is None or (colon and modifier not in RESOURCE_TYPES):
        return None
    if colon and parameter.type != REFERENCE:
        return None
    if dot:
        return _chained(parameter, modifier, rest, value, bases)
    return Criterion(parameter, values_of(parameter, value, modifier, bases))


def _chained(
    parameter: Parameter, target: str, rest: str, value: str, bases: Sequence[str]
) -> Criterion:
    target = target or _meant(parameter, rest)
    inner = parameters_of(target).get(rest) if target else None
    if parameter.type != REFERENCE or inner is None:
        raise QueryError("that chain is not supported")
    return Criterion(
        parameter, chain=(target, Criterion(inner, values_of(inner, value, "", bases)))
    )


def _meant(parameter: Parameter, rest: str) -> str:
    """The type that a chain without one leads to: in a patient's record the patient, if she can."""
    able = [type_ for type_ in parameter.targets if rest in parameters_of(type_)]
    if len(able) > 1 and "Patient" not in able:
        raise QueryError(f"several types can be meant: {', '.join(able[:8])}")
    return "Patient" if "Patient" in able else "".join(able)


def has_of(name: str, value: str, bases: Sequence[str]) -> Has:
    """The reverse chain that `name` asks, `_has:Type:reference-parameter:parameter`."""
    parts = name.split(":")
    if len(parts) != 4 or parts[1] not in RESOURCE_TYPES:
        raise QueryError("it is _has:Type:reference-parameter:parameter")
    by, inner = (parameters_of(parts[1]).get(part) for part in parts[2:])
    if by is None or by.type != REFERENCE or inner is None:
        raise QueryError("that _has is not supported")
    return Has(parts[1], by.name, Criterion(inner, values_of(inner, value, "", bases)))
