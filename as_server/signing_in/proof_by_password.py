"""Who somebody is, by sign-in name and password: how often it may be tried, and how long."""

from as_server.models import account as accounts
from as_server.models.account import Account
from as_server.models.folding import folded
from as_server.signing_in.passwords import Passwords
from as_server.signing_in.rate_limit import RateLimits
from as_server.work import Work
from heart_ui.words import N_
from heart_ui.words import gettext as _

ACR = "urn:heart-uma:acr:password"
MAX_LOGIN = 128
WRONG = N_("The sign-in name or password is not right. Check both and try again.")


class TooManyTries(Exception):
    """`wait` seconds before another one counts."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait

    def words(self) -> str:
        return _(
            "There were too many tries. Wait %(time)s, then try again.", time=minutes(self.wait)
        )


def prove(
    work: Work, passwords: Passwords, limits: RateLimits, address: str, login: str, password: str
) -> Account | None:
    """The enabled account that this is the password of; raise TooManyTries."""
    # Counted by account and address together: a stranger cannot lock the owner out.
    pair = f"{address}\x1f{folded(login[:MAX_LOGIN])}"
    if wait := limits.claim_login(pair, address):
        raise TooManyTries(wait)
    account = accounts.by_login(work.db, login) if is_usable(login) else None
    stored = account.password_hash if account else None
    # The write lock must not be held while argon2 works.
    work.commit()
    if not passwords.verify(stored, password) or account is None:
        return None
    limits.forgive_login(pair, address)
    if passwords.is_outdated(account.password_hash):
        account.password_hash = passwords.hash(password)
    return account


def is_usable(login: str) -> bool:
    """True where there could be an account of this name."""
    return 0 < len(login) <= MAX_LOGIN and "\x00" not in login


def minutes(seconds: int) -> str:
    """Whole minutes in words, never less than the wait.

    >>> minutes(12), minutes(61)
    ('1 minute', '2 minutes')
    """
    many = max(-(-seconds // 60), 1)
    return _("1 minute") if many == 1 else _("%(n)s minutes", n=many)
