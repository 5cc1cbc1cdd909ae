"""The small browser sends what a real one would: forms, cookies, redirects."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from flask import Flask, Response, redirect, request

from deploy.authority import issue
from operator_tools.browser import Browser
from operator_tools.html_page import BrowserError, read_page

FORM = """
<title>A &amp; B</title><a href="/away">away</a>
<form action="/search"><input name="q" value="one"><button>Find</button></form>
<form method="post" action="/send">
  <input type="hidden" name="csrf_token" value="t&quot;k">
  <input type="checkbox" name="scope" value="a">
  <input type="checkbox" name="scope" value="b" checked>
  <input type="radio" name="who" value="x"><input type="radio" name="who" value="y" checked>
  <select name="kind"><option value="1">one</option><option value="2" selected>two</option></select>
  <select name="first"><option value="p">p</option><option value="q">q</option></select>
  <textarea name="words">as  typed</textarea>
  <input name="off" value="1" disabled><input type="file" name="file">
  <button type="submit" name="decision" value="allow">Yes</button>
  <button type="submit" name="decision" value="deny">No</button>
</form>
"""


def _app() -> Flask:
    app = Flask("pages")

    @app.get("/")
    def index() -> Response:
        answer = Response(FORM)
        answer.set_cookie("seen", "yes")
        return answer

    @app.post("/send")
    def send() -> Response:
        sent = "\n".join(f"{k}={v}" for k, v in request.form.items(multi=True))
        head = f"{request.headers['Origin']} {request.headers['Sec-Fetch-Site']}"
        return Response(f"{sent}\ncookie={request.cookies.get('seen')}\n{head}")

    @app.get("/search")
    def search() -> Response:
        return Response(request.query_string.decode())

    @app.get("/loop")
    def loop() -> object:
        return redirect("/loop")

    @app.get("/away")
    def away() -> object:
        return redirect("http://app.test/back?code=1")

    return app


@pytest.fixture
def client() -> httpx.Client:
    return httpx.Client(transport=httpx.WSGITransport(_app()), base_url="http://pages.test")


def test_a_form_is_read_with_what_it_would_send() -> None:
    page = read_page("http://pages.test/", 200, FORM)
    assert page.title == "A & B"
    assert page.links == ("/away",)
    form = page.form("csrf_token")
    assert form.values == [
        ("csrf_token", 't"k'),
        ("scope", "b"),
        ("who", "y"),
        ("kind", "2"),
        ("first", "p"),
        ("words", "as  typed"),
    ]
    assert form.boxes == [("scope", "a"), ("who", "x")]
    assert form.buttons == [("decision", "allow"), ("decision", "deny")]
    with pytest.raises(BrowserError, match="without a form for nothing"):
        page.form("nothing")


def test_a_form_is_sent_with_cookies_ticks_and_the_pressed_button(client: httpx.Client) -> None:
    with Browser(client) as browser:
        page = browser.get("http://pages.test/")
        form = page.form("decision")
        sent = browser.submit(
            page, form, {"words": "new"}, press=("decision", "deny"), tick=("scope",)
        ).text.splitlines()
    assert {"scope=a", "scope=b", "decision=deny", "words=new", "cookie=yes"} <= set(sent)
    assert "decision=allow" not in sent
    assert sent[-1] == "http://pages.test same-origin"


def test_a_search_form_goes_into_the_address(client: httpx.Client) -> None:
    with Browser(client) as browser:
        page = browser.get("http://pages.test/")
        assert browser.submit(page, page.form("q"), {"q": "a b"}).text.startswith("q=a+b")


def test_redirects_end(client: httpx.Client) -> None:
    with Browser(client) as browser, pytest.raises(BrowserError, match="without end"):
        browser.get("http://pages.test/loop")


def test_the_address_of_an_app_that_is_not_there_is_not_fetched(client: httpx.Client) -> None:
    with Browser(client, stop_at="http://app.test/back") as browser:
        page = browser.get("http://pages.test/away")
    assert (page.url, page.status) == ("http://app.test/back?code=1", 0)


class _Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<title>Hello</title>")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test says what came back."""


@pytest.fixture
def at_a_company(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A page behind a private authority: its address, and the authority's certificate."""
    issued = issue(["localhost"])
    for name, text in (("key", issued.key), ("crt", issued.certificate), ("ca", issued.authority)):
        (tmp_path / name).write_text(text)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt", tmp_path / "key")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hello)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    try:
        yield f"https://localhost:{server.server_port}/", tmp_path / "ca"
    finally:
        server.shutdown()
        serving.join(5)
        server.server_close()


def test_the_authority_of_a_company_is_trusted_where_it_is_named(
    at_a_company: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, authority = at_a_company
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with Browser() as browser, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        browser.get(address)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with Browser() as browser:
        assert browser.get(address).title == "Hello"
