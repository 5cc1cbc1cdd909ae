"""Which code system a `system` means: one name for every spelling (R4 terminologies).

The same system is written with http and https, with a slash at the end, as an OID, as an edition of
SNOMED CT, as the ICD-10 of a country. The names and patterns are data; they are passed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

_DRESS = re.compile(r"urn:oid:|(?:https?://)?(?:www\.)?")
_BARE_OID = re.compile(r"[0-2](?:\.[0-9]+){3,}")
_LONGEST = 200


def plain_name(system: str) -> str:
    """`system` without what makes no difference: case, scheme, `www.`, version, slash at the end.

    >>> plain_name("HTTPS://www.LOINC.org/|2.77") == plain_name("http://loinc.org")
    True
    """
    name = system.strip().lower().partition("|")[0].rstrip("/#")
    match = _DRESS.match(name)
    name = name[match.end() :] if match else name
    return f"oid:{name}" if _BARE_OID.fullmatch(name) else name


@dataclass(frozen=True, eq=False)
class CodeSystems:
    """The known names of code systems, by plain name, and the patterns of whole families."""

    names: Mapping[str, str]
    families: tuple[tuple[re.Pattern[str], str], ...]

    @classmethod
    def from_json(
        cls, systems: Mapping[str, Iterable[str]], spellings: Iterable[tuple[str, str]]
    ) -> CodeSystems:
        """Read `{system: [other names]}` and `[[pattern of a plain name, system]]`."""
        names = {plain_name(name): s for s, others in systems.items() for name in (s, *others)}
        return cls(names, tuple((re.compile(pattern), system) for pattern, system in spellings))

    def known(self, system: str) -> str:
        """The name by which the rules call `system`; `system` itself where they do not."""
        return _known(self, system) if len(system) <= _LONGEST else system


@lru_cache(maxsize=4096)
def _known(systems: CodeSystems, system: str) -> str:
    name = plain_name(system)
    if name in systems.names:
        return systems.names[name]
    return next((s for pattern, s in systems.families if pattern.fullmatch(name)), system)
