"""events.csv: what somebody recorded about a pupil on a date, for the rules to act on."""

from collections.abc import Collection
from pathlib import Path

from pydantic import Field

from config.about_pupils import AboutPupil, Named, read_about
from config.checking import known
from config.fields import Day, Text
from config.problems import Findings

FILE = "events.csv"


class RecordedEvent(AboutPupil):
    """One event. ``note`` is for people: it is neither kept nor sent nor quoted anywhere."""

    date: Day = Field(description="the date of the event")
    event: Text = Field(description="what was recorded, as contract_agreed")
    recorded_by: Text = Field(description="who recorded it", repr=False)
    note: Text | None = Field(None, repr=False)

    @property
    def says(self) -> tuple[object, ...]:
        """What the row says: the same event of a pupil and day is one event, whoever recorded it."""
        return (self.pupil_id, self.school, self.date, self.event)


COLUMNS = tuple(RecordedEvent.model_fields)


def read_events(
    folder: Path, named: Named, words: Collection[str] | None, *, findings: Findings
) -> tuple[RecordedEvent, ...]:
    """Return the rows that are in order; none where there is no such file. ``words`` are the events there are."""
    sheet, rows = read_about(folder / FILE, RecordedEvent, named, findings=findings)
    for number, each in rows.items():
        if words is not None and (message := known(each.event, words, what="event")):
            sheet.problem(number, "event", message)
    return tuple(rows.values())
