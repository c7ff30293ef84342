"""How times are written in the database: instants as UTC text of one width, so that text order is time order."""

from datetime import UTC, date, datetime

from mapping.model import Half, Session


def instant_text(instant: datetime) -> str:
    """Write an aware instant as ``2026-11-02T08:45:00.000000+00:00``; raises ``ValueError`` for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone: pass an aware instant")
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def instant_or_none(text: str | None) -> datetime | None:
    """Read a stored instant that may be missing."""
    return datetime.fromisoformat(text) if text else None


def text_or_none(instant: datetime | None) -> str | None:
    """Write an instant that may be missing."""
    return instant_text(instant) if instant else None


def date_or_none(text: str | None) -> date | None:
    """Read a stored date that may be missing or open."""
    return date.fromisoformat(text) if text else None


def day_text(day: date | None) -> str:
    """Write a date that may be open, which is written as nothing."""
    return day.isoformat() if day else ""


def session_of(day: str, half: str) -> Session:
    """Read a stored session."""
    return Session(date.fromisoformat(day), Half(half))
