"""Small worlds for the simulators, written as teachers write: a pair of marks a school day."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from app.demo.platforms.world import UpnSpell, WorldMark, WorldPupil
from mapping.model import Half, Session
from tests.builders import CANARY, spelled, upn

MORNING_AFTER = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)


@dataclass(repr=False)
class SmallWorld:
    """One school. ``add`` writes a pupil's days; ``correct`` changes one session from an instant on."""

    now: datetime = MORNING_AFTER
    people: list[WorldPupil] = field(default_factory=list)
    shown: list[tuple[datetime, WorldMark]] = field(default_factory=list)

    def clock(self):
        return self.now

    def pupils(self, school):
        return list(self.people)

    def marks(self, school, first, last, at):
        newest = {mark.record_id: mark for since, mark in self.shown if since <= at}
        return [mark for _, mark in sorted(newest.items()) if first <= mark.day <= last]

    def add(self, platform_id, start, text, *, history=None, late=None):
        self._admit(platform_id, (UpnSpell(upn(int(platform_id))),) if history is None else history)
        for (day, half), sign in spelled(start, text):
            self.show(WorldMark(self._id(), platform_id, day, half, None if sign == "-" else sign, late))
        return self

    def add_each_day(self, platform_id, window, symbol):
        """Write the same mark for both halves of every day, Saturdays and Sundays too."""
        self._admit(platform_id, (UpnSpell(upn(int(platform_id))),))
        for ordinal in range(window.first.toordinal(), window.last.toordinal() + 1):
            for half in Half:
                self.show(WorldMark(self._id(), platform_id, date.fromordinal(ordinal), half, symbol))

    def show(self, mark, since=datetime(2026, 1, 1, tzinfo=UTC)):
        self.shown.append((since, mark))

    def correct(self, platform_id, at, symbol, since):
        before = next(m for _, m in self.shown if (m.platform_id, m.day, m.half) == (platform_id, at.day, at.half))
        self.show(before._replace(symbol=symbol), since)

    def _admit(self, platform_id, history):
        surname, forename = CANARY
        self.people.append(WorldPupil(platform_id, upn(int(platform_id)), history, surname, forename))

    def _id(self):
        return 900001 + len(self.shown)


def of_pupils(count, *, symbol="/"):
    """A world with one mark each for so many pupils, on Monday morning."""
    world = SmallWorld()
    for number in range(4001, 4001 + count):
        world.add(str(number), "Mon 2026-03-09", f"{symbol}-")
        world.shown.pop()
    return world


def expected(world, first=date.min, last=date.max):
    """What a pull must bring: each taken mark as pupil, session and symbol."""
    marks = world.marks("S", first, last, world.now)
    return sorted((m.platform_id, Session(m.day, Half(m.half)), m.symbol) for m in marks if m.symbol)


def brought(pulled):
    return sorted((mark.platform_id, mark.session, mark.code) for mark in pulled.marks)


def within(pulled, window):
    """What a pull brought of a window; a file, or a list of changes, may bring earlier days besides."""
    return [row for row in brought(pulled) if row[1].day in window]


def dishonesties(pulled, world, *, unseen=False):
    """What a pull may never do, whatever the platform did: invent, double, or leave something out in silence.

    ``unseen``: what is missing left no trace, and nobody could tell.
    """
    came, there = brought(pulled), expected(world)
    missing = [] if unseen else sorted(set(there) - set(came))
    return {
        "invented": sorted(set(came) - set(there)),
        "doubled": [row for row in set(came) if came.count(row) > 1],
        "missing from a whole": missing if pulled.is_whole else [],
        "missing without a word": [] if pulled.unreadable or pulled.remarks else missing,
    }


HONEST = {"invented": [], "doubled": [], "missing from a whole": [], "missing without a word": []}
