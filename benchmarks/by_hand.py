"""The eighteen conditions of ``policies/eighteen.toml`` as a programmer would write them for this one policy.

``standing`` answers from ready facts, ``fired_on`` from the marks of one school day: which rules fire at its end.
"""

from collections.abc import Callable, Sequence
from datetime import date

from benchmarks import cohort
from benchmarks.engines import FLAGGED, LEAST, WORKERS, Facts
from rules.model import PupilMarks

PRESENT, AUTHORISED, UNAUTHORISED = b"/\\LKVPWBJ", b"cMjSCTRIEHF", b"GNOU"
#: Neither counting nor breaking: no session, not possible, told not to attend, not recorded.
STEPPED, UNKNOWN = b".DXQZ#Y1234567pES", b"-?"
_ABSENT = bytes(set(AUTHORISED + UNAUTHORISED) - set(b"UESp"))
_POSSIBLE = PRESENT + AUTHORISED + UNAUTHORISED
_OTHERS = bytes(set(range(256)) - set(_POSSIBLE))
_NOT_PRESENT = bytes(set(range(256)) - set(PRESENT))


def standing(facts: Facts) -> list[str]:  # noqa: PLR0912 - written out, as one would for speed
    """Return the rules whose condition holds, of the levels the highest only."""
    found = []
    if facts.possible >= LEAST:
        attended, possible = facts.attended * 100, facts.possible
        if attended < 70 * possible:
            found.append("below-70")
        elif attended < 80 * possible:
            found.append("below-80")
        elif attended < 90 * possible:
            found.append("below-90")
        elif attended < 92 * possible:
            found.append("below-92")
        elif attended < 96 * possible:
            found.append("below-96")
    days, flags = facts.days_absent, facts.flags
    if days >= 1:
        found.append("one-day-absent")
    if days >= 2:
        found.append("two-days-absent")
    if days >= 3:
        found.append("three-days-absent")
    if days >= 5:
        found.append("five-days-absent")
    if facts.days_unexplained >= 3:
        found.append("three-days-unexplained")
    if facts.days_unexplained >= 5:
        found.append("five-days-unexplained")
    if facts.days_unexplained >= 10:
        found.append("ten-days-unexplained")
    if facts.sessions_authorised >= 6:
        found.append("six-sessions-authorised")
    if days >= 2:
        if "send" in flags:
            found.append("two-days-send")
        if "pupil_premium" in flags:
            found.append("two-days-pupil-premium")
        if "vulnerable" in flags:
            found.append("two-days-vulnerable")
    if facts.sessions_unexplained >= 1 and any(flag in flags for flag in WORKERS):
        found.append("tell-the-worker")
    if facts.n_standing:
        found.append("n-stands")
    return found


_DAYS = {1: "one-day-absent", 2: "two-days-absent", 3: "three-days-absent", 5: "five-days-absent"}
_UNEXPLAINED = {3: "three-days-unexplained", 5: "five-days-unexplained", 10: "ten-days-unexplained"}
_LEVELS = ((70, "below-70"), (80, "below-80"), (90, "below-90"), (92, "below-92"), (96, "below-96"))
_CLEAR = 97


def fired_on(day: date) -> Callable[[PupilMarks], Sequence[str]]:
    """Return what fires for a pupil at the end of a school day."""
    days = [each for each in cohort.CALENDAR.days if each <= day]
    begin, end = 2 * (days[0] - cohort.ORIGIN).days, 2 * (day - cohort.ORIGIN).days + 2
    chased = 2 * (days[-6] - cohort.ORIGIN).days
    ends = [2 * (each - cohort.ORIGIN).days + 2 for each in reversed(days[:-1])]

    def decide(pupil: PupilMarks) -> Sequence[str]:
        marks, found = pupil.marks, []
        am, pm = marks[end - 2], marks[end - 1]
        if am in _ABSENT or pm in _ABSENT:
            found += _runs(marks, end, pupil.flags)
        found += _level(marks, begin, end, ends)
        if b"N" in marks[chased : chased + 2]:
            found.append("n-stands")
        return found

    return decide


def _runs(marks: bytes, end: int, flags: frozenset[str]) -> list[str]:
    found = []
    days, is_day = _days(marks, end, _ABSENT)
    if is_day:
        if days in _DAYS:
            found.append(_DAYS[days])
        if days == 2:
            found += [rule for rule, flag, _ in FLAGGED if flag in flags]
        unexplained, is_unexplained = _days(marks, end, b"NO")
        if is_unexplained and unexplained in _UNEXPLAINED:
            found.append(_UNEXPLAINED[unexplained])
    if _reached(marks, end, bytes(set(AUTHORISED) - set(b"ESp")), 6):
        found.append("six-sessions-authorised")
    if any(flag in flags for flag in WORKERS) and _reached(marks, end, b"NO", 1):
        found.append("tell-the-worker")
    return found


def _days(marks: bytes, end: int, category: bytes) -> tuple[int, bool]:
    """Count the days running up to the end, and whether the last of them is one."""
    days, is_day, at = 0, False, end - 2
    while at >= 0:
        pair = marks[at : at + 2].translate(None, STEPPED)
        known = pair.translate(None, UNKNOWN)
        if known.translate(None, category):
            break
        if pair and len(known) == len(pair):
            days += 1
            is_day = is_day or at == end - 2
        at -= 2
    return days, is_day


def _reached(marks: bytes, end: int, category: bytes, number: int) -> bool:
    """Whether a session of the last day is exactly that many running."""
    for stop in (end - 1, end):
        if marks[stop - 1] in category:
            tail = marks[:stop].translate(None, STEPPED + UNKNOWN)
            if len(tail) - len(tail.rstrip(category)) == number:
                return True
    return False


def _level(marks: bytes, begin: int, end: int, ends: Sequence[int]) -> list[str]:
    attended, possible = _share(marks[begin:end])
    if possible < LEAST or 100 * attended >= 96 * possible:
        return []
    # The gravest line that was crossed today and not before since attendance was last back at 97.
    for below, rule in _LEVELS:
        if 100 * attended < below * possible and not _was_below(marks, begin, ends, below):
            return [rule]
    return []


def _was_below(marks: bytes, begin: int, ends: Sequence[int], below: int) -> bool:
    for stop in ends:
        attended, possible = _share(marks[begin:stop])
        if possible < LEAST or 100 * attended >= _CLEAR * possible:
            if possible < LEAST:
                continue
            return False
        if 100 * attended < below * possible:
            return True
    return False


def _share(marks: bytes) -> tuple[int, int]:
    possible = marks.translate(None, _OTHERS)
    return len(possible.translate(None, _NOT_PRESENT)), len(possible)
