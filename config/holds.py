"""holds.csv: rules that somebody has muted for a pupil, with who, why and until when."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import Field

from config.about_pupils import AboutPupil, Named, read_about
from config.fields import Day, Text
from config.models import Role
from config.problems import Findings

FILE = "holds.csv"


class Hold(AboutPupil):
    """Rules muted for a pupil from ``first`` to ``last``, both included.

    ``rule`` is a rule's or a ladder's id; without it every rule is held that ``role`` may mute. The floor never is.
    """

    rule: Text | None = None
    author: Text = Field(description="who decided it")
    role: Role = Field(description="the role of whoever decided it")
    reason: Text = Field(description="the reason", repr=False)
    first: Day = Field(description="the first day of the hold")
    last: Day = Field(description="its last day, for every hold ends")

    @property
    def says(self) -> tuple[object, ...]:
        """What the row says: who is held from what, and when."""
        return (self.pupil_id, self.school, self.rule, self.first, self.last)

    @property
    def doubts(self) -> Iterator[tuple[str, str]]:
        """Yield what is wrong between the cells."""
        if self.last < self.first:
            yield "last", "is before first"


COLUMNS = tuple(Hold.model_fields)


def read_holds(folder: Path, named: Named, *, findings: Findings) -> Mapping[int, Hold]:
    """Return the rows that are in order, by their number in the file; none where there is no such file."""
    return read_about(folder / FILE, Hold, named, findings=findings)[1]
