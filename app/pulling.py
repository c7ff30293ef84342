"""``pull``: registers in, school by school. A school that fails stops nobody else; nothing of its pull is believed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app import drift
from app.crosswalk import with_approved
from app.crosswalk_proposals import keep_records
from app.crosswalk_retry import retry_held
from app.mishaps import unforeseen
from app.reading import Site
from app.syncing import sync
from app.wiring import Relay
from connectors.base import PullFailed, Rejected, SuspiciousPull, Window
from mapping.model import Half, Mark, Pulled, Quarantined, Session, SourceRow
from mapping.school_days import at_local, school_date
from store.database import StoreError

#: From when on a session's register should be there; before, an empty answer is no surprise.
_OVERDUE = {Half.AM: time(10, 0), Half.PM: time(14, 30)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolPull:
    """What one pull of one school came to, in marks.

    ``problem`` is the sentence for the admin when it failed; ``may_retry`` says that time alone may mend it.
    """

    school: str
    read: int = 0
    new: int = 0
    amended: int = 0
    quarantined: int = 0
    remarks: tuple[str, ...] = ()
    problem: str | None = None
    may_retry: bool = False


def pull(relay: Relay, sites: Iterable[Site], *, seen: Callable[[int], object] = lambda _: None) -> list[SchoolPull]:
    """Pull every school given, each by itself; what the operator's files say now is written down first."""
    sync(relay)
    return [_pull_or_say(relay, site, seen) for site in sites]


def _pull_or_say(relay: Relay, site: Site, seen: Callable[[int], object]) -> SchoolPull:
    try:
        return _pull_school(relay, site, seen)
    except (PullFailed, ValueError) as failure:
        may_retry = not isinstance(failure, Rejected)
        return SchoolPull(school=site.id, problem=f"{type(failure).__name__}: {failure}", may_retry=may_retry)
    except StoreError:
        raise
    except Exception as failure:  # noqa: BLE001 - whatever it is, the other schools are pulled
        return SchoolPull(school=site.id, problem=unforeseen(failure))


def _pull_school(relay: Relay, site: Site, seen: Callable[[int], object]) -> SchoolPull:
    now = relay.now()
    again = retry_held(relay, site)
    site = with_approved(relay, site)
    window = _window(relay, site, now)
    connector = relay.connector(site)
    pulled = connector.pull(window, seen=seen)
    _refuse_silence(relay, site, pulled, now)
    marks, quarantined = _normalise(site, pulled)
    with relay.store.transaction():
        done = relay.store.registers.ingest(
            site.id,
            marks,
            quarantined,
            source=site.school.platform,
            seen_at=now,
            scope=_scope(site, pulled, now) if pulled.is_whole else None,
        )
        relay.store.intake.add(site.id, done.changed)
        keep_records(relay, site, pulled)
        noticed = drift.notice(relay, site, pulled)
        if (problem := _all_refused(marks, quarantined)) is None:
            relay.store.runs.pulled(site.id, through=window.last, at=now)
    connector.committed()
    return SchoolPull(
        school=site.id,
        read=len(pulled.marks),
        new=done.new,
        amended=done.amended,
        quarantined=len(quarantined),
        remarks=(*again, *(f"{row.where}: {row.reason}" for row in pulled.remarks), *noticed),
        problem=problem,
    )


def _window(relay: Relay, site: Site, now: datetime) -> Window:
    """Ask for today at every pull, and at the day's last one for earlier days too: late corrections are normal.

    A school that was not pulled for a while is asked for everything since.
    """
    today = school_date(now)
    first = today
    if now >= at_local(today, relay.operator.times.pull[-1]):
        first -= timedelta(days=relay.operator.limits.reread_days)
    watermark = relay.store.runs.watermark(site.id)
    first = min(first, watermark or today - timedelta(days=relay.operator.limits.reread_days))
    begin = site.calendar.days[0] if site.calendar.days else today
    return Window(first=min(max(first, begin), today), last=today)


def _normalise(site: Site, pulled: Pulled) -> tuple[list[Mark], list[Quarantined]]:
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


def _scope(site: Site, pulled: Pulled, now: datetime) -> list[Session]:
    days = site.calendar.between(pulled.first, pulled.last)
    return [session for day in days for half in Half if _is_overdue(session := Session(day, half), now)]


def _is_overdue(session: Session, now: datetime) -> bool:
    return now >= at_local(session.day, _OVERDUE[session.half])


def _refuse_silence(relay: Relay, site: Site, pulled: Pulled, now: datetime) -> None:
    """Raise ``SuspiciousPull`` when a school in term with a roll brought nothing: that is no answer, but a fault.

    A drop folder may hold nothing new; it is silent only when the latest register that should be there is not. A
    platform answers for the days asked for, and those may be too young for a register, or holidays.
    """
    if pulled.marks or pulled.unreadable:
        return
    day = _latest_overdue(site, pulled.last, now)
    if day is None or not any(entry.is_on_roll(day) for stretches in site.roll.values() for entry in stretches):
        return
    is_silent = day >= pulled.first if pulled.is_whole else not any(relay.store.registers.known(site.id, day).values())
    if is_silent:
        raise SuspiciousPull(
            f"no mark came for {pulled.first} to {pulled.last} although the school is in term and has a roll: "
            "check the credential, the permissions and that registers are taken"
            + "".join(f"; {row.where}: {row.reason}" for row in pulled.remarks)
        )


def _latest_overdue(site: Site, last: date, now: datetime) -> date | None:
    day = site.calendar.last_on_or_before(last)
    if day is not None and not _is_overdue(Session(day, Half.AM), now):
        day = site.calendar.nth_before(day, 1)
    return day


def _all_refused(marks: list[Mark], quarantined: list[Quarantined]) -> str | None:
    if marks or not quarantined:
        return None
    return f"every one of {len(quarantined)} rows was quarantined, the first because {quarantined[0].reason}"
