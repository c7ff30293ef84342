"""More notices than on an ordinary day: they wait together until somebody has looked, and are shown as what changed.

A snow day taken for absence, a code mapped wrongly or a half term missing from the calendar would tell many families'
commissioners at once what is not so. What is held is only what is new; a floor decision or a referral of a rule that
speaks of hardly anybody is no part of the surge and leaves.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from statistics import median
from typing import Any

from app.judging.carrying_out import Carrier, NewNotice
from app.ledger import read_back
from app.reading import Site
from app.safety.alerts import WATCHERS, Words, raise_alert
from app.safety.holding import MASS, TRIAL
from app.wiring import Relay
from mapping.marks import offset, year_of
from mapping.model import Session
from mapping.school_days import at_local, school_date
from outbox.messages import message_id, spoken_reference
from rules.wording import count_of
from store.safety import Surge

#: Fewer pupils than this are never a surge, however small the school.
FEWEST = 5
#: A floor decision or referral leaves all the same when its rule speaks of at most so many pupils that day.
FEW = 2
#: So many notices are too many only where they are also so many times those of an ordinary day.
_TIMES_ORDINARY = 3
_ORDINARY_DAYS = 10
#: After this the batch is put to more people, once; and again on each day on which it still waits.
ESCALATES_AFTER = timedelta(minutes=60)
_ESCALATES_TO = (*WATCHERS, "head_of_provision", "senior_lead")
_SHOWN_SESSIONS = 6


def look(carrier: Carrier) -> Surge | None:
    """Hold the new notices of this run together where there are too many; returns the batch that was made."""
    if not carrier.new_notices:
        return None
    told = carrier.relay.store.safety.told_since(carrier.site.id, _midnight(carrier.relay))
    ordinary = _ordinary(carrier.relay, carrier.site)
    if not _is_too_much(carrier, told, ordinary):
        return None
    pupils_of_rule = Counter(rule for _, rule in set(told))
    part = [each for each in carrier.new_notices if not (each.is_pressing and pupils_of_rule[each.rule] <= FEW)]
    # What a trial keeps is never sent: nobody has to look at it.
    in_trial = {each.id for each in carrier.relay.store.messages.held(TRIAL)}
    part = [each for each in part if each.message_id not in in_trial]
    carrier.new_notices.clear()
    return _hold(carrier, part, ordinary) if part else None


def roll_of(relay: Relay, site: Site) -> int:
    """Return how many pupils a school has today."""
    today = school_date(relay.now())
    return len({each.pupil_id for each in relay.operator.placements_of(site.id) if each.holds_on(today)})


def _is_too_much(carrier: Carrier, told: list[tuple[str, str]], ordinary: float) -> bool:
    safety = carrier.relay.operator.safety
    pupils = len({pupil_id for pupil_id, _ in told})
    if pupils <= max(FEWEST, ordinary):
        return False
    is_great_share = pupils > safety.mass_share * roll_of(carrier.relay, carrier.site)
    return is_great_share or (len(told) > safety.mass_notices and pupils > _TIMES_ORDINARY * ordinary)


def _ordinary(relay: Relay, site: Site) -> float:
    """Return about how many pupils there are notices on an ordinary day: the median of the last days with any."""
    days = relay.store.safety.told_per_day(site.id, _midnight(relay), limit=_ORDINARY_DAYS)
    return median(days) if days else 0


def _midnight(relay: Relay) -> datetime:
    return at_local(school_date(relay.now()), time(0))


def _hold(carrier: Carrier, part: Iterable[NewNotice], ordinary: float) -> Surge:
    relay, now = carrier.relay, carrier.relay.now()
    notices = list(part)
    batch = spoken_reference(message_id(relay.key, f"mass/{carrier.site.id}/{now.isoformat()}"))
    facts = _facts(carrier, notices) | {"ordinary_pupils": ordinary, "roll": roll_of(relay, carrier.site)}
    surge = Surge(id=batch, school=carrier.site.id, held_at=now, facts=facts)
    relay.store.safety.hold_together(surge)
    why = f"{facts['pupils']} pupils of {facts['roll']} at once: looked at together"
    for each in notices:
        # What waits for another check waits for this one first.
        relay.store.messages.release(each.message_id, now, why)
        relay.store.messages.hold(each.message_id, now, f"{MASS}{batch}", why)
    raise_alert(relay, WATCHERS, _words(surge), key=f"alert/mass/{batch}")
    return surge


def _facts(carrier: Carrier, notices: list[NewNotice]) -> dict[str, Any]:
    pairs = {(each.rule, each.pupil_id) for each in notices}
    return {
        "notices": len(notices),
        "pupils": len({pupil_id for _, pupil_id in pairs}),
        "pressing": len({each.pupil_id for each in notices if each.is_pressing}),
        "rules": dict(sorted(Counter(rule for rule, _ in pairs).items())),
        "registers": list(_registers(carrier, notices)),
    }


def _registers(carrier: Carrier, notices: list[NewNotice]) -> Iterable[dict[str, Any]]:
    """Yield the registers that most of the notices rest on: how many pupils, with which code, first seen when."""
    relay, site = carrier.relay, carrier.site
    counted: Counter[Session] = Counter()
    pupils_of: dict[Session, set[str]] = {}
    for message in {each.message_id for each in notices}:
        row = relay.store.messages.get(message)
        decision = relay.store.cases.get(row.cause or "") if row else None
        for session in read_back(decision).reason.counted if decision else ():
            pupils_of.setdefault(session, set()).add(decision.pupil_id if decision else "")
    counted.update({session: len(pupils) for session, pupils in pupils_of.items()})
    for session, pupils in sorted(counted.most_common(_SHOWN_SESSIONS), key=lambda each: each[0]):
        seen_at = relay.store.history.marked_at(site.id, session.day, session.half)
        yield {
            "session": f"{session.day:%a %Y-%m-%d} {session.half}",
            "pupils": pupils,
            "codes": _codes(relay, site, session, pupils_of[session]),
            "first_seen_at": seen_at.isoformat() if seen_at else None,
        }


def _codes(relay: Relay, site: Site, session: Session, pupils: set[str]) -> dict[str, int]:
    year, national = year_of(session.day), relay.operator.library.national
    found: Counter[str] = Counter()
    for pupil_id in pupils:
        marks = relay.store.registers.marks_of_pupil(site.id, pupil_id).get(year)
        if marks is not None:
            found[national.spell(marks[offset(session)])] += 1
    return dict(found.most_common())


def escalate(relay: Relay) -> None:
    """Put a batch that nobody has looked at to more people: within the hour, and again each day it waits."""
    now = relay.now()
    for surge in relay.store.safety.waiting():
        if not relay.store.messages.held(f"{MASS}{surge.id}"):
            note = "nothing of it is left: what it rested on was corrected"
            relay.store.safety.settle(surge.id, outcome="cancelled", at=now, by="relay", note=note)
        elif now - surge.held_at >= ESCALATES_AFTER:
            key = f"alert/mass/{surge.id}/waits/{school_date(now)}"
            raise_alert(relay, _ESCALATES_TO, _words(surge, since=surge.held_at), key=key)


def _words(surge: Surge, *, since: datetime | None = None) -> Words:
    facts = surge.facts
    still = f" They have waited since {since:%H:%M} UTC on {since:%a %-d %b}." if since else ""
    return Words(
        heading="Notices are held: too many at once",
        text=f"{surge.school}: {sentence(facts)}{still} None of these notices has left.",
        todo=f"Look at the registers with `attendance-relay hold show {surge.id}`. If they are right: `hold release "
        f"{surge.id}`. If not: correct them at the source, and `hold cancel {surge.id}`. Ring whoever must know today.",
    )


def sentence(facts: Mapping[str, Any]) -> str:
    """Say in one or two sentences how much it is and compared with what."""
    pressing = facts["pressing"]
    floor = f" {count_of(pressing, 'pupil')} of them under the safeguarding floor or a referral." if pressing else ""
    return (
        f"{count_of(facts['notices'], 'new notice')} about {count_of(facts['pupils'], 'pupil')} of "
        f"{facts['roll']}; on an ordinary day it is about {facts['ordinary_pupils']:g}.{floor}"
    )
