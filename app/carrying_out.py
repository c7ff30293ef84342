"""What follows from a decision: it is kept, its case moves, tasks open, messages are enqueued; or it is all undone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.dates import due_on
from app.ledger import kept, read_back
from app.noticing import Concern, Writer
from app.reading import Site
from app.routing import Route, Unrouted, routes
from app.wiring import Relay
from config.contacts import Contact
from config.placements import Placement
from mapping.school_days import school_date
from outbox.messages import Draft, message_id
from rules.model import Action, ActionKind, Decision, PupilMarks
from store.cases import Decision as Kept
from store.cases import Episode
from store.message_rows import Message
from store.tasks import Task

#: The destination of a message that nobody may receive yet.
UNROUTED = "(unrouted)"
_MANY = 10_000
_SENT = frozenset({ActionKind.NOTICE, ActionKind.REFERRAL})
_NOTICES = frozenset({"notice.notification", "notice.referral", "notice.update"})


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """Carries out the decisions of one school, inside the caller's transaction."""

    relay: Relay
    site: Site

    def carry_out(self, decision: Decision, pupil: PupilMarks | None) -> bool:
        """Keep a decision with all that follows from it; false when this firing is already kept."""
        row = kept(
            decision,
            school=self.site.id,
            key=self.relay.key,
            # A withdrawn decision that holds again is a new generation.
            generation=1 + self.relay.store.cases.times_kept(self.site.id, decision.pupil_id or "", decision),
            decided_at=self.relay.now(),
        )
        if not self.relay.store.cases.record(row):
            return False
        case_id = self._move_case(decision)
        for number, action in enumerate(self._approved(decision)):
            if action.kind in _SENT:
                self._send(row, decision, action, pupil, case_id)
            else:
                self._open_tasks(row, decision, action, number)
        return True

    def withdraw(self, row: Kept, pupil: PupilMarks) -> None:
        """Take a decision back: its open tasks close, what was not sent is cancelled, who was told is told."""
        now, why = self.relay.now(), "what it rested on was corrected: it no longer holds"
        self.relay.store.cases.withdraw(row.id, now, why)
        self.relay.store.tasks.withdraw(row.id, now, why)
        self._step_back(read_back(row))
        for message in self.relay.store.messages.caused_by(row.id):
            if message.kind in _NOTICES:
                may_have_arrived = self._may_have_arrived(message)
                self.relay.store.messages.cancel(message.id, now, why)
                if may_have_arrived:
                    self._tell(row, message, pupil)

    def _may_have_arrived(self, message: Message) -> bool:
        """Whether somebody was told, or may have been: a withdrawal of what never came does no harm."""
        is_out = message.state in {"delivered", "sending"}
        return is_out or any(each.blame == "unknown" for each in self.relay.store.messages.attempts(message.id))

    def route_again(self, pupils: Callable[[], Mapping[str, PupilMarks]]) -> None:
        """Try once more to route what nobody could receive: a contact may have been added since."""
        for message in self.relay.store.messages.dead(UNROUTED, limit=_MANY):
            row = self.relay.store.cases.get(message.cause or "")
            if row is None or row.school != self.site.id or row.state != "standing":
                continue
            decision, (_, kind, role, _) = read_back(row), message.idempotency_key.split("/")
            action = next(each for each in decision.actions if each.kind == kind and role in each.to)
            self._send(row, decision, action, pupils().get(row.pupil_id), self._case_id(decision), only=role)

    def _approved(self, decision: Decision) -> Iterator[Action]:
        """Yield what is to be done: a referral that a person must approve first becomes a notice and a task, today.

        An authority without a profile has approved nothing in advance.
        """
        for action in decision.actions:
            yield action
            if action.kind is ActionKind.REFERRAL and not self._may_refer(decision, action):
                yield Action(
                    kind=ActionKind.TASK,
                    to=("head_of_provision",),
                    says="Approve the referral to the local authority and send it under its own procedure.",
                    due_school_days=0,
                )

    def _may_refer(self, decision: Decision, action: Action) -> bool:
        placement = self._placement(decision)
        authority = self.relay.operator.library.authorities.get(placement.la_code) if placement else None
        is_standing = authority is not None and authority.referral_approval == "standing"
        return action.approval != "as_authority" or is_standing

    @cached_property
    def _writer(self) -> Writer:
        return Writer(relay=self.relay)

    def _send(
        self,
        row: Kept,
        decision: Decision,
        action: Action,
        pupil: PupilMarks | None,
        case_id: str,
        *,
        only: str | None = None,
    ) -> None:
        placement = self._placement(decision)
        numbers: Counter[str] = Counter()
        for route in routes(self.relay.operator, action.to, placement, decision.fired_on):
            key = f"{row.id}/{action.kind}/{route.role}/{numbers[route.role]}"
            numbers[route.role] += 1
            if only not in {None, route.role}:
                continue
            if isinstance(route, Unrouted):
                self.relay.store.messages.enqueue(self._unrouted(row, key), unroutable=route.reason)
            elif pupil is None or placement is None:
                self.relay.store.messages.enqueue(
                    self._writer.alert(row.id, self.site.school.name, decision, action, route, key)
                )
            else:
                concern = self._concern(row, decision, pupil, placement, case_id)
                may_refer = self._may_refer(decision, action)
                self.relay.store.messages.enqueue(self._writer.draft(concern, action, route, key, may_refer=may_refer))

    def _concern(self, row: Kept, decision: Decision, pupil: PupilMarks, placement: Placement, case_id: str) -> Concern:
        return Concern(
            site=self.site, decision_id=row.id, case_id=case_id, decision=decision, pupil=pupil, placement=placement
        )

    def _tell(self, row: Kept, message: Message, pupil: PupilMarks) -> None:
        """Enqueue the withdrawal of one message to whoever received it."""
        decision, (_, kind, role, _) = read_back(row), message.idempotency_key.split("/")
        action = next(each for each in decision.actions if each.kind == kind and role in each.to)
        placement, route = self._placement(decision), self._told(message, role)
        assert placement is not None  # the pupil is on the roll
        if route is None:
            reason = f"destination {message.destination} is no longer in relay.toml: tell it by other means"
            self.relay.store.messages.enqueue(self._unrouted(row, f"{message.id}/withdrawn"), unroutable=reason)
            return
        concern = self._concern(row, decision, pupil, placement, self._case_id(decision))
        self.relay.store.messages.enqueue(self._writer.withdrawal(concern, action, route, earlier=message.id))

    def _told(self, message: Message, role: str) -> Route | None:
        """Return who got a message, still in contacts.csv or not: whoever was told wrong is put right (UK GDPR 19)."""
        operator, address = self.relay.operator, message.address or None
        destination = next((each for each in operator.destinations if each.id == message.destination), None)
        if destination is None:
            return None
        at = (role, destination.id, address)
        known = (each for each in operator.contacts if (each.role, each.destination, each.address) == at)
        gone = Contact.model_construct(
            role=role, organisation=destination.organisation, destination=destination.id, address=address
        )
        return Route(role=role, contact=next(known, gone), destination=destination)

    def _unrouted(self, row: Kept, key: str) -> Draft:
        return Draft(
            id=message_id(self.relay.key, key),
            idempotency_key=key,
            destination=UNROUTED,
            ordering_key=key,
            kind="notice.unrouted",
            content_type="",
            payload=b"",
            subject_ref=row.id,
            created_at=self.relay.now(),
            cause=row.id,
        )

    def _open_tasks(self, row: Kept, decision: Decision, action: Action, number: int) -> None:
        says = (
            action.says if action.kind is ActionKind.TASK else f"Prepare the document {action.template}: {action.says}"
        )
        for role in action.to:
            self.relay.store.tasks.add(
                Task(
                    id=message_id(self.relay.key, f"{row.id}/task/{number}/{role}"),
                    decision_id=row.id,
                    school=self.site.id,
                    pupil_id=decision.pupil_id,
                    role=role,
                    says=says,
                    due_on=due_on(self.site.calendar, self._asked_on(decision), action.due_school_days),
                    opened_at=self.relay.now(),
                )
            )

    def _asked_on(self, decision: Decision) -> date:
        """Return the day from which due dates count: after downtime nobody can be asked by a day that is over."""
        return max(decision.fired_on, school_date(self.relay.now()))

    @cached_property
    def _placements(self) -> dict[str, list[Placement]]:
        """Return the school's placements by pupil."""
        by_pupil: dict[str, list[Placement]] = defaultdict(list)
        for placement in self.relay.operator.placements_of(self.site.id):
            by_pupil[placement.pupil_id].append(placement)
        return by_pupil

    def _placement(self, decision: Decision) -> Placement | None:
        """Return where the pupil was placed on the day of the decision; none for what concerns a register."""
        placements = self._placements.get(decision.pupil_id or "", ())
        return next((each for each in placements if each.holds_on(decision.fired_on)), next(iter(placements), None))

    def _move_case(self, decision: Decision) -> str:
        """Open the pupil's case on this ladder, or move it to the rung; return its id."""
        if decision.pupil_id is not None:
            episode = self._episode(decision)
            cases = self.relay.store.cases
            if not cases.open(episode):
                cases.move(episode)
        return self._case_id(decision)

    def _step_back(self, withdrawn: Decision) -> None:
        """Move the pupil's case to the latest decision that still stands in it, or close it when there is none."""
        cases, ladder = self.relay.store.cases, withdrawn.ladder or withdrawn.rule
        episode = next(
            (
                each
                for each in cases.episodes(self.site.id)
                if (each.pupil_id, each.policy, each.ladder) == (withdrawn.pupil_id, withdrawn.policy, ladder)
            ),
            None,
        )
        if episode is None:
            return
        standing = [
            each
            for row in cases.of_pupil(episode.pupil_id)
            if (row.school, row.state) == (self.site.id, "standing") and row.fired_on >= episode.opened_on
            for each in [read_back(row)]
            if (each.policy, each.ladder or each.rule) == (episode.policy, ladder)
        ]
        if standing:
            cases.move(self._episode(standing[-1]))
        else:
            cases.clear(episode, school_date(self.relay.now()))

    def _episode(self, decision: Decision) -> Episode:
        return Episode(
            school=self.site.id,
            pupil_id=decision.pupil_id or "",
            policy=decision.policy,
            ladder=decision.ladder or decision.rule,
            rung=decision.rule,
            opened_on=decision.fired_on,
            moved_on=decision.fired_on,
        )

    def _case_id(self, decision: Decision) -> str:
        """Name the episode a decision belongs to: the latest one of its ladder that had begun by then."""
        ladder = decision.ladder or decision.rule
        begun = [
            episode.opened_on
            for episode in self.relay.store.cases.episodes_of(decision.pupil_id or "")
            if (episode.school, episode.policy, episode.ladder) == (self.site.id, decision.policy, ladder)
        ]
        opened_on = max((day for day in begun if day <= decision.fired_on), default=decision.fired_on)
        cause = f"case/{self.site.id}/{decision.pupil_id}/{decision.policy}/{ladder}/{opened_on}"
        return message_id(self.relay.key, cause)
