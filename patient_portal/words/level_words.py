"""What a choice on the page of a record would change, said before it is saved."""

from __future__ import annotations

from heart_ui.words import gettext as _
from patient_portal.policies.names import listed
from patient_portal.policies.seers import Change


def level_words(level: str, consequence: str, change: Change, now: str) -> str:
    """The line below one choice of how private a record is."""
    said = [consequence]
    if level == now:
        said.append(_("So it is now."))
    elif change.losing:
        names = listed(list(change.losing))
        if level == "pick":
            said.append(
                _("%(names)s would not see it any more, unless you tick them.", names=names)
            )
        else:
            said.append(_("%(names)s would not see it any more.", names=names))
    if level != now and change.gaining:
        said.append(_("%(names)s would see it again.", names=listed(list(change.gaining))))
    if level != now and change.is_all and not change.losing and not change.gaining:
        said.append(_("This changes nothing for the people you share with now."))
    return " ".join(said)
