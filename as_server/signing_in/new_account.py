"""What an account needs that somebody makes for herself: a name, a sign-in name, a password."""

from collections.abc import Mapping

from as_server.models.folding import folded
from as_server.signing_in.passwords import MAX_LENGTH
from as_server.signing_in.proof_by_password import is_usable
from heart_ui.words import gettext as _

SHORTEST = 10
"""Letters of a password (NIST SP 800-63B 5.1.1.2 asks for eight)."""
LONGEST_NAME = 80
LONGEST_LOGIN = 60


def problems(form: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a sent form, by field."""
    errors = {}
    name, login = form.get("name", "").strip(), form.get("username", "").strip()
    password = form.get("password", "")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        errors["name"] = _("Enter your name")
    if not is_usable(login) or len(login) > LONGEST_LOGIN or not login.isprintable():
        errors["username"] = _("Choose a sign-in name")
    elif len(login.split()) > 1:
        errors["username"] = _("Leave out the spaces")
    if not SHORTEST <= len(password) <= MAX_LENGTH:
        errors["password"] = _("Choose a longer password: ten letters at least")
    elif folded(password) == folded(login):
        errors["password"] = _("Choose a password that is not your sign-in name")
    elif form.get("again", "") != password:
        errors["again"] = _("Type the same password again")
    return errors
