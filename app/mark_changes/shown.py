"""What stands at a session now: in the register as it was pulled, or in the platform's answer of this minute."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from app.mark_changes.states import Event
from app.reading import Site
from app.wiring import Relay
from mapping.marks import offset, year_of
from mapping.model import Mark, Pulled, Quarantined, Session, SourcePupil
from mapping.normalise import Normaliser
from store.mark_changes import MarkChange

#: Somebody whom no row of placements.csv names.
_NOBODY = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a source shows of a change's mark. ``code`` is national; both are empty where it could not be read."""

    event: Event
    code: str = ""
    platform_id: str = ""


def in_register(relay: Relay, change: MarkChange) -> Shown:
    """Return what the register says, as the latest pull of that day left it."""
    marks = relay.store.registers.marks_of_pupil(change.school, change.pupil_id).get(year_of(change.session.day))
    code = relay.operator.library.national.of_byte(marks[offset(change.session)]) if marks else None
    return _compared(change, code.code) if code else Shown(event=Event.SHOWS_NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a platform has just answered for a day, read by the school's own code table and crosswalk.

    ``rows`` are the (platform id, national code or none) of each pupil's session; ``owners`` the pupils for whom each
    platform id stands anywhere in the answer. ``as_of`` is when a cache between us and the platform last looked.
    """

    rows: dict[tuple[str, Session], set[tuple[str, str | None]]]
    owners: dict[str, set[str]]
    as_of: datetime | None

    @classmethod
    def of(cls, site: Site, pulled: Pulled) -> Self:
        """Read an answer."""
        normalise = site.normaliser(pulled.pupils)
        answer = cls(rows=defaultdict(set), owners=defaultdict(set), as_of=pulled.source_as_of)
        for source in pulled.marks:
            match normalise(source):
                case Mark() as mark:
                    code = normalise.national.spell(mark.byte)
                    answer.rows[mark.pupil_id, mark.session].add((source.platform_id, code))
                    answer.owners[source.platform_id].add(mark.pupil_id)
                case Quarantined(pupil_id=pupil_id):
                    answer.owners[source.platform_id].add(pupil_id or _NOBODY)
                    answer.rows[pupil_id or _NOBODY, source.session].add((source.platform_id, None))
        for platform_id, owner in _recorded(normalise, pulled):
            answer.owners[platform_id].add(owner)
        return answer

    def of_change(self, change: MarkChange) -> Shown:
        """Return what stands at a change's session, and the platform's own id of the pupil from the same rows.

        Two rows of one session, or an id that stands for anybody else as well, leave in doubt whose mark it is.
        """
        rows = self.rows.get((change.pupil_id, change.session), set())
        if not rows:
            return Shown(event=Event.SHOWS_NOTHING)
        [(platform_id, code), *others] = rows
        if others or self.owners[platform_id] != {change.pupil_id}:
            return Shown(event=Event.IN_DOUBT)
        return _compared(change, code, platform_id) if code else Shown(event=Event.SHOWS_NOTHING)

    def is_before(self, instant: datetime | None) -> bool:
        """Whether the answer is older than an instant: what it shows may have been changed by then."""
        return self.as_of is not None and instant is not None and self.as_of < instant


def _recorded(normalise: Normaliser, pulled: Pulled) -> Iterator[tuple[str, str]]:
    """Yield for whom each platform id stands by the platform's own record of its pupils."""
    for pupil in pulled.pupils:
        if pupil.upn and not pupil.is_temporary and _holds(pupil, pulled.last):
            owner = normalise.resolve(pupil.platform_id, pupil.upn, pulled.last)
            yield pupil.platform_id, owner if isinstance(owner, str) else _NOBODY


def _holds(pupil: SourcePupil, day: date) -> bool:
    return (pupil.start is None or pupil.start <= day) and (pupil.end is None or day <= pupil.end)


def _compared(change: MarkChange, code: str, platform_id: str = "") -> Shown:
    event = Event.SHOWS_NEW if code == change.new else Event.SHOWS_OTHER
    return Shown(event=Event.SHOWS_OLD if code == change.old else event, code=code, platform_id=platform_id)
