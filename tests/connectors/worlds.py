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
        number = upn(int(platform_id))
        surname, forename = CANARY
        history = (UpnSpell(number),) if history is None else history
        self.people.append(WorldPupil(platform_id, number, history, surname, forename))
        for (day, half), sign in spelled(start, text):
            self.show(WorldMark(self._id(), platform_id, day, half, None if sign == "-" else sign, late))
        return self

    def show(self, mark, since=datetime(2026, 1, 1, tzinfo=UTC)):
        self.shown.append((since, mark))

    def correct(self, platform_id, at, symbol, since):
        before = next(m for _, m in self.shown if (m.platform_id, m.day, m.half) == (platform_id, at.day, at.half))
        self.show(before._replace(symbol=symbol), since)

    def _id(self):
        return 900001 + len(self.shown)


def expected(world, first=date.min, last=date.max):
    """What a pull must bring: each taken mark as pupil, session and symbol."""
    marks = world.marks("S", first, last, world.now)
    return sorted((m.platform_id, Session(m.day, Half(m.half)), m.symbol) for m in marks if m.symbol)


def brought(pulled):
    return sorted((mark.platform_id, mark.session, mark.code) for mark in pulled.marks)
