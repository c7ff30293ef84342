"""Waiting a chance while before platforms are asked: not every installation is to ask at nine o'clock sharp."""

from collections.abc import Callable
from dataclasses import dataclass

#: Between two looks at whether to stop, in seconds.
_STEP = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a wait is passed: ``beat`` is called and ``stop`` asked at least once a second of it."""

    sleep: Callable[[float], object]
    stop: Callable[[], bool]
    beat: Callable[[], object]
    #: At least 0, below 1.
    jitter: Callable[[], float]

    def wait(self, longest: float) -> bool:
        """Wait for a chance part of ``longest`` seconds; false when it was broken off, as somebody said stop."""
        left = self.jitter() * longest
        while left > 0:
            if self.stop():
                return False
            self.beat()
            self.sleep(min(_STEP, left))
            left -= _STEP
        return not self.stop()
