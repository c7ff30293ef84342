"""Whether the scheduler still turns: it touches a file at each turn, whose age the container looks at."""

import time
from pathlib import Path

#: A scheduler that says nothing for longer stands still: it turns every 15 seconds, and says so while it works.
LONGEST_SILENCE_SECONDS = 300


def beat(heartbeat: Path) -> None:
    """Say that the scheduler turns."""
    heartbeat.touch()


def beat_at(heartbeat: Path) -> float | None:
    """Return when the scheduler turned last, in seconds since 1970; none when it never did."""
    try:
        return heartbeat.stat().st_mtime
    except FileNotFoundError:
        return None


def problem(heartbeat: Path) -> str | None:
    """Return what is wrong, for a person; none when the scheduler turned lately."""
    if (turned_at := beat_at(heartbeat)) is None:
        return f"{heartbeat} is not there: the scheduler has not turned yet"
    age = time.time() - turned_at
    if age > LONGEST_SILENCE_SECONDS:
        return f"the scheduler has not turned for {age:.0f} seconds: restart it and look at its log"
    return None
