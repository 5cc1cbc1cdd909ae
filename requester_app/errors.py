"""What can go wrong in the app; `error_pages` says how it is shown."""

from __future__ import annotations

from heart_ui.words import N_

WORDS = {
    400: N_("We could not read that. Go back, open the page again and send it once more."),
    403: N_("You can not open this page. It may belong to someone else."),
    404: N_("We can not find that page."),
    405: N_("This page does not work that way. Open it again from the list."),
    413: N_("That is too much text. Make it shorter."),
    500: N_(
        "Something went wrong on our side. We do not know whether your last step was saved. "
        "Look at My patients before you send anything twice."
    ),
    503: N_("The sharing service does not answer. No record is shown. Try again in a minute."),
}


class PlainError(Exception):
    """A page that says one sentence; `status` is its HTTP status."""

    def __init__(self, status: int, words: str = "", title: str = "") -> None:
        super().__init__(words)
        self.status = status
        self.words = words or WORDS.get(status, WORDS[500])
        self.title = title
