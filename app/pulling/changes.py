"""Too many changes of recorded marks at once: they wait, with what they would change, until somebody has looked.

A register that a platform works out anew, a code mapped wrongly or a school number given to another school would
rewrite weeks. What is recorded for the first time never waits: today's absences flow.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from app.reading import Site
from app.wiring import Relay
from mapping.codes import QUARANTINED
from mapping.school_days import school_date
from store.held_changes import ENDED, HeldChanges
from store.laying import Difference, Laid, Place

#: Fewer pupils than this that a platform no longer shows are leavers.
FEWEST_GONE = 5


@dataclass(kw_only=True)
class Withholding:
    """What one pull of one school may not change yet; called inside its transaction. ``held`` is what then waits."""

    relay: Relay
    site: Site
    at: datetime
    held: HeldChanges | None = None

    def __call__(self, laid: Laid) -> Collection[Place]:
        """Return the places that this pull must leave as they are, and keep in the database why."""
        waiting = self.relay.store.changes.open(self.site.id)
        refused = self.relay.store.changes.refused(self.site.id)
        brought = [each for each in laid.differences() if not self._is_expected(each)]
        asked = set(waiting.changes if waiting else ()) | refused
        mass = self._mass(laid, [each for each in brought if each not in asked])
        self.held = self._follow(waiting, laid, mass) if waiting or mass else None
        keep = refused.union(self.held.changes if self.held else ())
        return frozenset((each.pupil_id, each.session) for each in brought if each in keep)

    def _is_expected(self, change: Difference) -> bool:
        """Whether a change settles what was open: an N that gets its reason, a mark that was in doubt."""
        return change.old == QUARANTINED or (change.new is not None and change.old == self._not_yet_explained)

    @cached_property
    def _not_yet_explained(self) -> int:
        code = self.relay.operator.library.national.get("N")
        return code.byte if code else 0

    def _mass(self, laid: Laid, fresh: Sequence[Difference]) -> list[Difference]:
        """Return the changes that are too many, those of marks and those of marks not shown any more by themselves."""
        amended = [each for each in fresh if each.new is not None]
        gone = [each for each in fresh if each.new is None]
        limits = self.relay.operator.limits
        fewest = min(limits.mass_change_marks, FEWEST_GONE)
        if max(len(amended), len(gone)) < fewest:
            return []
        gone = self._newly(gone)
        recorded = laid.recorded()
        marks = sum(recorded.values())

        def is_much(changes: Sequence[Difference]) -> bool:
            return len(changes) >= limits.mass_change_marks and len(changes) > limits.mass_change_share * marks

        mass = amended if is_much(amended) else []
        if is_much(gone) or _has_roll_vanished(laid, gone, recorded, limits.mass_change_share):
            mass = mass + gone
        return mass

    def _newly(self, gone: list[Difference]) -> list[Difference]:
        """Leave out what is known to be missing."""
        known = {(each.pupil_id, each.session) for each in self.relay.store.quarantine.retractions(self.site.id)}
        return [each for each in gone if (each.pupil_id, each.session) not in known]

    def _follow(self, waiting: HeldChanges | None, laid: Laid, mass: Iterable[Difference]) -> HeldChanges | None:
        """Return what waits after this pull: as before, anew with another diff, or nothing any more."""
        before = waiting.changes if waiting else ()
        still = [each for each in before if not _is_contradicted(laid, each)]
        changes = {(each.pupil_id, each.session): each for each in (*still, *mass)}
        if waiting and tuple(changes.values()) == before:
            return waiting
        held = self._hold(laid, tuple(changes.values())) if changes else None
        if waiting:
            note = f"the source now shows another diff: held as {held.id}" if held else "the source took them back"
            self.relay.store.changes.settle(waiting.id, ENDED, at=self.at, by="relay", note=note)
        if held:
            self.relay.store.changes.hold(held)
        return held

    def _hold(self, laid: Laid, changes: tuple[Difference, ...]) -> HeldChanges:
        return HeldChanges(
            id=self.relay.store.changes.free_id(f"{self.site.id}@{school_date(self.at)}"),
            school=self.site.id,
            held_at=self.at,
            source=self.site.school.platform,
            recorded=sum(laid.recorded().values()),
            changes=changes,
        )


def _is_contradicted(laid: Laid, change: Difference) -> bool:
    """Whether a pull that speaks of a held change's session shows something else there."""
    speaks, byte = laid.says((change.pupil_id, change.session))
    return speaks and byte != change.new


def _has_roll_vanished(laid: Laid, gone: Iterable[Difference], recorded: Collection[str], share: float) -> bool:
    """Whether an answer in full holds no mark at all of many pupils who have some."""
    shown = {pupil_id for column in laid.columns.values() for pupil_id in column}
    vanished = {each.pupil_id for each in gone} - shown
    return len(vanished) >= FEWEST_GONE and len(vanished) > share * len(recorded)
