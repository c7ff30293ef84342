"""Where a notice stands among those of its case to the same recipient: the first, an update of one, or nothing new.

A later rung of a case updates what the recipient was told, and takes its place; what had not left yet is not sent. A
notification is not repeated by the calendar: an update says what has changed, and one that can only say that the
absence goes on waits until it is no longer mechanical.
"""

from dataclasses import dataclass
from datetime import date

from app.dates import due_on
from app.notices.concern import Concern
from app.wiring import Relay
from mapping.school_days import Calendar, school_date
from outbox.told import Change, Told, changes
from rules.model import Action
from store.notices import Sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The place of one notice in its case. All ids are of messages.

    ``follows`` is the one before it, which a mail program shows it under; ``names`` the one that it takes the place of
    in the recipient's hands; ``replaces`` the one that does not leave any more if it has not left. ``changes`` make it
    an update. ``told`` is what the recipient knows once it has arrived. ``why_not`` says why nothing need be sent.
    """

    told: Told
    follows: str | None = None
    names: str | None = None
    replaces: str | None = None
    changes: tuple[Change, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, kw_only=True)
class Threads:
    """What recipients were told before."""

    relay: Relay

    def of(self, concern: Concern, action: Action, ordering_key: str, role: str) -> Thread:
        """Return where a notice of a decision stands; ``ordering_key`` names its case and recipient.

        What the same decision told in another action is nothing that came before.
        """
        told = of_concern(concern)
        earlier = [
            sent
            for sent in self.relay.store.notices.told(ordering_key, role)
            if sent.decision_id != concern.decision_id
        ]
        unsent = next((sent for sent in earlier if _has_not_left(sent)), None)
        before = next((sent for sent in earlier if not _has_not_left(sent)), None)
        if before is None:
            return Thread(told=told, replaces=unsent.message_id if unsent else None)
        known = Told.read(before.facts)
        # A firing that was moved is told even where none of the sessions shown is another.
        is_moved = before.decision_id == concern.instead_of
        new = changes(known, told) or ((Change.REGISTER_CORRECTED,) if is_moved else ())
        names = None if before.kind == "notice.referral" else before.message_id
        return Thread(
            told=told.after(known),
            follows=before.message_id,
            names=names,
            replaces=unsent.message_id if unsent else names,
            changes=new,
            why_not="" if is_moved else self._why_not(concern, action, before, new),
        )

    def _why_not(self, concern: Concern, action: Action, before: Sent, new: tuple[Change, ...]) -> str:
        if not new:
            return f"nothing has changed since notice {before.notice_ref}"
        is_mechanical = new == (Change.MORE_SESSIONS_MISSED,) and not concern.decision.is_floor
        told_on = school_date(before.created_at)
        if is_mechanical and action.due_school_days and self._is_soon(concern.site.calendar, told_on, concern.asof.day):
            return f"only that the absence goes on is new since notice {before.notice_ref}: it is too soon to say so"
        return ""

    def _is_soon(self, calendar: Calendar, told_on: date, day: date) -> bool:
        return self._interval > 0 and day < due_on(calendar, told_on, self._interval)

    @property
    def _interval(self) -> int:
        return self.relay.operator.limits.update_after_school_days


def of_concern(concern: Concern) -> Told:
    """Return what a notice about a concern tells."""
    return Told.of(
        concern.decision.rule,
        concern.calendar,
        through=concern.asof.day,
        last_attended=concern.absence.last_attended,
    )


def _has_not_left(sent: Sent) -> bool:
    """Whether a notice is surely unsent and may give way. A referral never does: it hands the case over."""
    return sent.state == "pending" and not sent.is_unsure and sent.kind != "notice.referral"
