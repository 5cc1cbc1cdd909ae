"""What strangers can try, and how often: passwords, registrations, names (RFC 9700 4.14)."""

from collections.abc import Callable

from as_server.settings import AsSettings
from heart_ground.token_bucket import TokenBucket

SEARCHES_PER_MINUTE = 60
"""Of the directory, by one person."""


class RateLimits:
    """The limits of this process; `seconds` is its clock."""

    def __init__(self, settings: AsSettings, seconds: Callable[[], float]) -> None:
        self.login = TokenBucket(settings.login_rate_per_minute, 60, seconds)
        self.login_address = TokenBucket(settings.login_address_rate_per_minute, 60, seconds)
        self.registration = TokenBucket(settings.registration_rate_per_hour, 3600, seconds)
        self.people = TokenBucket(SEARCHES_PER_MINUTE, 60, seconds)

    def claim_login(self, pair: str, address: str) -> int:
        """Count one password from an address for an account; 0, or the seconds to wait."""
        if wait := self.login.claim(pair):
            return wait
        if wait := self.login_address.claim(address):
            self.login.give_back(pair)
            return wait
        return 0

    def forgive_login(self, pair: str, address: str) -> None:
        """A right password was no try at guessing."""
        self.login.give_back(pair)
        self.login_address.give_back(address)
