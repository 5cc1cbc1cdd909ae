"""The wire view shows what the services told, all of it, nothing else, and from any step."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from demo.stage import StageSettings, create_app
from demo.wire.arrows import arrows
from demo.wire.crossing import Crossing
from demo.wire.drawing import drawn
from demo.wire.naming import names_of
from demo.wire.sequence import table
from tests.demo.messages import TICKET, knocks, message, text

AS, CEDAR = "http://localhost:9700", "http://localhost:9701/fhir/r/abc/Patient"
UMA = "grant_type=urn:ietf:params:oauth:grant-type:uma-ticket"
BEARER = [["Authorization", "Bearer abcdefgh…wxyz"]]
NO_TICKET = [["Www-Authenticate", 'Bearer realm="x"']]
CHALLENGE = [["Www-Authenticate", 'UMA ticket="tick…et01"']]
WARNED = [["Warning", '199 - "UMA Authorization Server Unreachable"']]


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    settings = StageSettings(data_dir=tmp_path, port_base=9700, secret="known")
    return create_app(settings).test_client()


def tell(client: FlaskClient, service: str, *messages: dict[str, object], dropped: int = 0) -> int:
    parcel = {"service": service, "dropped": dropped, "messages": messages}
    headers = {"Authorization": "Bearer known"}
    return client.post("/wire/messages", json=parcel, headers=headers).status_code


def test_only_the_services_of_the_demo_can_tell(client: FlaskClient, tmp_path: Path) -> None:
    parcel = {"service": "as", "dropped": 0, "messages": knocks(1)}
    for headers in ({}, {"Authorization": "Bearer guess"}, {"Authorization": "Bearer "}):
        assert client.post("/wire/messages", json=parcel, headers=headers).status_code == 401
    open_to_nobody = create_app(StageSettings(data_dir=tmp_path)).test_client()
    headers = {"Authorization": "Bearer "}
    assert open_to_nobody.post("/wire/messages", json=parcel, headers=headers).status_code == 401
    broken = {"Authorization": "Bearer known"}
    assert client.post("/wire/messages", data="{", headers=broken).status_code == 400
    assert client.get("/wire/news").get_json() == {"count": 0}
    empty = client.get("/wire").text
    assert "Nothing has crossed yet" in empty and 'data-count="0" data-last="1"' in empty
    assert 'href="/wire?present=1">Projector view' in empty
    assert tell(client, "cedar", *knocks(1)) == 204
    assert client.get("/wire/news").get_json() == {"count": 2}


def test_every_message_is_one_arrow_and_one_line_of_the_list(client: FlaskClient) -> None:
    tell(client, "cedar", *knocks(5))
    page = client.get("/wire").text
    drawing = page[page.index("<svg xmlns") :]
    assert drawing[: drawing.index("</svg>")].count('class="wire-tip') == 10
    listed = page[page.index('<ol class="bare wire-list">') :]
    assert listed[: listed.index("</ol>")].count("<li") == 10
    assert "Step 10 of 10" in page


def test_a_step_has_an_address_of_its_own(client: FlaskClient) -> None:
    tell(client, "cedar", *knocks(2))
    page = client.get("/wire?step=2").text
    assert "2. 401 response with initial permission ticket, as_uri</h2>" in page
    assert "Take this ticket to her sharing service" in page
    assert 'href="https://docs.kantarainitiative.org/uma/wg/rec-oauth-uma-grant-2.0.html' in page
    assert 'rel="next" id="next" href="/wire?step=3&amp;by=next"' in page
    assert 'id="last" href="/wire?step=4&amp;by=last"' in page
    assert 'rel="prev" id="back" href="/wire?step=1&amp;by=back"' in page
    assert '<span class="chip chip-' in page
    for strange in ("0", "99", "-1", "x", "٣", "9" * 5_000):
        assert client.get("/wire", query_string={"step": strange}).status_code == 200


def test_five_hundred_messages_make_no_heavy_page(client: FlaskClient) -> None:
    tell(client, "cedar", *knocks(250))
    for step in (1, 250, 500):
        page = client.get(f"/wire?step={step}").text
        assert f"Step {step} of 500" in page
        assert len(page.encode()) < 60 * 1024
        assert page.count('class="wire-number"') == 18


def test_what_is_not_of_uma_is_left_out_and_counted(client: FlaskClient) -> None:
    tell(client, "cedar", *knocks(1))
    tell(client, "portal", message(9, "GET", "http://localhost:9702/"), dropped=4)
    page = client.get("/wire").text
    assert "Step 2 of 2" in page and "Show every message (1 more exchanges)" in page
    assert "Not shown: 4 messages" in page
    assert "Step 4 of 4" in client.get("/wire?all=1").text
    assert "Step 2 of 2" in client.get("/wire?all=1&after=1").text


def test_the_projector_view_keeps_to_itself(client: FlaskClient) -> None:
    tell(client, "cedar", *knocks(2))
    page = client.get("/wire?present=1&step=2").text
    assert 'class="stack present"' in page
    assert 'href="/wire?present=1&amp;step=3&amp;by=next"' in page
    assert 'href="/wire?step=2">Leave the projector view' in page


def test_what_strangers_send_is_shown_and_not_run(client: FlaskClient) -> None:
    bad = message(1, "GET", f"{CEDAR}?name=<script>", question=text("<script>alert(1)</script>"))
    tell(client, "cedar", bad)
    assert "<script>alert" not in client.get("/wire?all=1").text


def crossing(asked: dict[str, object], sender: str = "requester", to: str = "") -> Crossing:
    receiver = to or ("as" if str(asked["url"]).startswith(AS) else "cedar")
    return Crossing(1, sender, receiver, None, asked)


NAMES = [
    (("GET", f"{AS}/.well-known/uma2-configuration"), {}, "metadata", "metadata-answer"),
    (("POST", f"{AS}/permission"), {"status": 201}, "permission", "permission-answer"),
    (("POST", f"{AS}/resource"), {"status": 201}, "create-resource", "create-resource-answer"),
    (("GET", f"{AS}/resource"), {}, "list-resources", "list-resources-answer"),
    (("DELETE", f"{AS}/resource/7"), {"status": 204}, "delete-resource", "delete-resource-answer"),
    (
        ("POST", f"{AS}/introspect"),
        {"answer": text('{"active": false}')},
        "introspect",
        "introspect-inactive",
    ),
    (("POST", f"{AS}/introspect"), {"answer": text('{"active": true}')}, "introspect",
     "introspect-answer"),
    (("GET", CEDAR), {"status": 401, "said": CHALLENGE}, "no-token", "challenge"),
    (("GET", CEDAR), {"status": 403, "said": WARNED}, "no-token", "as-unreachable"),
    (("GET", CEDAR), {"asked": BEARER}, "with-rpt", "resource"),
    (("GET", CEDAR), {"asked": BEARER, "status": 401, "said": CHALLENGE}, "with-rpt",
     "insufficient"),
    (("GET", CEDAR), {"asked": BEARER, "status": 401, "said": NO_TICKET}, "with-rpt", ""),
    (("POST", f"{AS}/token"), {"question": text(f"{UMA}\nticket=a")}, "rpt-request", "rpt"),
    (
        ("POST", f"{AS}/token"),
        {
            "question": text(f"{UMA}\nticket=a\nclaim_token=b"),
            "status": 403,
            "answer": text('{"error": "request_submitted"}'),
        },
        "rpt-request-claims",
        "submitted",
    ),
    (
        ("POST", f"{AS}/token"),
        {
            "question": text(f"{UMA}\nticket=a\nrpt=b"),
            "status": 400,
            "answer": text('{"error": "invalid_grant"}'),
        },
        "rpt-upgrade",
        "invalid-grant",
    ),
    (("PUT", f"{AS}/policy/abc"), {}, "policy", "policy-answer"),
    (("DELETE", f"{AS}/policy/abc"), {}, "policy-end", "policy-end-answer"),
    (("POST", f"{AS}/requests/abc/answer"), {}, "decision", "decision-answer"),
    (("GET", "http://localhost:9702/"), {"status": 0}, "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "members", "question", "answer"), NAMES)
def test_messages_have_the_names_of_the_specifications(
    asked: tuple[str, str], members: dict[str, object], question: str, answer: str
) -> None:
    named = names_of(crossing(message(1, *asked, **members)))
    assert tuple(one.key for one in named) == (question, answer)


def test_what_has_no_name_is_told_as_it_is() -> None:
    named = names_of(
        crossing(message(1, "PATCH", "http://localhost:9702/x", status=418), to="portal")
    )
    assert [one.label for one in named] == ["PATCH /x", "418 I'm a Teapot"]


def test_an_exchange_without_an_answer_has_one_arrow() -> None:
    silent = Crossing(1, "cedar", "as", message(1, "POST", f"{AS}/permission", status=0), None)
    assert [one.is_answer for one in arrows([silent])] == [False]


def test_every_name_has_its_section_and_most_can_be_read_there() -> None:
    assert all(one.label and one.plain for one in table().values())
    assert [one.key for one in table().values() if not one.section] == ["people", "preview"]
    assert all(one.address.startswith("https://") for one in table().values() if one.section)


def test_the_drawing_stands_alone() -> None:
    found = [crossing(one) for one in knocks(3)]
    tree = ElementTree.fromstring(drawn(arrows(found), 2))
    assert tree.tag == "{http://www.w3.org/2000/svg}svg"
    names = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert names == {"svg", "rect", "line", "text", "tspan", "path", "g"}
    assert not [
        one for element in tree.iter() for one in element.attrib if one in ("style", "href")
    ]


def test_silence_between_messages_is_drawn() -> None:
    found = arrows([crossing(message(1, "GET", CEDAR)), crossing(message(61, "GET", CEDAR))])
    assert [one.pause for one in found] == [0, 0, 60, 0]
    assert "60 seconds in which nothing crossed" in drawn(found, 1)


def test_a_spent_ticket_and_its_successor_are_told_together(client: FlaskClient) -> None:
    form = text(f"{UMA}\nticket=tick…et01")
    answer = text('{"error": "need_info", "ticket": "next…et02"}')
    tokens = {**TICKET, "next…et02": {"kind": "ticket", "chip": "1"}}
    tell(client, "as", message(1, "POST", f"{AS}/token", question=form, answer=answer, status=403,
                               tokens=tokens))  # fmt: skip
    assert "The ticket was spent and replaced" in client.get("/wire").text


def test_what_is_shown_can_be_taken_away(client: FlaskClient) -> None:
    tell(client, "cedar", *knocks(2))
    tell(client, "portal", message(9, "GET", "http://localhost:9702/"))
    page = client.get("/wire?after=1").text
    assert 'href="/wire/files/har?after=1"' in page
    for query, count in (("", 2), ("?after=1", 1), ("?all=1", 3)):
        entries = client.get(f"/wire/files/har{query}").get_json()["log"]["entries"]
        assert len(entries) == count
    for kind in ("svg", "html", "har", "sh", "json"):
        answer = client.get(f"/wire/files/{kind}")
        assert answer.status_code == 200
        assert (
            answer.headers["Content-Disposition"] == f'attachment; filename="heart-uma-wire.{kind}"'
        )
    assert client.get("/wire/files/exe").status_code == 404
