"""The one retry policy of the connectors: how long one request is tried, and what a Retry-After header says."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import tenacity

from connectors.base import Patience, Surroundings, Unavailable

#: A Retry-After beyond this is a mistake or an attack; it would silence a school.
MAX_RETRY_AFTER = 3600.0


def retrying(surroundings: Surroundings) -> tenacity.Retrying:
    """Return what calls again as long as ``Unavailable`` is raised and patience lasts; the last one is raised."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(Unavailable),
        wait=_Wait(surroundings.patience),
        stop=_Stop(surroundings.patience, surroundings.monotonic, surroundings.monotonic()),
        sleep=surroundings.sleep,
        reraise=True,
    )


def retry_after(header: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date, as seconds from ``now``; at most an hour, never negative."""
    if not header:
        return None
    try:
        seconds = float(header) if header.strip().isdecimal() else (_http_date(header) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


@dataclass(frozen=True, slots=True)
class _Wait:
    """Exponential with full jitter, and never shorter than the platform asked for."""

    patience: Patience

    def __call__(self, state: tenacity.RetryCallState) -> float:
        jittered = tenacity.wait_random_exponential(self.patience.first_wait, max=self.patience.longest_wait)
        problem = state.outcome.exception() if state.outcome else None
        floor = problem.retry_after if isinstance(problem, Unavailable) else None
        return max(jittered(state), floor or 0.0)


@dataclass(frozen=True, slots=True)
class _Stop:
    """Stop before a wait that would break the bound, so that a long Retry-After is handed on instead of slept."""

    patience: Patience
    monotonic: Callable[[], float]
    started: float

    def __call__(self, state: tenacity.RetryCallState) -> bool:
        # An injected sleep need not move the clock, so what was slept counts where it is the larger.
        spent = max(self.monotonic() - self.started, state.idle_for)
        return state.attempt_number >= self.patience.attempts or spent + state.upcoming_sleep > self.patience.in_all


def _http_date(text: str) -> datetime:
    instant = parsedate_to_datetime(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
