"""Held rows are read again: a file comes once, so what its rows lacked must be enough when it comes later."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.crosswalk import with_approved
from app.reading import Site
from app.wiring import Relay
from mapping.marks import is_recorded
from mapping.model import Mark, Quarantined, SourceMark
from rules.wording import count_of
from store.quarantine import Held

_RECORDED = "recorded"
_MEANWHILE = "a mark was recorded meanwhile"
_NO_MARK = "the code table says that this is no mark"


@dataclass(slots=True)
class Retried:
    """What came of a school's held rows: marks by source, rows of which more is known, and rows settled with why."""

    marks: dict[str, list[Mark]] = field(default_factory=dict)
    doubtful: dict[str, list[Quarantined]] = field(default_factory=dict)
    settled: dict[int, str] = field(default_factory=dict)


def retry_held(relay: Relay, site: Site) -> tuple[str, ...]:
    """Read a school's held rows again under the links and codes of now; what becomes a mark is recorded.

    A session that has a mark by now keeps it. Returns a remark where something came of it. Its own transaction.
    """
    if not relay.store.quarantine.counts().get(site.id):
        return ()
    with relay.store.transaction():
        retried = _retried(relay, with_approved(relay, site))
        _record(relay, site, retried)
        for row, why in retried.settled.items():
            # Those that were ingested are settled by that, where the registers recognise them.
            relay.store.quarantine.dismiss(row, relay.now(), why)
    return tuple(_remarks(retried))


def _retried(relay: Relay, site: Site) -> Retried:
    """Judge every open row that holds all its mark depends on."""
    normalise = site.normaliser(relay.store.strangers.records(site.id, site.school.platform))
    retried, known = Retried(), _Known(relay, site.id)
    for held in relay.store.quarantine.held(site.id):
        if (source := _source_mark(site, held)) is None:
            continue
        match normalise(source):
            case None:
                retried.settled[held.id] = _NO_MARK
            case Mark() | Quarantined(pupil_id=str()) as read if known.has(read):
                retried.settled[held.id] = _MEANWHILE
            case Mark() as mark:
                retried.marks.setdefault(held.source, []).append(mark)
                retried.settled[held.id] = _RECORDED
            case Quarantined(pupil_id=str()) as row if held.row.pupil_id is None:
                retried.doubtful.setdefault(held.source, []).append(row)
    return retried


@dataclass(slots=True)
class _Known:
    """Which sessions of a pupil have a mark, each pupil's strings read once."""

    relay: Relay
    school: str
    strings: dict[str, dict[int, bytes]] = field(default_factory=dict)

    def has(self, read: Mark | Quarantined) -> bool:
        if read.pupil_id is None or read.session is None:
            return False
        if read.pupil_id not in self.strings:
            self.strings[read.pupil_id] = self.relay.store.registers.marks_of_pupil(self.school, read.pupil_id)
        return is_recorded(self.strings[read.pupil_id], read.session)


def _source_mark(site: Site, held: Held) -> SourceMark | None:
    """Return a row as the platform sent it; none where it does not hold all of that."""
    row = held.row
    if row.platform_id is None or row.session is None or row.code is None:
        return None
    # The ids of the platform that the school had before may be other children's in this one; a UPN stays a child's.
    if held.source != site.school.platform and not row.upn:
        return None
    return SourceMark(row.platform_id, row.session, row.code, row.where, row.upn, row.minutes_late)


def _record(relay: Relay, site: Site, retried: Retried) -> None:
    for source in sorted(retried.marks.keys() | retried.doubtful.keys()):
        done = relay.store.registers.ingest(
            site.id,
            retried.marks.get(source, ()),
            retried.doubtful.get(source, ()),
            source=source,
            seen_at=relay.now(),
        )
        relay.store.intake.add(site.id, done.changed)


def _remarks(retried: Retried) -> Iterator[str]:
    recorded = sum(why == _RECORDED for why in retried.settled.values())
    if recorded:
        yield f"{count_of(recorded, 'row')} held before could be recorded now"
    if others := len(retried.settled) - recorded:
        yield f"{count_of(others, 'row')} held before settled without a mark: there is one by now, or it is none"
