"""A relay that ends itself with SIGKILL while it writes a change back, at a step that it is told.

It is forked, so that no second interpreter has to start; what it opened it opened itself, and nothing is cleaned up.
"""

import os
import signal
from collections.abc import Callable

#: Every step of a pull with a change to write, in order, and whether the platform shows the new mark by then.
STEPS = {
    "before reading": False,
    "after reading": False,
    "inside the note of what is to be sent": False,
    "before sending": False,
    "while the answer is on its way": True,
    "inside the record": True,
    "after the record": True,
}


def killed_at(step: str, work: Callable[[], object], school) -> bool:
    """Open the school's relay in a child, arm it, do the work there; whether the child was killed by itself."""
    school.let_go()
    child = os.fork()
    if child == 0:
        _arm(school.relay, step)
        work()
        _die_at(step, "after the record")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _die_at(wanted: str, step: str) -> None:
    if wanted == step:
        os.kill(os.getpid(), signal.SIGKILL)


def _arm(relay, step: str) -> None:
    relay._connectors["lane"] = _Connector(relay.connector(relay.sites["lane"]), step)
    relay.store.mark_changes = _MarkChanges(relay.store.mark_changes, step)


class _Connector:
    """The school's, with places to die at. The first pull is the school's own."""

    def __init__(self, inner, step: str) -> None:
        self._inner, self._step, self._pulls = inner, step, 0

    def pull(self, window, *, seen):
        self._pulls += 1
        if self._pulls > 1:
            _die_at(self._step, "before reading")
        pulled = self._inner.pull(window, seen=seen)
        if self._pulls > 1:
            _die_at(self._step, "after reading")
        return pulled

    def write(self, changes):
        _die_at(self._step, "before sending")
        answers = self._inner.write(changes)
        _die_at(self._step, "while the answer is on its way")
        return answers

    def __getattr__(self, name: str):
        return getattr(self._inner, name)


class _MarkChanges:
    """The store's, with places to die at inside its transactions."""

    def __init__(self, inner, step: str) -> None:
        self._inner, self._step = inner, step

    def move(self, change, step):
        moved = self._inner.move(change, step)
        _die_at(self._step, "inside the note of what is to be sent" if step.state == "sending" else "inside the record")
        return moved

    def __getattr__(self, name: str):
        return getattr(self._inner, name)
