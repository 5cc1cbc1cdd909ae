"""What an app says that somebody reads (`ui_locales`, OIDC Core 3.1.2.1) is what pages speak."""

from __future__ import annotations

from tests.as_server.person import App, Person


def test_the_pages_speak_what_the_app_says_that_she_reads(app: App, alice: Person) -> None:
    page = alice.follow(alice.get("/authorize", **app.query(ui_locales="tlh es-MX en")))
    assert '<html lang="es"' in page.text
    # It is still so on the next page, which knows nothing of the request.
    assert '<html lang="es"' in alice.get("/help").text


def test_her_own_choice_counts_more_and_an_unknown_language_for_nothing(
    app: App, alice: Person
) -> None:
    page = alice.follow(alice.get("/authorize", **app.query(ui_locales="tlh")))
    assert '<html lang="en"' in page.text
    alice.browser.set_cookie("heart_language", "en")
    page = alice.follow(alice.get("/authorize", **app.query(ui_locales="es")))
    assert '<html lang="en"' in page.text


def test_the_metadata_says_which_languages_there_are(alice: Person) -> None:
    document = alice.get("/.well-known/openid-configuration").json
    assert document["ui_locales_supported"] == ["en", "es"]
    assert document["allowed_apps_uri"].endswith("/apps")


def test_the_list_of_apps_leads_back_to_the_sharing_app(alice: Person) -> None:
    alice.sign_in()
    assert (
        'href="http://localhost:8402/settings">Back to your sharing app' in alice.get("/apps").text
    )
