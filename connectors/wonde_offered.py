"""What Wonde says of itself before anybody relies on it: whether each thing may be read, and what there is."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from connectors.base import Finding, PullFailed, Window
from connectors.offered import Offered, OfferedSchool, offered
from connectors.wonde_api import Endpoint, Wonde
from connectors.wonde_reading import Reading
from connectors.wonde_rows import CODES, LEAVERS, MARKS, SCHOOLS, STUDENTS
from connectors.wonde_school import Access, access

#: Nothing to say of a list that is empty: a new school has no leavers, and no mark before its first morning.
_MAY_BE_EMPTY = {LEAVERS.path, MARKS.path}


def findings(wonde: Wonde) -> tuple[Finding, ...]:
    """Try token, approval and region, then each list once; what cannot work without the one before is not tried."""
    found = [_token(wonde)]
    if found[-1].ok:
        found.append(_access(wonde))
    if found[-1].ok:
        found += [_list(wonde, endpoint) for endpoint in (MARKS, CODES, STUDENTS, LEAVERS)]
        found += _includes(wonde)
    return tuple(found)


def offered_by(wonde: Wonde, reading: Reading, window: Window) -> Offered:
    """Return the schools of the token, and codes, roll and sessions of the one that was read."""
    schools = [OfferedSchool(ref=row.id, name=row.name or "") for page in wonde.pages(SCHOOLS) for row in page]
    shown = offered(
        reading.pulled(window), reading.codes.offered(), schools=tuple(schools), pupils=reading.roll.on_roll
    )
    return replace(shown, remarks=(*shown.remarks, *_about(reading.access)))


def _about(opened: Access) -> Iterator[str]:
    if opened.school.mis:
        yield f"the school's MIS is {opened.school.mis}"
    if opened.standing.custom_attendance_codes:
        yield "the school has attendance codes of its own: ask it what each means before its letter is trusted"
    if not opened.allows_writing:
        yield "no marks can be written into this MIS through Wonde"


def _token(wonde: Wonde) -> Finding:
    return _tried("token", lambda: wonde.probe(SCHOOLS), "the token is accepted")


def _access(wonde: Wonde) -> Finding:
    return _tried("school", lambda: access(wonde), "the school is open to this application, at this address")


def _list(wonde: Wonde, endpoint: Endpoint[Any]) -> Finding:
    try:
        rows = wonde.probe(endpoint)
    except PullFailed as problem:
        return Finding(subject=endpoint.path, ok=False, message=str(problem))
    if rows or endpoint.path in _MAY_BE_EMPTY:
        return Finding(subject=endpoint.path, ok=True, message=f"{endpoint.purpose} can be read")
    return Finding(subject=endpoint.path, ok=False, message=f"{endpoint.purpose}: none came; ask the school for them")


def _includes(wonde: Wonde) -> Iterator[Finding]:
    for path, names in wonde.lost.items():
        message = f"{' '.join(names)} cannot be read, and UPNs come with it: ask the school to grant it"
        yield Finding(subject=f"{path} include", ok=False, message=message)


def _tried(subject: str, ask: Callable[[], object], fine: str) -> Finding:
    try:
        ask()
    except PullFailed as problem:
        return Finding(subject=subject, ok=False, message=str(problem))
    return Finding(subject=subject, ok=True, message=fine)
