"""Writing approved changes into one school's platform: read, write what still holds, and follow it to its end."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import structlog

from app.mark_changes.moving import ask, happened
from app.mark_changes.permission import hindrance
from app.mark_changes.settling import settle
from app.mark_changes.shown import Answer, Shown
from app.mark_changes.states import AWAY, Event, State
from app.reading import Site
from app.wiring import Relay
from connectors.base import Change, MarkWriter, PullFailed, Window, Writing, Written
from store.mark_changes import PLATFORM, RELAY, MarkChange, Step

_SAID = {Writing.TAKEN: Event.TAKEN, Writing.DONE: Event.DONE, Writing.REFUSED: Event.NOT_TAKEN}
#: Of a platform's reason so much is kept.
_REASON = 200
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class WriteBack:
    """The changes of one school at its platform, after its pull.

    No transaction is open while the platform is asked. Killed at any moment, the next pull's turn reads again and
    sends the same change again, or finds it done.
    """

    relay: Relay
    site: Site

    def carry_out(self) -> None:
        """Follow what was taken, look at what was sent, write what was approved. What cannot be done now waits."""
        try:
            self._follow()
            self._write()
        except PullFailed as failure:
            log.error(  # noqa: TRY400 - the sentence is the message, the place is not
                "changes of marks wait", school=self.site.id, problem=_sentence(failure)
            )

    @property
    def _writer(self) -> MarkWriter:
        # The registry says of this platform that its connector is one.
        return cast("MarkWriter", self.relay.connector(self.site))

    def _open(self, *states: State) -> list[MarkChange]:
        return [each for each in self.relay.store.mark_changes.open(self.site.id) if each.state in states]

    def _follow(self) -> None:
        taken = [
            Written(reference=each.id, state=Writing.TAKEN, receipt=each.receipt)
            for each in self._open(State.TAKEN)
            if each.receipt
        ]
        if taken:
            self._keep(self._writer.follow(taken))

    def _write(self) -> None:
        """Write what a person approved, or what was being sent, where the platform still shows the old mark."""
        may_write = hindrance(self.relay, self.site) is None
        concerned = self._open(*AWAY, *([State.APPROVED] if may_write else []))
        found: dict[str, Shown] = {}
        for day in sorted({each.session.day for each in concerned}):
            found |= self._read(day, [each for each in concerned if each.session.day == day])
        if may_write and (changes := self._begin(found)):
            self._send(changes)

    def _read(self, day: date, concerned: Iterable[MarkChange]) -> dict[str, Shown]:
        """Settle what the platform shows this minute; return, by change, where the old mark still stands."""
        pulled = self.relay.connector(self.site).pull(Window(first=day, last=day), seen=lambda _: None)
        answer, found = Answer.of(self.site, pulled), {}
        with self.relay.store.transaction():
            for change in concerned:
                shown = answer.of_change(change)
                settle(self.relay, change, shown)
                if shown.event is Event.SHOWS_OLD and not answer.is_before(change.approved_at):
                    found[change.id] = shown
        return found

    def _begin(self, found: dict[str, Shown]) -> list[Change]:
        """Write down what is about to be sent, and return it; somebody may have said otherwise since it was read."""
        changes = []
        with self.relay.store.transaction():
            for change in self._open(State.APPROVED, State.SENDING):
                shown = found.get(change.id)
                if shown and happened(self.relay, change, Event.SENT, platform_id=shown.platform_id):
                    changes.append(_as_sent(change, shown.platform_id))
        return changes

    def _send(self, changes: list[Change]) -> None:
        """Write changes; without an answer they stay as they are, and what went wrong stands in their history."""
        try:
            answers = self._writer.write(changes)
        except PullFailed as failure:
            step = Step(at=self.relay.now(), state=State.SENDING, said_by=RELAY, code="", note=_sentence(failure))
            with self.relay.store.transaction():
                for change in changes:
                    self.relay.store.mark_changes.note(change.reference, replace(step, code=change.code))
            raise
        self._keep(answers)

    def _keep(self, answers: Iterable[Written]) -> None:
        with self.relay.store.transaction():
            for answer in answers:
                change = self.relay.store.mark_changes.get(answer.reference)
                if change is not None:
                    self._keep_one(change, answer)

    def _keep_one(self, change: MarkChange, answer: Written) -> None:
        reason = " ".join((answer.reason or "").split())[:_REASON]
        event, note = _SAID[answer.state], reason or answer.state.value
        is_moved = happened(self.relay, change, event, said_by=PLATFORM, note=note, receipt=answer.receipt)
        log.info("change of a mark", change=change.id, school=change.school, answer=answer.state.value)
        if is_moved and event is Event.NOT_TAKEN:
            says = f"{self.site.school.platform} did not take {change.new} instead of {change.old} for {change.session}"
            ask(self.relay, change, f"{says}: {note}. Enter it there, or approve the change again.")


def _as_sent(change: MarkChange, platform_id: str) -> Change:
    return Change(reference=change.id, platform_id=platform_id, session=change.session, code=change.new)


def _sentence(failure: PullFailed) -> str:
    return f"{type(failure).__name__}: {failure}"
