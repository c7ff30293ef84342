"""What one school's answer becomes: marks, held rows, changes that wait; all of it in one transaction."""

from dataclasses import dataclass
from datetime import datetime

from app import drift
from app.crosswalk_proposals import keep_records
from app.pulling import reach, unread
from app.pulling.changes import Withholding
from app.pulling.doubts import refuse_silence, stale_since, too_many_skipped
from app.pulling.model import SchoolPull
from app.pulling.registers import scope, untaken
from app.reading import Site
from app.wiring import Relay
from connectors.base import Window
from mapping.model import Mark, Pulled, Quarantined, SourceRow
from mapping.school_days import school_date
from store.pulls import Source
from store.registers import Ingested


@dataclass(frozen=True, kw_only=True)
class Storing:
    """One school's answer to what was asked of it for a window."""

    relay: Relay
    site: Site
    window: Window
    now: datetime

    def store(self, pulled: Pulled) -> SchoolPull:
        """Write an answer down and say what it came to; raises ``SuspiciousPull`` for one that says nothing."""
        refuse_silence(self.relay, self.site, pulled, self.now)
        stale = stale_since(self.relay, self.site, pulled, self.now)
        marks, quarantined = normalised(self.site, pulled)
        problem = too_many_skipped(self.relay, pulled, quarantined)
        withholding = Withholding(relay=self.relay, site=self.site, at=self.now)
        with self.relay.store.transaction():
            done = self._ingest(pulled, marks, quarantined, withholding=withholding, heard=stale or self.now)
            self.relay.store.intake.add(self.site.id, done.changed)
            self.relay.store.pulls.go_on(self.site.id)
            keep_records(self.relay, self.site, pulled)
            noticed = drift.notice(self.relay, self.site, pulled)
            if problem is None:
                self._note(pulled, stale)
        held = withholding.held
        return SchoolPull(
            school=self.site.id,
            read=len(pulled.marks),
            new=done.new,
            amended=done.amended,
            quarantined=len(quarantined),
            remarks=(*(f"{row.where}: {row.reason}" for row in pulled.remarks), *noticed),
            problem=problem,
            held=len(held.changes) if held else 0,
            hold=held.id if held else None,
            untaken=tuple(untaken(self.relay, self.site, stale or self.now)),
            stale_since=stale,
        )

    def _ingest(
        self,
        pulled: Pulled,
        marks: list[Mark],
        quarantined: list[Quarantined],
        *,
        withholding: Withholding,
        heard: datetime,
    ) -> Ingested:
        return self.relay.store.registers.ingest(
            self.site.id,
            marks,
            quarantined,
            source=self.site.school.platform,
            seen_at=self.now,
            scope=scope(self.site, pulled, heard),
            withhold=withholding,
        )

    def _note(self, pulled: Pulled, stale: datetime | None) -> None:
        """Keep how far this school is. Of the days after a stale source spoke nothing was heard."""
        runs, heard = self.relay.store.runs, stale or self.now
        is_first = runs.watermark(self.site.id) is None
        runs.pulled(self.site.id, through=min(self.window.last, school_date(heard)), at=heard)
        if pulled.source_as_of is not None:
            source = Source(as_of=pulled.source_as_of, is_stale=stale is not None)
            self.relay.store.pulls.heard(self.site.id, source)
        if stale is None:
            reach.note(self.relay, self.site, self.window, at=self.now, is_first=is_first)
            unread.settle(self.relay, self.site, self.window)


def normalised(site: Site, pulled: Pulled) -> tuple[list[Mark], list[Quarantined]]:
    """Return what became a mark and what did not."""
    normalise = site.normaliser(pulled.pupils)
    marks: list[Mark] = []
    quarantined = [_unreadable(row) for row in pulled.unreadable]
    for source in pulled.marks:
        match normalise(source):
            case Mark() as mark:
                marks.append(mark)
            case Quarantined() as row:
                quarantined.append(row)
            case None:
                continue
    return marks, quarantined


def _unreadable(row: SourceRow) -> Quarantined:
    return Quarantined(
        where=row.where, reason=row.reason, platform_id=row.platform_id, session=row.session, code=row.code
    )
