"""For which days files have spoken, so that an older one that comes late takes nothing back."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.base import Kept
from connectors.drops.names import dated

_SPOKEN = "files_spoke"
#: Nothing that files correct is older, and what is kept stays small.
_REMEMBERED = timedelta(days=366)

#: By series (a file name without its numbers) and day: the date in the name of the newest file that held the day, and
#: whether that file answered for the day in full.
_Memory = dict[str, dict[str, tuple[str, bool]]]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one provider's files have said so far, where their names say of which date each is."""

    kept: Kept

    def newer(self, name: str, days: Collection[date]) -> dict[date, bool]:
        """Return the days of a file for which a newer one of its series was stored, and whether that was in full."""
        own, series = dated(name)
        said = self._read().get(series, {}) if own else {}
        found = {day: said[day.isoformat()] for day in days if day.isoformat() in said}
        return {day: is_whole for day, (newest, is_whole) in found.items() if newest > own}

    def stored(self, name: str, days: Collection[date], whole_days: Collection[date], today: date) -> None:
        """Keep that a file has spoken for these days."""
        own, series = dated(name)
        if not own:
            return
        memory, oldest = self._read(), (today - _REMEMBERED).isoformat()
        said = {day: each for day, each in memory.get(series, {}).items() if day >= oldest}
        for day in map(date.isoformat, sorted({*days, *whole_days})):
            said[day] = max(said.get(day, ("", False)), (own, date.fromisoformat(day) in whole_days))
        self.kept[_SPOKEN] = json.dumps(memory | {series: said})

    def _read(self) -> _Memory:
        raw = json.loads(self.kept.get(_SPOKEN) or "{}")
        return {series: {day: (newest, whole) for day, (newest, whole) in said.items()} for series, said in raw.items()}
