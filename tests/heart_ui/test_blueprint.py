"""The shared face: no inline code, assets kept by their bytes, no open redirect."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template_string
from flask.testing import FlaskClient

from heart_ui.blueprint import bp

PAGE = """{% extends "ui/page.html" %}
{% from "ui/forms.html" import csrf, error_summary, field, choices, buttons %}
{% from "ui/parts.html" import back, tag, note, card, steps, empty, facts, table, cell %}
{% block title %}A page{% endblock %}
{% block content %}{{ back("/0") }}<h1>{{ words }}</h1>{{ error_summary(errors) }}
{{ steps([("One", "/1"), ("Two", none)], 1) }}
<form method="post">{{ csrf("t0k", "f1") }}{{ field("name", "Name", error="Enter a name") }}
{{ choices("radio", "why", "Why?", [("a", "A", ""), ("b", "B", "more")], "b") }}
{{ buttons("Go") }}</form>
{% call note("Title") %}<p>x</p>{% endcall %}{{ facts([("Who", "Bob"), ("Why", "")]) }}
{{ cell("/x", "some", "6/9", "Bob, Conditions: 6 of 9 shared") }}
{% endblock %}"""


@pytest.fixture
def client() -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(bp)

    @app.get("/")
    def page() -> str:
        return render_template_string(
            PAGE,
            words="<b>raw</b>",
            errors={"name": "Enter a name"},
            app_name="App",
            demo=True,
            person="Alice",
            sign_out=("/out", "t0k"),
        )

    return app.test_client()


def test_page_has_no_inline_script_or_style(client: FlaskClient) -> None:
    html = client.get("/").text
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=", html)


def test_values_are_escaped(client: FlaskClient) -> None:
    assert "&lt;b&gt;raw&lt;/b&gt;" in client.get("/").text


def test_title_says_error_first_then_demo(client: FlaskClient) -> None:
    assert re.search(r"<title>Error: Demo: A page - App</title>", client.get("/").text)


def test_error_leads_to_its_field(client: FlaskClient) -> None:
    html = client.get("/").text
    assert 'href="#name"' in html
    assert 'aria-describedby="name-err" aria-invalid="true"' in html


def test_the_way_back_comes_before_the_page(client: FlaskClient) -> None:
    html = client.get("/").text
    assert html.index('<a class="back" href="/0">Back</a>') < html.index("<h1>")


def test_assets_are_kept_for_as_long_as_their_bytes_stay(client: FlaskClient) -> None:
    address = re.search(r'href="(/ui/static/ui\.css\?v=\w+)"', client.get("/").text)
    assert address
    assert "immutable" in client.get(address[1]).headers["Cache-Control"]


def test_assets_stay_inside_their_budget() -> None:
    assert bp.static_folder
    sizes = {f: (bp.root_path + "/static/" + f) for f in ("ui.css", "ui.js")}
    with open(sizes["ui.css"], "rb") as css, open(sizes["ui.js"], "rb") as js:
        assert len(css.read()) <= 20_000
        assert len(js.read()) <= 12_000
