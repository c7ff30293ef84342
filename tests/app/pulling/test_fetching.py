"""Many platforms at the same time: never more than allowed, none waited for for ever, each name once at a time."""

import threading
from itertools import count

import pytest

from app.pulling.fetching import Fetching, Hangs, Task

WAIT = 10


def answers(tasks, **given):
    fetching = Fetching(**{"at_once": 3, "seconds": 60, "busy": set(), "tick": 0.01} | given)
    return [(name, answer.exception() or answer.result()) for name, answer in fetching.answers(tasks)]


def test_every_task_is_answered_once():
    tasks = [Task(name=str(number), work=lambda number=number: number * 2) for number in range(50)]

    assert sorted(answers(tasks), key=lambda each: each[1]) == [(str(number), number * 2) for number in range(50)]


def test_what_one_raises_is_its_own():
    def fails():
        raise ZeroDivisionError("here")

    found = dict(answers([Task(name="a", work=fails), Task(name="b", work=lambda: 1)]))

    assert (type(found["a"]), found["b"]) == (ZeroDivisionError, 1)


def test_no_more_are_asked_at_the_same_time_than_is_allowed():
    lock, running, most, together = threading.Lock(), [], [], threading.Barrier(3)

    def work():
        with lock:
            running.append(1)
            most.append(len(running))
        together.wait(WAIT)
        with lock:
            running.pop()

    answers([Task(name=str(number), work=work) for number in range(9)], at_once=3)

    assert max(most) == 3


def test_answers_that_nobody_has_taken_do_not_pile_up():
    drawn = []

    def tasks():
        for number in range(20):
            drawn.append(number)
            yield Task(name=str(number), work=lambda: None)

    fetching = Fetching(at_once=2, seconds=60, busy=set())

    assert [len(drawn) - taken for taken, _ in enumerate(fetching.answers(tasks()))] == [4] * 17 + [3, 2, 1]


def test_something_is_done_while_the_first_are_asked():
    asked, done = threading.Event(), []

    def meanwhile():
        done.append(asked.wait(WAIT))

    fetching = Fetching(at_once=2, seconds=60, busy=set())
    list(fetching.answers([Task(name="a", work=asked.set)], meanwhile=meanwhile))

    assert done == [True]


def test_after_stop_no_further_one_is_asked_and_those_asked_are_heard():
    asked = []

    def work():
        asked.append(1)

    tasks = [Task(name=str(number), work=work) for number in range(9)]

    assert len(answers(tasks, at_once=2, stop=lambda: bool(asked))) == len(asked) < 9


def test_one_that_hangs_is_given_up_the_others_go_on_and_it_stays_busy():
    free, busy = threading.Event(), set()
    clock = count(0, 30)
    tasks = [Task(name="hangs", work=lambda: free.wait(WAIT)), Task(name="b", work=lambda: 2)]

    found = dict(answers(tasks, at_once=1, seconds=20, busy=busy, monotonic=lambda: next(clock)))

    assert (type(found["hangs"]), found["b"], busy) == (Hangs, 2, {"hangs"})
    free.set()


def test_the_heart_beats_while_everybody_is_waited_for():
    beats, enough = [], threading.Event()

    def beat():
        beats.append(1)
        enough.set()

    answers([Task(name="slow", work=lambda: enough.wait(WAIT))], pulse=beat)

    assert beats


@pytest.mark.parametrize("tasks", [[], iter(())])
def test_nobody_to_ask(tasks):
    assert answers(tasks) == []
