"""Where a change of a mark can stand, and what moves it on. Pure, and total: what is not here changes nothing."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a change stands; the last three but ``REFUSED`` are for good."""

    #: Found by a rule: a person says yes, with a code, or no.
    PROPOSED = "proposed"
    #: A person has said yes.
    APPROVED = "approved"
    #: About to be sent, or sent without a word from the platform: sent again, as it is, while the old mark stands.
    SENDING = "sending"
    #: The platform has it and has not carried it out.
    TAKEN = "taken"
    #: The platform says that it is done; believed when a pull shows it.
    WRITTEN = "written"
    #: A person has said no, or the platform has: nothing more is done unless a person says yes (again).
    REFUSED = "refused"
    #: A pull shows the approved code.
    CONFIRMED = "confirmed"
    #: Something else stands at the platform now, or the decision behind it was withdrawn.
    OVERTAKEN = "overtaken"


class Event(StrEnum):
    """What happens to a change: said by people, shown by a pull, answered by the platform."""

    APPROVED = "approved by a person"
    REFUSED = "refused by a person"
    WITHDRAWN = "the decision behind it was withdrawn"
    SHOWS_OLD = "a pull shows the old mark"
    SHOWS_NEW = "a pull shows the approved code"
    SHOWS_OTHER = "a pull shows another code"
    SHOWS_NOTHING = "a pull shows no mark that could be read"
    IN_DOUBT = "a pull leaves in doubt whose mark it is"
    SENT = "about to be sent"
    TAKEN = "taken by the platform"
    DONE = "done, says the platform"
    NOT_TAKEN = "refused by the platform"


OVER = frozenset({State.CONFIRMED, State.OVERTAKEN})
#: The platform may have it.
AWAY = frozenset({State.SENDING, State.TAKEN, State.WRITTEN})

_ENDED_ELSEWHERE = dict.fromkeys((Event.WITHDRAWN, Event.SHOWS_NEW, Event.SHOWS_OTHER), State.OVERTAKEN)
_SHOWN = {Event.SHOWS_NEW: State.CONFIRMED, Event.SHOWS_OTHER: State.OVERTAKEN}
_ANSWERED = {Event.TAKEN: State.TAKEN, Event.DONE: State.WRITTEN, Event.NOT_TAKEN: State.REFUSED}
_NEXT: Mapping[State, Mapping[Event, State]] = {
    State.PROPOSED: {Event.APPROVED: State.APPROVED, Event.REFUSED: State.REFUSED} | _ENDED_ELSEWHERE,
    State.APPROVED: {
        Event.REFUSED: State.REFUSED,
        Event.WITHDRAWN: State.OVERTAKEN,
        Event.IN_DOUBT: State.REFUSED,
        Event.SENT: State.SENDING,
    }
    | _SHOWN,
    State.SENDING: {Event.IN_DOUBT: State.REFUSED, Event.SENT: State.SENDING} | _SHOWN | _ANSWERED,
    State.TAKEN: {Event.DONE: State.WRITTEN, Event.NOT_TAKEN: State.REFUSED} | _SHOWN,
    State.WRITTEN: _SHOWN,
    # A person may put aside what the platform refused: from then on it is that person's word.
    State.REFUSED: {Event.APPROVED: State.APPROVED, Event.REFUSED: State.REFUSED} | _ENDED_ELSEWHERE,
    State.CONFIRMED: {},
    State.OVERTAKEN: {},
}


def after(state: State, event: Event, *, is_late: bool = False) -> State | None:
    """Return the state after an event; none where it changes nothing.

    What the platform has taken may still be carried out over another code that somebody entered meanwhile: it is
    followed to its end, and only given up for that other code when it ``is_late``.
    """
    if (state, event) == (State.TAKEN, Event.SHOWS_OTHER) and not is_late:
        return None
    return _NEXT[state].get(event)
