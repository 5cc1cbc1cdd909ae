"""Answering the sharing service's pages as a person does: who I am, and yes."""

from operator_tools.browser import Browser
from operator_tools.html_page import BrowserError, Page

MAX_STEPS = 12


def sign_in_and_allow(browser: Browser, page: Page, login: str, password: str) -> Page:
    """Answer the sharing service's pages until they lead back: sign-in first, then consent."""
    tried = False
    for _ in range(MAX_STEPS):
        if page.has_form("username", "password"):
            if tried:
                raise BrowserError(f"The sharing service did not accept the sign-in of {login}.")
            tried = True
            form = page.form("username", "password")
            page = browser.submit(page, form, {"username": login, "password": password})
        elif page.has_form("decision"):
            form = page.form("decision")
            page = browser.submit(page, form, press=("decision", "allow"), tick=("scope",))
        else:
            return page
    raise BrowserError(f"The sharing service does not come to an end at {page.url}.")
