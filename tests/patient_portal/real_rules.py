"""What the real sharing service refuses, so that the made-up one is no kinder."""

from __future__ import annotations

from typing import Any

from as_server.policy.wire import PolicyError, from_wire


def refused(wire: dict[str, Any]) -> Any:
    """What the real service answers to a policy that contradicts itself."""
    try:
        from_wire(wire)
    except PolicyError as error:
        return {"error": "invalid_request", "error_description": str(error)}, 400
    return None
