"""The pointer that a page's address names, for the signed-in person and nobody else."""

from __future__ import annotations

from flask import request

from heart_ui.words import N_
from requester_app.browser import this_visit
from requester_app.errors import PlainError
from requester_app.models import pointer as pointers
from requester_app.models.pointer import Pointer

GONE = N_("This patient is not on your list, or not any more. Nothing was sent or changed.")


def my_pointer(pointer_id: str) -> Pointer:
    """This person's pointer; an unknown one and somebody else's are the same page."""
    visit = this_visit()
    with visit.means.reading() as session:
        pointer = pointers.find(session, visit.person, pointer_id)
    if pointer is None:
        # Whoever only reads has lost nothing.
        raise PlainError(404, GONE if request.method == "POST" else "")
    return pointer
