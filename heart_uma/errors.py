"""A peer broke the protocol: the one exception of this library (UMA Grant 3.3.6, FedAuthz 6)."""

from __future__ import annotations


class UmaError(Exception):
    """A broken answer or a wire error of an OAuth, OpenID Connect or UMA peer.

    Parameters: `code` is the wire code (`invalid_grant`, `invalid_resource_id`, ...) or one of
    our own for transport faults (`unreachable`, `bad_answer`); `description` is for developers,
    without personal data; `status` is the HTTP status of the peer's answer, 0 when none came.
    """

    def __init__(self, code: str, description: str = "", status: int = 0) -> None:
        super().__init__(f"{code}: {description}" if description else code)
        self.code = code
        self.description = description
        self.status = status
