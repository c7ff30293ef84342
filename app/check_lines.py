"""What `check` says, a line for each thing it looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing looked at. ``is_ok`` is none for a warning: it works, but somebody should know."""

    subject: str
    is_ok: bool | None
    message: str
