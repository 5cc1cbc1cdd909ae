"""That this browser gave the right passcode: what it shows at each step of an invited person's way.

The browser carries it sealed, as it does a request that waits for a sign-in, and in no other
browser is it worth anything: an address that somebody copies opens nothing.
"""

from typing import Any

from as_server.signing_in.browser import Browser
from heart_ui.words import N_
from heart_uma.sealing import SealError, open_sealed, seal

KEPT = 3_600
"""Seconds that an invited person has to make her way in, or to look whether the owner said yes,
before she opens the link once more."""
_USE = "invitation"
DEAD = N_(
    "This did not work. Check the passcode and try again. If it still does not work, the "
    "invitation was used or has ended: ask for a new one."
)
"""The one answer for a link that is unknown, used, over or stopped, and for a wrong passcode."""


def give(browser: Browser, place: tuple[str, str]) -> str:
    """A pass for this browser: whose the invitation is, and the hash of its link or code."""
    owner, digest = place
    content = {
        "use": _USE,
        "owner": owner,
        "hash": digest,
        "session_key": browser.ensure().key,
        "at": browser.work.now,
    }
    return seal(browser.settings.secret.get_secret_value(), content)


def find(browser: Browser, sealed: str) -> tuple[str, str] | None:
    """What a pass of this browser is for; None for any other text."""
    row = browser.current()
    if row is None or not sealed:
        return None
    try:
        found: dict[str, Any] = open_sealed(browser.settings.secret.get_secret_value(), sealed)
    except SealError:
        return None
    if found.get("use") != _USE or found["at"] <= browser.work.now - KEPT:
        return None
    began = found["session_key"]
    if row.key not in (began, browser.key_once_kept(began)):
        return None
    return found["owner"], found["hash"]
