"""What a platform names otherwise than before: a new code, a column that is gone, a new word for a session."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.reading import Site
from app.wiring import Relay
from config.operators import codes_stem
from mapping.model import Pulled
from rules.wording import count_of
from store.names import Name

CODE, COLUMN, SESSION = "code", "column", "session"
#: So long something new is news; what still holds marks back then stands in the quarantine.
_NEWS = timedelta(days=14)
#: More new names in one pull are a shifted column, and no more of them are kept or told.
_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One thing that changed at a school's source: which name, since when, and what it means."""

    school: str
    kind: str
    name: str
    since: datetime
    says: str


def notice(relay: Relay, site: Site, pulled: Pulled) -> tuple[str, ...]:
    """Keep the names a pull brought, in the caller's transaction, and say what is new since the one before.

    The first names of a kind are what later ones are compared with, and are said by nobody.
    """
    known: dict[str, dict[str, Name]] = {CODE: {}, COLUMN: {}, SESSION: {}}
    for each in relay.store.names.of_school(site.id, site.school.platform):
        known[each.kind][each.name] = each
    now = relay.now()
    changes = [_keep(relay, site, kind, names, known[kind], now) for kind, names in _names(pulled, known[CODE]).items()]
    return tuple(each.says for each in drift(relay, site) if each.since == now) if any(changes) else ()


def _names(pulled: Pulled, codes: Mapping[str, Name]) -> dict[str, dict[str, int]]:
    """Return what a pull names, by kind, with how many rows carry what is new."""
    names = dict.fromkeys({mark.code for mark in pulled.marks}, 0)
    if new := names.keys() - codes.keys():
        names |= Counter(mark.code for mark in pulled.marks if mark.code in new)
    return {CODE: names, COLUMN: dict.fromkeys(filter(None, pulled.columns), 0), SESSION: dict(pulled.sessions)}


def _keep(
    relay: Relay, site: Site, kind: str, names: Mapping[str, int], known: Mapping[str, Name], now: datetime
) -> bool:
    """Keep what is new and what is gone; false where nothing is."""
    if not names:
        return False
    had = {name for name, of in known.items() if of.gone_at is None}
    new = sorted(names.keys() - had)[: _MOST if known else None]
    # A code or a session word that nobody needed today is not gone; a column is there in every file.
    gone = sorted(had - names.keys()) if kind == COLUMN else []
    where = (site.id, site.school.platform, kind)
    relay.store.names.see(where, {name: names[name] for name in new}, now, is_first=not known)
    relay.store.names.miss(where, gone, now)
    return bool(new or gone)


def drift(relay: Relay, site: Site) -> list[Drift]:
    """Return what changed at a school's source lately and still means something: codes until they are mapped."""
    news = relay.store.names.news(site.id, site.school.platform, relay.now() - _NEWS)
    return [
        Drift(school=site.id, kind=each.kind, name=each.name, since=each.gone_at or each.seen_at, says=says)
        for each in news
        for says in _says(relay, site, each)
    ]


def _says(relay: Relay, site: Site, each: Name) -> Iterator[str]:
    """Yield what a name means for the marks; nothing where it is known by now."""
    if each.kind == CODE and not site.operator.codes_of(site.school).table.get(each.name):
        marks, pupils = relay.store.quarantine.of_code(site.id, each.name)
        file = f"codes/{codes_stem(site.school, site.operator.code_defaults)}.csv"
        held = f"{count_of(marks, 'mark')} of {count_of(pupils, 'pupil')}"
        yield f"new code {each.name!r}, held until {file} has it: {held}"
    elif each.kind == COLUMN:
        yield f"column {each.name!r} is {'gone' if each.gone_at else 'new'}: compare the profile"
    elif each.kind == SESSION:
        carry = f"{count_of(each.rows, 'row')} carry it"
        yield f"new session word {each.name!r}: {carry}, left out unless the profile's [sessions] name it"
