"""Asks many platforms at the same time, each in a thread of its own; one that hangs keeps nobody waiting for ever."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")
_TICK = 1.0


class Hangs(Exception):  # noqa: N818 - what a platform does
    """A platform was waited for as long as is allowed; its thread is left to itself."""


@dataclass(frozen=True, kw_only=True)
class Task(Generic[T]):
    """One school's work, done off the main thread: it must not touch the database."""

    name: str
    work: Callable[[], T]


@dataclass(kw_only=True)
class Fetching(Generic[T]):
    """One round over many schools: at most ``at_once`` threads, none waited for longer than ``seconds``.

    ``pulse`` is called at least once a second from the thread that iterates; ``busy`` holds the names whose thread
    has not ended, also after it was given up, so that nobody is asked two things at a time.
    """

    at_once: int
    seconds: float
    busy: set[str]
    stop: Callable[[], bool] = lambda: False
    pulse: Callable[[], object] = lambda: None
    monotonic: Callable[[], float] = time.monotonic
    _since: dict[str, float] = field(default_factory=dict)

    def answers(self, tasks: Iterable[Task[T]]) -> Iterator[tuple[str, Future[T]]]:
        """Yield the answer to each task as it comes. Tasks are drawn one by one, and no more once ``stop`` says so."""
        waiting, done = iter(tasks), SimpleQueue[tuple[str, Future[T]]]()
        while self._fill(waiting, done) or self._since:
            try:
                name, answer = done.get(timeout=_TICK)
            except Empty:
                self.pulse()
            else:
                # What was given up is not heard any more.
                if self._since.pop(name, None) is not None:
                    yield name, answer
            for late in [name for name, since in self._since.items() if self.monotonic() - since > self.seconds]:
                del self._since[late]
                yield late, _given_up()

    def _fill(self, waiting: Iterator[Task[T]], done: "SimpleQueue[tuple[str, Future[T]]]") -> bool:
        """Start what there is room for; false when nothing was started."""
        is_begun = False
        while len(self._since) < self.at_once and not self.stop() and (task := next(waiting, None)):
            self._since[task.name] = self.monotonic()
            self.busy.add(task.name)
            # A daemon: a platform that never answers must not keep the program from ending.
            Thread(target=self._work, args=(task, done), name=f"pull {task.name}", daemon=True).start()
            is_begun = True
        return is_begun

    def _work(self, task: Task[T], done: "SimpleQueue[tuple[str, Future[T]]]") -> None:
        answer: Future[T] = Future()
        try:
            answer.set_result(task.work())
        except BaseException as failure:  # noqa: BLE001 - whoever takes the answer raises it again
            answer.set_exception(failure)
        self.busy.discard(task.name)
        done.put((task.name, answer))


def _given_up() -> Future[T]:
    answer: Future[T] = Future()
    answer.set_exception(Hangs())
    return answer
