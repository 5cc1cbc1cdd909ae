"""The messages of the specifications' own sequence diagrams, by the words they have there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

GRANT = "https://docs.kantarainitiative.org/uma/wg/rec-oauth-uma-grant-2.0.html"
FEDAUTHZ = "https://docs.kantarainitiative.org/uma/wg/rec-oauth-uma-federated-authz-2.0.html"
OIDC = "https://openid.net/specs/openid-connect-core-1_0.html"
_RFC = re.compile(r"RFC (\d+) ([\d.]+)")


@dataclass(frozen=True, slots=True)
class Named:
    """What a message is: its label, the section that defines it, and what it says plainly."""

    key: str
    label: str
    section: str = ""
    plain: str = ""

    @property
    def address(self) -> str:
        """Where the section can be read; empty for a message of no specification."""
        if found := _RFC.fullmatch(self.section):
            return f"https://www.rfc-editor.org/rfc/rfc{found[1]}#section-{found[2]}"
        name, _, number = self.section.rpartition(" ")
        page = {"Grant": GRANT, "FedAuthz": FEDAUTHZ, "OIDC Core": OIDC}.get(name, "")
        return f"{page}#rfc.section.{number}" if page else ""


@cache
def table() -> Mapping[str, Named]:
    """Every message that has a name, by its key."""
    text = (files("demo.wire") / "data" / "sequence.json").read_text("utf-8")
    return {row["key"]: Named(**row) for row in json.loads(text)}
