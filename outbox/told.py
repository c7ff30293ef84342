"""What a recipient was told of a case, kept small, and what is new to them when the next notice is written.

A notice's payload is scrubbed when the agreement says so; these facts stay, so that an update can say what has changed
since. They hold no code and no name: of each session no more than what the notice showed of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Self

from mapping.model import Session
from outbox.seen import Seen

#: How the sessions that a notice shows are kept; one that is not named was attended, or was none.
_LETTERS = {Seen.UNEXPLAINED: "U", Seen.EXPLAINED: "E", Seen.NOT_RECORDED: "-"}
_MISSED = frozenset("UE")


class Change(StrEnum):
    """What is another since the recipient's last notice, in the order in which it is told."""

    RUNG_REACHED = "rung_reached"
    MORE_SESSIONS_MISSED = "more_sessions_missed"
    ATTENDED_SINCE = "attended_since"
    REASON_KNOWN = "reason_known"
    REGISTER_COMPLETED = "register_completed"
    REGISTER_CORRECTED = "register_corrected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one notice told. ``rules`` are those told of in the case so far; dates are ISO, both ends included.

    ``sessions`` maps ``2026-11-02 AM`` to ``U`` (absent, unexplained), ``E`` (absent, reason known) or ``-`` (not
    recorded). ``last_attended`` is written like its keys, and empty where the pupil never came.
    """

    rules: tuple[str, ...]
    since: str
    through: str
    last_attended: str
    sessions: Mapping[str, str]

    @classmethod
    def of(
        cls, rule: str, calendar: Iterable[tuple[Session, Seen]], *, through: date, last_attended: Session | None
    ) -> Self:
        """Return what a notice with this calendar tells."""
        shown = sorted(calendar)
        return cls(
            rules=(rule,),
            since=f"{shown[0][0].day if shown else through}",
            through=f"{through}",
            last_attended=_written(last_attended) if last_attended else "",
            sessions={_written(session): _LETTERS[meaning] for session, meaning in shown if meaning in _LETTERS},
        )

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Self:
        """Return what was kept."""
        return cls(**{**facts, "rules": tuple(facts["rules"])})

    def facts(self) -> dict[str, Any]:
        """Return it as JSON values, to keep."""
        return asdict(self)

    def after(self, before: Self) -> Self:
        """Return it as told to somebody who was told something before."""
        return replace(self, rules=tuple(dict.fromkeys((*before.rules, *self.rules))))


def changes(before: Told, now: Told) -> tuple[Change, ...]:
    """Return what is new to somebody who was told ``before``; empty when nothing is."""
    found = {*_since(before, now), *_of_what_was_shown(before, now)}
    return tuple(change for change in Change if change in found)


def _since(before: Told, now: Told) -> Iterator[Change]:
    if not set(now.rules) <= set(before.rules):
        yield Change.RUNG_REACHED
    if any(letter in _MISSED and session[:10] > before.through for session, letter in now.sessions.items()):
        yield Change.MORE_SESSIONS_MISSED
    if now.last_attended[:10] > before.through:
        yield Change.ATTENDED_SINCE


def _of_what_was_shown(before: Told, now: Told) -> Iterator[Change]:
    """Yield what became of the sessions that both notices show."""
    for session in before.sessions.keys() | now.sessions.keys():
        if max(before.since, now.since) <= session[:10] <= before.through:
            was, is_now = before.sessions.get(session, ""), now.sessions.get(session, "")
            if was != is_now:
                yield _change(was, is_now)


def _change(was: str, is_now: str) -> Change:
    if was == "-":
        return Change.REGISTER_COMPLETED
    return Change.REASON_KNOWN if (was, is_now) == ("U", "E") else Change.REGISTER_CORRECTED


def _written(session: Session) -> str:
    return f"{session.day} {session.half}"
