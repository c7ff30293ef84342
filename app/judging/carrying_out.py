"""What follows from a decision: it is kept, its case moves, tasks open, messages are enqueued; or it is all undone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache, partial

from app.dates import due_on
from app.documents.making import Documents
from app.judging.keys import NoticeKey
from app.judging.pupils import laid_of
from app.ledger import kept, read_back
from app.notices.referring import in_time, profile, team_key
from app.notices.telling import Teller
from app.notices.writing import Concern, Leave, Writer
from app.people.approving import Approvals, is_approved, role_of
from app.reading import Site
from app.routing import Route, Unrouted, routes
from app.wiring import Relay
from config.contacts import Contact
from config.placements import Placement
from mapping.school_days import school_date
from outbox.messages import Draft, message_id
from rules.model import Action, ActionKind, Decision, PupilMarks
from store.approvals import Approval
from store.cases import Decision as Kept
from store.cases import Episode
from store.message_rows import Message
from store.safety import Addressee
from store.tasks import Task

#: A destination and the address within it, empty where it needs none.
Place = tuple[str, str]
#: The destination of a message that nobody may receive yet.
UNROUTED = "(unrouted)"
_SENT = frozenset({ActionKind.NOTICE, ActionKind.REFERRAL})
_NOTICES = frozenset({"notice.notification", "notice.referral", "notice.update"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """A notice about a pupil that this run has enqueued."""

    message_id: str
    pupil_id: str
    rule: str
    is_pressing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What of a decision is sent once more: to one role, the recipients in ``but`` left out."""

    role: str
    moved: int = 0
    but: frozenset[Place] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """Carries out the decisions of one school, inside the caller's transaction.

    ``new_notices`` are those that it has enqueued so far.
    """

    relay: Relay
    site: Site
    new_notices: list[NewNotice] = field(default_factory=list)

    def carry_out(self, decision: Decision, pupil: PupilMarks | None, *, instead_of: Kept | None = None) -> bool:
        """Keep a decision with all that follows from it; false when this firing is already kept.

        ``instead_of`` is one that is about to be taken back, because a correction moved the firing to this day.
        """
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
        if instead_of:
            self._instead[row.id] = instead_of.id
        case_id = self._move_case(decision)
        for number, action in enumerate(decision.actions):
            may_leave = self._may_leave(decision, action)
            if not may_leave:
                self.approvals.ask(row, number, self._as_wanted(decision, action))
            # A referral that waits goes out as a notification: nobody is left without a word.
            if action.kind in _SENT and (may_leave or action.kind is ActionKind.REFERRAL):
                self._send(row, decision, action, pupil, case_id)
            elif action.kind is ActionKind.TASK:
                self._open_tasks(row, decision, action, number)
            if action.template:
                self._documents.make(row, number, action, self._about(row, decision, pupil, case_id))
        return True

    def goes_on(self, decision: Decision) -> bool:
        """Whether the case that a decision belongs to had begun by then and is open still."""
        episode = self.relay.store.cases.open_episode(self._episode(decision))
        return episode is not None and episode.opened_on <= decision.fired_on

    @cached_property
    def _documents(self) -> Documents:
        return Documents(relay=self.relay, site=self.site)

    def _about(self, row: Kept, decision: Decision, pupil: PupilMarks | None, case_id: str) -> Concern | Decision:
        """Return what a document is about: a pupil's concern, or what was decided about the school."""
        placement = self.placement(decision)
        return self._concern(row, decision, pupil, placement, case_id) if pupil and placement else decision

    def send_approved(self, approval: Approval, by_role: str) -> None:
        """Send what a person has approved, in the role in which they signed."""
        row = self.relay.store.cases.get(approval.decision_id)
        assert row is not None  # a decision is kept before its approvals
        decision = read_back(row)
        pupil = laid_of(self.relay, self.site, row.pupil_id) if row.pupil_id else None
        action = decision.actions[approval.action]
        self._send(row, decision, action, pupil, self._case_id(decision), signed_by=by_role)

    def ask_again(self, row: Kept, decision: Decision, number: int, day: date) -> None:
        """Open the task of an action again, for a later day on which its rule still holds."""
        self._open_tasks(row, decision, decision.actions[number], number, again=day)

    def let_lapse(self, row: Kept) -> None:
        """Close what is still open of a question of the morning: the day has answered it, and nobody was told wrong."""
        now, why = self.relay.now(), "the day has answered it: the pupil came, or the reason is known"
        self.relay.store.tasks.withdraw(row.id, now, why)
        self.relay.store.documents.withdraw(row.id, now, why)

    def withdraw(self, rows: Sequence[Kept], pupil: PupilMarks | None) -> None:
        """Take decisions back, in order: open tasks close, what was not sent is cancelled, who was told is told."""
        now, why = self.relay.now(), "what it rested on was corrected: it no longer holds"
        for row in rows:
            self.relay.store.cases.withdraw(row.id, now, why)
            self.relay.store.tasks.withdraw(row.id, now, why)
            self.relay.store.documents.withdraw(row.id, now, why)
            self.relay.store.approvals.withdraw(row.id, now)
        # Only now is it known which notices still stand.
        for row in rows:
            self._step_back(read_back(row))
            for message in self.relay.store.messages.caused_by(row.id):
                if message.kind in _NOTICES:
                    self._take_back(row, message, pupil, why)

    def _take_back(self, row: Kept, message: Message, pupil: PupilMarks | None, why: str) -> None:
        """Cancel a notice, or tell its recipient; not where a later one that stands took its place in their hands."""
        is_to_be_told = self.may_have_arrived(message) and not self._is_replaced(message.id)
        self.relay.store.messages.cancel(message.id, self.relay.now(), why)
        if not self._is_replaced(message.id):
            self.relay.store.notices.take_back(message.id)
        if is_to_be_told and pupil is not None:
            self._tell(row, message, pupil)

    def bring_back(self, rows: Sequence[Kept], pupil: PupilMarks | None) -> None:
        """Send again what gave way, unsent, to a notice of a decision that was taken back: nobody is left unaware."""
        for row in rows:
            for message in self.relay.store.messages.caused_by(row.id) if pupil else ():
                gone = self.relay.store.messages.get(message.supersedes) if message.supersedes else None
                standing = self.relay.store.cases.get(gone.cause or "") if gone else None
                if pupil and gone and standing and standing.state == "standing" and self._is_missed(gone):
                    key = replace(NoticeKey.read(gone.idempotency_key), instead_of=message.id)
                    self._send_after_all(standing, gone, key, pupil)

    def _send_after_all(self, row: Kept, gone: Message, key: NoticeKey, pupil: PupilMarks) -> None:
        decision = read_back(row)
        action = action_of(decision, key)
        placement, route = self.placement(decision), self._told(gone, key.role)
        if placement and route:
            concern = self._concern(row, decision, pupil, placement, self._case_id(decision))
            self._inform(concern, action, route, key, Leave(is_given=self._may_leave(decision, action)))

    def _is_missed(self, gone: Message) -> bool:
        """Whether a message gave way before it was sent, and nothing that stands has taken its place."""
        done, sent = self.relay.store.messages.interventions(gone.id), self.relay.store.notices.get(gone.id)
        if gone.state != "cancelled" or not done or done[-1].action != "superseded" or sent is None:
            return False
        later = self.relay.store.notices.told(sent.ordering_key, sent.role)
        return not any(each.created_at >= gone.created_at for each in later)

    def _is_replaced(self, message_id: str) -> bool:
        """Whether a later notice of the case, whose decision stands, took the place of one."""
        notices = self.relay.store.notices
        sent = notices.get(message_id)
        while sent and sent.replaced_by and (sent := notices.get(sent.replaced_by)):
            if sent.is_standing and sent.state not in {"dead", "cancelled"}:
                return True
        return False

    def may_have_arrived(self, message: Message) -> bool:
        """Whether somebody was told, or may have been: a withdrawal of what never came does no harm."""
        is_out = message.state in {"delivered", "sending"}
        return is_out or any(each.blame == "unknown" for each in self.relay.store.messages.attempts(message.id))

    def route_again(self, pupils: Callable[[], Mapping[str, PupilMarks]]) -> None:
        """Try once more what could not be sent: a contact may have been added since, or the program mended."""
        for message in self.relay.store.messages.unrouted(self.site.id, UNROUTED):
            row = self.relay.store.cases.get(message.cause or "")
            assert row is not None  # a message is enqueued with its decision
            decision, key = read_back(row), NoticeKey.read(message.idempotency_key)
            action = action_of(decision, key)
            signed = self.signed_by(row, decision, action) if key.is_approved else None
            pupil, again = pupils().get(row.pupil_id), Again(role=key.role, moved=key.moved)
            self._send(row, decision, action, pupil, self._case_id(decision), again=again, signed_by=signed)

    def send_again(self, row: Kept, key: NoticeKey, pupil: PupilMarks, again: Again) -> None:
        """Send what a notice said to whoever is to have it now; ``key`` is that of the notice."""
        decision = read_back(row)
        action = action_of(decision, key)
        signed = self.signed_by(row, decision, action) if key.is_approved else None
        if signed is None and not self._may_leave(decision, action):
            self.approvals.ask(row, decision.actions.index(action), self._as_wanted(decision, action))
        self._send(row, decision, action, pupil, self._case_id(decision), again=again, signed_by=signed)

    def signed_by(self, row: Kept, decision: Decision, action: Action) -> str:
        """Return the role in which somebody approved an action."""
        number = decision.actions.index(action)
        given = (each for each in self.relay.store.approvals.of_decision(row.id) if each.action == number)
        return role_of(next((each.approved_by or "" for each in given), ""))

    def _may_leave(self, decision: Decision, action: Action) -> bool:
        """Whether nobody has to approve what an action sends."""
        placement = self.placement(decision)
        return is_approved(self.relay, action, placement.la_code if placement else None)

    def _as_wanted(self, decision: Decision, action: Action) -> Action:
        """Return an action with the deadline of the pupil's own authority, where it is a matter of theirs."""
        return in_time(action, profile(self.relay.operator, self.placement(decision)))

    @cached_property
    def approvals(self) -> Approvals:
        """Return what waits for a person at this school."""
        return Approvals(relay=self.relay, site=self.site)

    @cached_property
    def _writer(self) -> Writer:
        return Writer(relay=self.relay)

    @cached_property
    def _teller(self) -> Teller:
        return Teller(relay=self.relay, writer=self._writer)

    def _send(
        self,
        row: Kept,
        decision: Decision,
        action: Action,
        pupil: PupilMarks | None,
        case_id: str,
        *,
        again: Again | None = None,
        signed_by: str | None = None,
    ) -> None:
        placement = self.placement(decision)
        authority = profile(self.relay.operator, placement)
        action = in_time(action, authority)
        numbers: Counter[str] = Counter()
        # An agreement must hold when it leaves, not only on the day that was judged.
        day = max(decision.fired_on, school_date(self.relay.now()))
        for route in routes(self.relay.operator, action.to, placement, day, team=team_key(action, authority)):
            number, numbers[route.role] = numbers[route.role], numbers[route.role] + 1
            if again and (route.role != again.role or _place(route) in again.but):
                continue
            key = NoticeKey(
                cause=row.id,
                kind=action.kind,
                role=route.role,
                number=number,
                is_approved=signed_by is not None,
                moved=again.moved if again else 0,
            )
            if isinstance(route, Unrouted):
                self.relay.store.messages.enqueue(self._unrouted(row, str(key)), unroutable=route.reason)
            elif pupil is None or placement is None:
                self._writer.enqueue(
                    self._writer.alert(row.id, self.site.school.name, decision, action, route, str(key))
                )
            else:
                concern = self._concern(row, decision, pupil, placement, case_id)
                leave = self._leave(decision, action, signed_by, key.before_approval)
                self._inform(concern, action, route, key, leave)

    def _inform(self, concern: Concern, action: Action, route: Route, key: NoticeKey, leave: Leave) -> None:
        """Put a notice about a pupil into the outbox, and keep for whom it was made."""
        decision, draft = concern.decision, self._teller.tell(concern, action, route, str(key), leave=leave)
        if draft is None:
            return
        assert decision.pupil_id is not None  # it is about a pupil
        self.relay.store.safety.address(
            Addressee(
                message_id=draft.id,
                school=self.site.id,
                pupil_id=decision.pupil_id,
                role=route.role,
                organisation=route.organisation,
            )
        )
        is_pressing = decision.is_floor or action.kind is ActionKind.REFERRAL
        self.new_notices.append(
            NewNotice(message_id=draft.id, pupil_id=decision.pupil_id, rule=decision.rule, is_pressing=is_pressing)
        )

    def _leave(self, decision: Decision, action: Action, signed_by: str | None, first: NoticeKey) -> Leave:
        """Return on whose word an action's message leaves, and which earlier one it takes the place of."""
        if signed_by is None:
            return Leave(is_given=self._may_leave(decision, action))
        earlier = self.relay.store.messages.by_key(str(first))
        return Leave(by_role=signed_by, earlier=earlier.id if earlier and not earlier.is_unroutable else None)

    def _concern(self, row: Kept, decision: Decision, pupil: PupilMarks, placement: Placement, case_id: str) -> Concern:
        """Return what a decision's notices and documents tell, the same for all that are written one after another."""
        key = (row.id, case_id, id(pupil), id(placement))
        # The concern that is kept keeps its pupil and its placement, so that their ids are nobody else's.
        if key not in self._latest:
            self._latest.clear()
            self._latest[key] = Concern(
                site=self.site,
                decision_id=row.id,
                case_id=case_id,
                decision=decision,
                pupil=pupil,
                placement=placement,
                tried=partial(self._tried, pupil.pupil_id),
                instead_of=self._instead.get(row.id, ""),
            )
        return self._latest[key]

    @cached_property
    def _tried(self) -> Callable[[str], Sequence[Task]]:
        """Return what was tried about a pupil, read once for decisions about the same pupil: no judging adds to it."""
        return lru_cache(maxsize=1)(partial(self.relay.store.tasks.with_outcome, self.site.id))

    @cached_property
    def _instead(self) -> dict[str, str]:
        """Return, by the id of a decision, the one whose place it takes."""
        return {}

    @cached_property
    def _latest(self) -> dict[tuple[str, str, int, int], Concern]:
        return {}

    def take_back(self, row: Kept, message: Message, pupil: PupilMarks) -> None:
        """Tell whoever has a message that it was never meant for them."""
        self._tell(row, message, pupil, self._writer.misdirected)

    def _tell(self, row: Kept, message: Message, pupil: PupilMarks, write: Callable[..., Draft] | None = None) -> None:
        """Enqueue the withdrawal of one message to whoever received it."""
        decision, key = read_back(row), NoticeKey.read(message.idempotency_key)
        action = action_of(decision, key)
        placement, route = self.placement(decision), self._told(message, key.role)
        assert placement is not None  # the pupil is on the roll
        if route is None:
            reason = f"destination {message.destination} is no longer in relay.toml: tell it by other means"
            self.relay.store.messages.enqueue(self._unrouted(row, f"{message.id}/withdrawn"), unroutable=reason)
            return
        concern = self._concern(row, decision, pupil, placement, self._case_id(decision))
        write = write or partial(self._writer.withdrawal, again=self._standing_before(message))
        self._writer.enqueue(write(concern, action, route, earlier=message))

    def _standing_before(self, message: Message) -> str:
        """Return the reference of what the recipient has in hand once a message is taken back; empty for nothing."""
        sent = self.relay.store.notices.get(message.id)
        left = self.relay.store.notices.told(sent.ordering_key, sent.role) if sent else []
        return left[0].notice_ref if left else ""

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
        contact = next(known, gone)
        return Route(role=role, organisation=contact.organisation, contact=contact, destination=destination)

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

    def _open_tasks(
        self, row: Kept, decision: Decision, action: Action, number: int, *, again: date | None = None
    ) -> None:
        due = due_on(self.site.calendar, self._asked_on(again or decision.fired_on), action.due_school_days)
        for role in action.to:
            self.relay.store.tasks.add(
                Task(
                    id=message_id(self.relay.key, f"{row.id}/task/{number}/{role}{f'/{again}' if again else ''}"),
                    decision_id=row.id,
                    school=self.site.id,
                    pupil_id=decision.pupil_id,
                    role=role,
                    says=action.says,
                    due_on=due,
                    opened_at=self.relay.now(),
                )
            )

    def _asked_on(self, day: date) -> date:
        """Return the day from which due dates count: after downtime nobody can be asked by a day that is over."""
        return max(day, school_date(self.relay.now()))

    @cached_property
    def _placements(self) -> dict[str, list[Placement]]:
        """Return the school's placements by pupil."""
        by_pupil: dict[str, list[Placement]] = defaultdict(list)
        for placement in self.relay.operator.placements_of(self.site.id):
            by_pupil[placement.pupil_id].append(placement)
        return by_pupil

    def placement(self, decision: Decision) -> Placement | None:
        """Return where the pupil was placed on the day of the decision; none for what concerns a register."""
        placements = self._placements.get(decision.pupil_id or "", ())
        return next((each for each in placements if each.holds_on(decision.fired_on)), next(iter(placements), None))

    def _move_case(self, decision: Decision) -> str:
        """Open the pupil's case on this ladder, or move it to the rung; return its id."""
        if decision.pupil_id is not None:
            episode = self._episode(decision)
            cases = self.relay.store.cases
            if cases.open(episode):
                return self._named(decision, decision.fired_on)
            cases.move(episode)
        return self._case_id(decision)

    def is_open(self, row: Kept) -> bool:
        """Whether the case of a decision is still open."""
        decision = read_back(row)
        episode = self.relay.store.cases.open_episode(self._episode(decision))
        return episode is not None and row.fired_on >= episode.opened_on

    def _step_back(self, withdrawn: Decision) -> None:
        """Move the pupil's case to the latest decision that still stands in it, or close it when there is none."""
        cases = self.relay.store.cases
        episode = cases.open_episode(self._episode(withdrawn))
        if episode is None:
            return
        standing = [
            each
            for row in cases.of_pupil(episode.pupil_id)
            if (row.school, row.state) == (self.site.id, "standing") and row.fired_on >= episode.opened_on
            for each in [read_back(row)]
            if (each.policy, each.ladder_id) == (episode.policy, withdrawn.ladder_id)
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
            ladder=decision.ladder_id,
            rung=decision.rule,
            opened_on=decision.fired_on,
            moved_on=decision.fired_on,
        )

    def _case_id(self, decision: Decision) -> str:
        """Name the episode a decision belongs to: the latest one of its ladder that had begun by then."""
        opened_on = self.relay.store.cases.begun(self._episode(decision))
        return self._named(decision, opened_on or decision.fired_on)

    def _named(self, decision: Decision, opened_on: date) -> str:
        cause = f"case/{self.site.id}/{decision.pupil_id}/{decision.policy}/{decision.ladder_id}/{opened_on}"
        return message_id(self.relay.key, cause)


def action_of(decision: Decision, key: NoticeKey) -> Action:
    """Return the action of a decision that a notice tells of."""
    return next(each for each in decision.actions if each.kind == key.kind and key.role in each.to)


def _place(route: Route | Unrouted) -> Place | None:
    return (route.destination.id, route.contact.address or "") if isinstance(route, Route) else None
