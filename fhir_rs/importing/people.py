"""Who a Patient is: by the identifiers its source gave it, never by the name of a file or folder.

A logical id is unique at its server only (R4 resource, logical id): two sources may both call
somebody `Patient/1`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fhir_rs.enforcement.titles import person_name
from fhir_rs.importing.names import identifiers_of


@dataclass(frozen=True, slots=True)
class Person:
    """One Patient of one source.

    `address` is `Patient/id`; `identifiers` its (system, value) pairs; `name` as one line; `born`
    as written.
    """

    address: str
    identifiers: frozenset[tuple[str, str]]
    name: str
    born: str

    @property
    def _global(self) -> frozenset[tuple[str, str]]:
        """Identifiers that mean something beyond their source: those with a system."""
        return frozenset(pair for pair in self.identifiers if pair[0])

    @property
    def is_known(self) -> bool:
        """True when anything at all says who this is."""
        return bool(self._global or self.name or self.born)

    @property
    def shown(self) -> str:
        """How a person reads in a sentence."""
        born = f", born {self.born}" if self.born else ""
        return f"{self.name or 'somebody without a name'}{born}"

    @property
    def key(self) -> str:
        """What a record of this person is found by: all identifiers, in any order, and the id."""
        said = sorted(f"{system}|{value}" for system, value in self.identifiers)
        if not self._global:
            said += [_plain(self.name), self.born]
        return _digest("patient", self.address, *said)

    @property
    def former_keys(self) -> frozenset[str]:
        """Keys that the first release may have given: by whichever identifier came first."""
        return frozenset(
            _digest(f"identifier {system}|{value}", self.address) for system, value in self._global
        )

    def same(self, other: Person) -> bool:
        """False when `other`, who bears the same id, is somebody else."""
        names, births = (_plain(self.name), _plain(other.name)), (self.born, other.born)
        if self.identifiers and other.identifiers:
            shared = bool(self.identifiers & other.identifiers)
            return shared or all(one and one == two for one, two in (names, births))
        return all(not one or not two or one == two for one, two in (names, births))

    def surely_same(self, other: Person) -> bool:
        """True when what both say can only be one person: for records of earlier imports."""
        if self._global or other._global:
            return bool(self._global & other._global)
        return self.is_known and self.key == other.key

    def with_(self, other: Person) -> Person:
        """What two Patient resources of one person say together."""
        return replace(
            self,
            identifiers=self.identifiers | other.identifiers,
            name=self.name or other.name,
            born=self.born or other.born,
        )


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def folder_key(folder: str, address: str) -> str:
    """The key that the first release gave where a Patient had no identifier, or came late.

    By itself it says nothing: folders of two clinics may have one name.
    """
    return _digest(f"folder {folder}", address)


def person_of(address: str, patient: Mapping[str, Any]) -> Person:
    """Who a Patient resource is."""
    born = patient.get("birthDate")
    return Person(
        address,
        frozenset(identifiers_of(patient)),
        person_name(patient),
        born if isinstance(born, str) else "",
    )
