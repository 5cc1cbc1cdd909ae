"""The load generator measures what it says, stays on this machine, and hides nothing."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bench import processes
from bench.generating import measure
from bench.plan import Plan, Step, form
from bench.timing import percentile


class Answers(BaseHTTPRequestHandler):
    """`/ticket` gives a number once; `/spend/N` takes it once; `/wrong` is a 500.

    `/work` uses 20 milliseconds of CPU time, which is two ticks of the kernel's clock.
    """

    protocol_version = "HTTP/1.1"
    given = 0
    spent: set[str] = set()
    lock = threading.Lock()

    def do_GET(self) -> None:
        with self.lock:
            if self.path == "/ticket":
                Answers.given += 1
                self._answer(200, f'{{"ticket": "t{Answers.given}"}}')
            elif self.path.startswith("/spend/"):
                again = self.path in self.spent
                self.spent.add(self.path)
                self._answer(400 if again else 200, "{}")
            elif self.path == "/work":
                until = time.thread_time() + 0.02
                while time.thread_time() < until:
                    pass
                self._answer(200, "{}")
            else:
                self._answer(500, "broken")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer(200 if body == "word=a&ticket=t9" else 400, body)

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()


def test_a_walk_carries_values_from_one_answer_to_the_next_request(origin: str) -> None:
    walk = (
        Step("ticket", f"{origin}/ticket", take={"ticket": '"ticket": "([^"]+)"'}),
        Step("spend", f"{origin}/spend/{{ticket}}"),
    )
    found = measure(Plan(walk, clients=4, seconds=0.3, warm_up=0.1))
    assert found.wrong == 0, found.sample
    assert found.count > 10
    assert found.rate == pytest.approx(found.count / 0.3)
    assert 0 < found.walk["p50"] <= found.walk["p95"] <= found.walk["p99"]
    assert set(found.steps) == {"ticket", "spend"}


@pytest.mark.skipif(not processes.readable(), reason="no /proc on this system")
def test_the_cpu_time_of_what_a_plan_watches_is_told_for_a_walk(origin: str) -> None:
    """The server is a thread of this process, so this process is what is busy."""
    step = Step("work", f"{origin}/work")
    watched = {"this": processes.family(os.getpid()), "nobody": []}
    found = measure(Plan((step,), clients=2, seconds=0.5, watched=watched))
    assert found.cpu["this"] > 0
    assert found.cpu["nobody"] == 0
    assert found.cpu_sum == found.cpu["this"]


def test_what_is_used_again_goes_round_in_step(origin: str) -> None:
    """The server answers 400 to any other pair of words."""
    body = form({"word": "{word}", "ticket": "{ticket}"})
    step = Step("post", f"{origin}/", "POST", body=body)
    in_step = {"word": ["a", "a"], "ticket": ["t9", "t9"]}
    found = measure(Plan((step,), clients=2, seconds=0.3, warm_up=0, again=in_step))
    assert found.wrong == 0 and found.count > 4, found.sample
    apart = {"word": ["a", "b"], "ticket": ["t9", "t9"]}
    found = measure(Plan((step,), clients=1, seconds=0.3, warm_up=0, again=apart))
    assert found.count > 2 and abs(found.wrong - found.count) <= 1


def test_inputs_are_used_once_and_end_the_run(origin: str) -> None:
    step = Step("post", f"{origin}/", "POST", body=form({"word": "{word}", "ticket": "t9"}))
    found = measure(Plan((step,), clients=2, seconds=5, warm_up=0, inputs={"word": ["a"] * 40}))
    assert found.wrong == 0, found.sample
    assert 38 <= found.count <= 40  # what was still under way at the end is left out


def test_a_wrong_answer_is_reported_and_not_counted(origin: str) -> None:
    found = measure(Plan((Step("wrong", f"{origin}/wrong"),), clients=1, seconds=0.2, warm_up=0))
    assert found.count == 0
    assert found.wrong > 0
    assert "500" in found.sample and "broken" in found.sample


def test_no_load_leaves_this_machine() -> None:
    with pytest.raises(ValueError, match="not this machine"):
        Step("far", "http://example.org/").text()


@pytest.mark.parametrize("limits", [{"clients": 65}, {"clients": 0}, {"seconds": 61.0}])
def test_load_is_bounded(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="bounded"):
        Plan((Step("one", "http://localhost/"),), **limits)


def test_percentiles_are_values_that_occurred() -> None:
    times = [float(n) for n in range(1, 101)]
    assert [percentile(times, share) for share in (50, 95, 99)] == [50, 95, 99]
    assert percentile([7.0], 99) == 7.0
    assert percentile([], 50) == 0
