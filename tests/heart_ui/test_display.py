"""Language, text size and colors: chosen in the foot of any page, kept, shown, and nothing else."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from heart_ui.blueprint import bp

PAGE = """{% extends "ui/page.html" %}{% block title %}A page{% endblock %}
{% block content %}<h1>{{ _('Sign in') }}</h1>{% endblock %}"""
SPANISH = {"Accept-Language": "es-MX, es;q=0.9, en;q=0.5"}
ATTRIBUTES = {"theme": ("dark", "data-theme"), "size": ("large", "data-size")}


@pytest.fixture
def client() -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(bp)

    @app.get("/step")
    @app.post("/only-sent")
    def page() -> str:
        return render_template_string(PAGE, app_name="App", home_url="/home")

    return app.test_client()


def choose(client: FlaskClient, **more: str) -> None:
    answer = client.post("/ui/display", data={"next": "/step?a=1", **more})
    assert (answer.status_code, answer.location) == (303, "/step?a=1")


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_a_choice_is_kept_and_shown_until_the_usual_one_is_chosen(
    client: FlaskClient, name: str
) -> None:
    value, attribute = ATTRIBUTES[name]
    assert attribute not in client.get("/step").text
    choose(client, **{name: value})
    assert f'<html lang="en" {attribute}="{value}"' in client.get("/step").text
    choose(client, language="en")
    assert f'{attribute}="{value}"' in client.get("/step").text
    choose(client, **{name: "usual"})
    assert attribute not in client.get("/step").text


def test_the_browsers_language_counts_until_the_reader_chooses(client: FlaskClient) -> None:
    assert '<html lang="en"' in client.get("/step").text
    assert '<html lang="es"' in client.get("/step", headers=SPANISH).text
    choose(client, language="en")
    assert '<html lang="en"' in client.get("/step", headers=SPANISH).text
    choose(client, language="es")
    page = client.get("/step").text
    assert '<html lang="es"' in page and "<h1>Iniciar sesión</h1>" in page
    choose(client, language="tlh")
    assert '<html lang="en"' in client.get("/step").text


def test_each_language_is_named_in_itself(client: FlaskClient) -> None:
    for asked, other in (({}, ("es", "Español")), (SPANISH, ("en", "English"))):
        page = client.get("/step", headers=asked).text
        assert re.search(rf'value="{other[0]}" lang="{other[0]}">{other[1]}</button>', page)
        assert page.count('aria-current="true"') == 3


def test_the_form_leads_back_to_the_page_and_its_query(client: FlaskClient) -> None:
    page = client.get("/step?draft=a&kind=b").text
    assert 'name="next" value="/step?draft=a&amp;kind=b"' in page
    assert 'name="next" value="/home"' in client.post("/only-sent").text


@pytest.mark.parametrize("path", ["//evil.test", "/\\evil.test", "https://evil.test", "", "/\n/x"])
def test_it_never_leaves_this_service(client: FlaskClient, path: str) -> None:
    assert client.post("/ui/display", data={"theme": "dark", "next": path}).location == "/"


def test_another_site_chooses_nothing(client: FlaskClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = client.post("/ui/display", data={"language": "es"}, headers=headers)
    assert answer.status_code == 403 and "Set-Cookie" not in answer.headers


def test_a_cookie_with_any_other_word_counts_for_nothing(client: FlaskClient) -> None:
    for name in ("heart_theme", "heart_size", "heart_language"):
        client.set_cookie(name, '"><script>')
    page = client.get("/step").text
    assert page.startswith('<!doctype html>\n<html lang="en">')
