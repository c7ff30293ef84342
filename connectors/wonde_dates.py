"""Wonde's dates: a clock time with the zone it was written in, or plain text, read as the date at the school."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import msgspec

from connectors.base import Window
from mapping.school_days import LONDON

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_NAMED = re.compile(r"[A-Za-z_]+(?:/[A-Za-z_+-]+)+")
#: PHP, in which Wonde is written, names a zone by offset, by abbreviation or by place; these are the abbreviations
#: that clocks in England have.
_ABBREVIATIONS = {"": None, "Z": UTC, "UTC": UTC, "GMT": UTC, "BST": timezone(timedelta(hours=1))}
#: Registers are asked for in pieces of this length, because there are so many (seen in a public client).
_PIECE = timedelta(days=14)


class Stamp(msgspec.Struct, frozen=True, gc=False):
    """A clock time as ``YYYY-MM-DD HH:MM:SS.ffffff``, and the zone that it is meant in."""

    date: str
    timezone: str | None = None


#: Either form is seen; a text without a zone is local.
Moment = Stamp | str


@dataclass(frozen=True, slots=True)
class LocalDates:
    """Reads dates as they fall in one school's zone."""

    zone: tzinfo = LONDON

    @classmethod
    def of(cls, timezone: str | None) -> "LocalDates":
        """Return the reader for the zone a school names; England's where it names none that is known."""
        try:
            return cls(_zone(timezone or "") or LONDON)
        except ValueError:
            return cls()

    def day(self, moment: Moment) -> date:
        """Return the date at the school; raises ``ValueError`` for what is no date or has an unknown zone.

        Midnight in London is 23:00 UTC of the day before in summer, so the zone decides about the day.
        """
        return self._local(moment).astimezone(self.zone).date()

    def instant(self, moment: Moment) -> datetime:
        """Return the instant in UTC; raises ``ValueError`` as ``day`` does."""
        return self._local(moment).astimezone(UTC)

    def _local(self, moment: Moment) -> datetime:
        text, zone = (moment, "") if isinstance(moment, str) else (moment.date, moment.timezone or "")
        read = datetime.fromisoformat(text.strip())
        return read if read.tzinfo else read.replace(tzinfo=_zone(zone) or self.zone)


def in_utc(instant: datetime) -> str:
    """Write an instant as Wonde's filters take it, always in UTC."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def pieces(window: Window) -> Iterator[Window]:
    """Cut a window into fortnights."""
    first = window.first
    while first <= window.last:
        last = min(first + _PIECE - timedelta(days=1), window.last)
        yield Window(first=first, last=last)
        first = last + timedelta(days=1)


def spans(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    """Cut the time from ``since`` on into fortnights; the last has no end, so that nothing after ``until`` is lost."""
    while until - since > _PIECE:
        yield since, since + _PIECE
        since += _PIECE
    yield since, None


def _zone(name: str) -> tzinfo | None:
    if name in _ABBREVIATIONS:
        return _ABBREVIATIONS[name]
    if offset := _OFFSET.fullmatch(name):
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-ahead if offset[1] == "-" else ahead)
    if not _NAMED.fullmatch(name):
        raise ValueError("a zone of another form")
    try:
        return ZoneInfo(name)
    except (KeyError, OSError):
        raise ValueError("a zone nobody knows") from None
