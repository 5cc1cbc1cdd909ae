"""What an owner is told about a person; who checked the identity is part of it."""

from typing import Any

from as_server.models.account import Account


def person_summary(account: Account) -> dict[str, Any]:
    """The person as the directory, a request and a preview show them; `disabled` is told of those
    who have no account any more."""
    summary = {
        "key": account.key,
        "name": account.name,
        "role": account.role,
        "role_code": account.role_code,
        "organization": account.organization,
        "place": account.place,
        "checked_by": account.checked_by,
    }
    return {**summary, "disabled": True} if account.disabled else summary
