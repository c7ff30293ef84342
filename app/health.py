"""Whether the scheduler still turns: it touches a file at each turn, whose age the container looks at."""

import time
from pathlib import Path

_LONGEST_SILENCE_SECONDS = 300


def beat(heartbeat: Path) -> None:
    """Say that the scheduler turns."""
    heartbeat.touch()


def problem(heartbeat: Path) -> str | None:
    """Return what is wrong, for a person; none when the scheduler turned lately."""
    try:
        age = time.time() - heartbeat.stat().st_mtime
    except FileNotFoundError:
        return f"{heartbeat} is not there: the scheduler has not turned yet"
    if age > _LONGEST_SILENCE_SECONDS:
        return f"the scheduler has not turned for {age:.0f} seconds: restart it and look at its log"
    return None
