"""Asks many platforms at the same time from a few threads; one that hangs keeps nobody waiting for ever."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


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

    ``pulse`` is called at each ``tick`` (seconds) in which nobody answered, from the thread that iterates; ``busy``
    holds the names whose thread has not ended, given up or not, so that nobody is asked two things at a time.
    """

    at_once: int
    seconds: float
    busy: set[str]
    stop: Callable[[], bool] = lambda: False
    pulse: Callable[[], object] = lambda: None
    monotonic: Callable[[], float] = time.monotonic
    tick: float = 1.0
    _ready: "SimpleQueue[Task[T] | None]" = field(default_factory=SimpleQueue)
    _done: "SimpleQueue[tuple[str, Future[T] | None]]" = field(default_factory=SimpleQueue)
    #: Drawn and not yet yielded; and of these the ones that are being asked, since when.
    _open: set[str] = field(default_factory=set)
    _since: dict[str, float] = field(default_factory=dict)

    def answers(
        self, tasks: Iterable[Task[T]], *, meanwhile: Callable[[], object] = lambda: None
    ) -> Iterator[tuple[str, Future[T]]]:
        """Yield the answer to each task as it comes. No further one is begun once ``stop`` says so.

        Tasks are drawn in this thread, as many ahead as there are threads: what is done with an answer keeps no
        platform waiting, and answers that nobody has taken yet do not pile up. ``meanwhile`` is done when the first
        ones have been asked, before an answer is yielded.
        """
        waiting = iter(tasks)
        self._hire(self.at_once)
        try:
            self._fill(waiting)
            meanwhile()
            while self._fill(waiting):
                yield from self._heard()
                yield from self._given_up()
        finally:
            for _ in range(self.at_once):
                self._ready.put(None)

    def _hire(self, threads: int) -> None:
        for _ in range(threads):
            # Daemons: a platform that never answers must not keep the program from ending.
            Thread(target=self._work, name="pull", daemon=True).start()

    def _fill(self, waiting: Iterator[Task[T]]) -> bool:
        """Draw tasks as long as there is room; false when nothing is left to be heard."""
        while len(self._open) < 2 * self.at_once and not self.stop() and (task := next(waiting, None)):
            self._open.add(task.name)
            self._ready.put(task)
        return bool(self._open)

    def _heard(self) -> Iterator[tuple[str, Future[T]]]:
        try:
            name, answer = self._done.get(timeout=self.tick)
        except Empty:
            self.pulse()
            return
        self._open.discard(name)
        if answer is not None:
            yield name, answer

    def _given_up(self) -> Iterator[tuple[str, Future[T]]]:
        for name, since in list(self._since.items()):
            if self.monotonic() - since > self.seconds and self._since.pop(name, None) is not None:
                self._open.discard(name)
                self._hire(1)
                answer: Future[T] = Future()
                answer.set_exception(Hangs())
                yield name, answer

    def _work(self) -> None:
        """Do one task after the other until there is no more; what was given up meanwhile is not heard."""
        while task := self._ready.get():
            if self.stop():
                self._done.put((task.name, None))
                continue
            self.busy.add(task.name)
            self._since[task.name] = self.monotonic()
            answer = _done(task)
            self.busy.discard(task.name)
            if self._since.pop(task.name, None) is None:
                return
            self._done.put((task.name, answer))


def _done(task: Task[T]) -> Future[T]:
    answer: Future[T] = Future()
    try:
        answer.set_result(task.work())
    except BaseException as failure:  # noqa: BLE001 - whoever takes the answer raises it again
        answer.set_exception(failure)
    return answer
