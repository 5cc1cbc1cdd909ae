"""How long a token lives, by whom it is for and what it can do."""

from as_server.settings import AsSettings
from as_server.tokens.authorization import Authorization

PAT_SCOPE = "uma_protection"
OWNER_POWERS = frozenset({"uma_policy", "owner"})


def of_access(settings: AsSettings, given: Authorization, audience: list[str]) -> int:
    """Seconds of an access token or an RPT."""
    if given.rpt_grant is not None:
        return settings.rpt_lifetime
    if audience != [settings.issuer]:
        return settings.owner_token_lifetime
    if given.client.is_public:
        return settings.public_client_token_lifetime
    return settings.access_token_lifetime


def of_refresh(settings: AsSettings, given: Authorization, now: int, ends: int | None) -> int:
    """Seconds of a refresh token. A PAT's slides 90 days from now, unless it can do more than a
    PAT; any other keeps the end of its family, at most a day after the consent."""
    scopes = set(given.scope.split())
    if PAT_SCOPE in scopes and not scopes & OWNER_POWERS:
        return settings.pat_refresh_lifetime
    if ends is not None:
        return max(1, ends - now)
    return settings.refresh_token_lifetime
