"""An audit entry in the words of the owner's activity list."""

from __future__ import annotations

from typing import Any

from fhir_rs.audit.event import POLICY_URN
from fhir_rs.enforcement.kinds import DIRECTORY


def in_plain_words(event: dict[str, Any], actor: str, outcome: str) -> dict[str, Any]:
    """An entry as the owner's activity list shows it: who, with what, what, why, which rule.

    `total` is how many matches they were told of, `status` that of a refusal; None without.
    """
    client, _, user, *rest = event["agent"]
    detail = {d["type"]: d["valueString"] for d in event["entity"][0].get("detail", [])}
    purpose = (user.get("purposeOfUse") or [{}])[0]
    who = None
    if actor == "person":
        who = {
            "name": user["who"].get("display", ""),
            "role": (user.get("role") or [{}])[0].get("text"),
            "organization": rest[0]["who"]["display"] if rest else None,
        }
    policies = [
        uri.removeprefix(POLICY_URN) for uri in user.get("policy", []) if uri.startswith(POLICY_URN)
    ]
    subtype = event["subtype"]
    kinds = {name[5:]: int(n) for name, n in detail.items() if name.startswith("kind:")}
    # People and places came along with what was looked at; they are no records of hers.
    beside = kinds.pop(DIRECTORY, 0)
    return {
        "at": event["recorded"],
        "who": who,
        "client": client["who"].get("display") or client["who"]["identifier"]["value"],
        "actor": actor,
        "what": {
            "interaction": subtype[1]["display"] if len(subtype) > 1 else subtype[0]["code"],
            "kinds": sorted(kinds),
            "count": int(detail.get("count", "0")) - beside,
        },
        "why": purpose.get("coding", [{}])[0].get("code"),
        "reason": purpose.get("text"),
        "policy": policies[0] if policies else None,
        "policies": policies,
        "outcome": outcome,
        "total": int(detail["total"]) if "total" in detail else None,
        "status": int(detail["status"]) if "status" in detail else None,
    }
