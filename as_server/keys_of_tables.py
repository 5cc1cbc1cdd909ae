"""Which tables belong to an owner, which are everywhere, and which stay in one place.

What belongs to an owner has her key in every key, every unique constraint and every condition, so
that all of it may lie wherever she lies: one owner, one shard.
"""

from typing import Final

REFERENCE: Final = "reference"
"""Small, and looked at by everything: a copy of it lies wherever an owner does."""
LOCAL: Final = "local"
"""Asked before it is known whose rows are: a browser's that signs in, a value's without a seal."""
KEYS: Final = {
    "account": REFERENCE,
    "audit_entry": "owner",
    "authorization_code": LOCAL,
    "authorization_request": LOCAL,
    "browser_session": LOCAL,
    "client": REFERENCE,
    "invitation": "owner",
    "notice_choice": "owner",
    "notice_mail": "owner",
    "outbox": "owner",
    "outcome_change": "owner",
    "owner_epoch": "owner",
    "pairwise_subject": "sub",
    "permission_ticket": "owner",
    "persisted_claims": "owner",
    "policy": "owner",
    "policy_version": "owner",
    "remembered_consent": LOCAL,
    "resource": "owner",
    "routing_key": LOCAL,
    "rpt_grant": "owner",
    "sign_in": LOCAL,
    "sharing_state": "owner",
    "submitted_request": "owner",
    "token": "owner",
    "unsealed_value": LOCAL,
    "used_jti": "jti_hash",
}
"""Each table: the column that is its key, or one of the two above."""
