"""One asks, the others wait for that answer; a failure stands for a moment."""

from __future__ import annotations

import threading
import time

import pytest

from heart_ground.asked_once import AskedOnce


class Service:
    """Answers with how often it was asked, as long as it is up."""

    def __init__(self, wait: float = 20.0) -> None:
        self.asked, self.up, self.now, self.takes = 0, True, 0.0, 0.0
        self.known: AskedOnce[int] = AskedOnce(
            lambda: self.now, fresh=100, failed=5, failures=(OSError,), wait=wait, most=3
        )

    def ask(self) -> int:
        self.asked += 1
        time.sleep(self.takes)
        if not self.up:
            raise OSError("down")
        return self.asked

    def get(self, key: str = "a", **options: float) -> int:
        return self.known.get(key, self.ask, **options)


@pytest.fixture
def service() -> Service:
    return Service()


def test_an_answer_is_kept_while_it_is_fresh(service: Service) -> None:
    assert [service.get(), service.get()] == [1, 1]
    service.now = 99
    assert service.get() == 1
    service.now = 100
    assert service.get() == 2
    service.known.forget("a")
    assert service.get() == 3


def test_a_failure_stands_for_a_moment_and_then_is_asked_again(service: Service) -> None:
    service.up = False
    for _ in range(3):
        with pytest.raises(OSError, match="down"):
            service.get()
    assert service.asked == 1
    service.now, service.up = 5, True
    assert service.get() == 2


def test_a_failure_that_is_none_of_its_own_is_not_remembered(service: Service) -> None:
    def breaks() -> int:
        service.asked += 1
        raise KeyError

    for _ in range(2):
        with pytest.raises(KeyError):
            service.known.get("a", breaks)
    assert service.asked == 2


def test_an_old_answer_stands_when_a_younger_one_cannot_be_had(service: Service) -> None:
    assert service.get() == 1
    service.now, service.up = 10, False
    assert service.get(max_age=5) == 1
    assert service.get(max_age=5) == 1
    assert service.asked == 2
    service.now, service.up = 16, True
    assert service.get(max_age=5) == 3


@pytest.mark.parametrize("up", [True, False])
def test_who_comes_meanwhile_waits_for_the_same_answer(service: Service, up: bool) -> None:
    service.takes, service.up = 0.1, up
    found: list[object] = []

    def one() -> None:
        try:
            found.append(service.get())
        except OSError as error:
            found.append(str(error))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ([1] if up else ["down"]) * 8
    assert service.asked == 1


def test_nobody_waits_without_end_for_anothers_question() -> None:
    service = Service(wait=0.2)
    service.takes = 2.0
    first = threading.Thread(target=service.get)
    first.start()
    while not service.asked:
        time.sleep(0.01)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        service.get()
    assert time.monotonic() - began < 1.5
    first.join()
    assert service.get() == 1


def test_strangers_keys_do_not_fill_the_memory(service: Service) -> None:
    for number in range(20):
        service.get(str(number))
    assert len(service.known._known) <= 3
