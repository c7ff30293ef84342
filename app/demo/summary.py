"""What came of the play, counted at the receivers where they are the judge, and shown so that a stranger can follow."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from app.demo.receivers.collector import collect
from app.demo.receivers.ledger import Ledger, Problem, Received
from app.wiring import Relay
from mapping.codes import NOT_RECORDED
from mapping.marks import year_of
from mapping.rates import Counts, percent
from outbox.feeds import Edition, numbers_of
from store.message_rows import Message

_ATTENDED = frozenset({"/", "\\", "L", "K", "V", "P", "W", "B"})
_UNAUTHORISED = frozenset({"G", "N", "O", "U"})
_NOTICES = ("notice.notification", "notice.update", "notice.withdrawal", "alert")


#: More messages than any play has.
_ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The demo's one object.

    ``lost`` is what was due and never arrived: an edition of a feed on a school day, or a message of a decision.
    ``sent_twice`` are causes that arrived under two different ids.
    """

    marks_pulled: int
    codes_quarantined: int
    decisions: dict[str, int]
    feeds_delivered: int
    notices_delivered: int
    referrals: int
    corrections: int
    lost: int
    sent_twice: int
    seconds: float
    repeated_arrivals: int
    problems_at_receivers: list[str]
    absence: dict[str, str]
    folder: str

    def as_json(self) -> dict[str, Any]:
        """Return it for a machine."""
        return asdict(self)


class Arrived:
    """Everything the three receivers hold."""

    def __init__(self, received: Iterable[Received], problems: Iterable[Problem], manifests: Iterable[Path]) -> None:
        """Read the manifests of the feeds that lie at the receivers; an event of a notice is none."""
        self.received, self.problems = tuple(received), tuple(problems)
        self.ids = Counter({_plain_id(each.message_id): each.received for each in self.received})
        read = (json.loads(path.read_bytes()) for path in manifests)
        self.manifests = [manifest for manifest in read if "sha256" in manifest and manifest["message_id"] in self.ids]


def summarise(
    relay: Relay,
    *,
    folder: Path,
    authority: Ledger,
    mailbox: Ledger,
    council: Path,
    truth: Mapping[str, Counter[str]],
    seconds: float,
) -> Summary:
    """Count what the relay holds, and compare what was due with what the receivers hold."""
    collected, council_problems = collect(council)
    arrived = Arrived(
        (*authority.received, *mailbox.received, *collected),
        (*authority.problems, *mailbox.problems, *council_problems),
        (*(folder / "received" / "coventry" / "feeds").glob("*.json"), *council.glob("*.json")),
    )
    messages = _messages(relay)
    kinds = Counter(message.kind for message in messages if message.id in arrived.ids)
    return Summary(
        marks_pulled=_marks(relay),
        codes_quarantined=_quarantined(relay),
        decisions=_decisions(relay),
        feeds_delivered=len(arrived.manifests),
        notices_delivered=sum(kinds[kind] for kind in _NOTICES),
        referrals=kinds["notice.referral"],
        corrections=kinds["feed.correction"] + kinds["notice.withdrawal"],
        lost=_lost(relay, messages, arrived),
        sent_twice=_sent_twice(messages, arrived),
        seconds=round(seconds, 1),
        repeated_arrivals=sum(count - 1 for count in arrived.ids.values()),
        problems_at_receivers=sorted({f"{each.what}" for each in arrived.problems}),
        absence=_absence(truth),
        folder=str(folder),
    )


def show(summary: Summary, console: Console) -> None:
    """Print the summary for a person."""
    console.print(f"\n[bold]Half a term, played in {summary.seconds:.0f} seconds[/bold]\n")
    table = Table(show_header=False, box=None, padding=(0, 2))
    rows = (
        ("marks pulled from Arbor, Class Charts, Wonde and files", f"{summary.marks_pulled:,}"),
        ("rows quarantined for a code that is not in force", str(summary.codes_quarantined)),
        ("daily feeds that arrived", str(summary.feeds_delivered)),
        ("concern notices that arrived", str(summary.notices_delivered)),
        ("referrals that arrived", str(summary.referrals)),
        ("corrections and withdrawals that arrived", str(summary.corrections)),
        ("due but never arrived", str(summary.lost)),
        ("arrived under two different ids", str(summary.sent_twice)),
    )
    for name, value in rows:
        table.add_row(name, value)
    console.print(table)
    _show_decisions(summary, console)
    for mix, text in summary.absence.items():
        console.print(f"  {mix}: {text}")
    for problem in summary.problems_at_receivers:
        console.print(f"  a receiver found: {problem}", style="red", markup=False)
    console.print(f"\nOpen it: {summary.folder}", markup=False)
    console.print("  operator/            the configuration, as an IT admin writes it")
    console.print("  received/coventry/   feeds and notices at the council's endpoint, signatures verified")
    console.print("  received/warwickshire/  the same in a drop folder")
    console.print("  received/mail/       emails to schools and commissioners, one .eml each")
    console.print("  relay.db             registers, amendments, decisions with their reasons, every attempt")


def _show_decisions(summary: Summary, console: Console) -> None:
    table = Table(title="decisions by rule", title_justify="left", show_header=False, box=None, padding=(0, 2))
    for rule, count in sorted(summary.decisions.items(), key=lambda each: -each[1]):
        table.add_row(rule, str(count))
    console.print(table)


def _messages(relay: Relay) -> list[Message]:
    states = ("pending", "sending", "delivered", "dead")
    return [each for state in states for each in relay.store.messages.listed(state=state, limit=_ALL)]


def _marks(relay: Relay) -> int:
    year = year_of(relay.now().date())
    strings = (marks for _, _, marks in relay.store.registers.all_of_year(year))
    return sum(len(marks) - marks.count(NOT_RECORDED) for marks in strings)


def _quarantined(relay: Relay) -> int:
    return relay.store.quarantine.ever()


def _decisions(relay: Relay) -> dict[str, int]:
    rows = (row for site in relay.sites.values() for row in relay.store.cases.of_school(site.id))
    return dict(sorted(Counter(row.rule for row in rows).items()))


def _lost(relay: Relay, messages: Iterable[Message], arrived: Arrived) -> int:
    """Count messages that never arrived, editions that no receiver holds, and decisions that told nobody."""
    ids = arrived.ids
    lost = sum(message.id not in ids for message in messages)
    return lost + _missing_editions(relay, arrived) + _silent_decisions(relay)


def _missing_editions(relay: Relay, arrived: Arrived) -> int:
    held = {(each["destination"], each["date_to"], each["edition"]) for each in arrived.manifests}
    days = {day for site in relay.sites.values() for day in site.calendar.days}
    due = {
        (feed.destination, day.isoformat(), edition)
        for feed in relay.operator.feeds
        for day in days
        for edition in feed.editions
    }
    return len(due - held - _superseded(relay, arrived))


def _superseded(relay: Relay, arrived: Arrived) -> set[tuple[str, str, str]]:
    """Return the morning's editions that gave way, unsent, to the evening's, and of which the receiver was told so."""
    told = {(each["destination"], number) for each in arrived.manifests for number in each.get("not_sent", ())}
    cancelled = relay.store.messages.listed(state="cancelled", limit=_ALL)
    gave_way = [(each, numbers_of(each.subject_ref)) for each in cancelled]
    return {
        (message.destination, numbers[0].isoformat(), Edition.PROVISIONAL)
        for message, numbers in gave_way
        if numbers and (message.destination, numbers[1]) in told
    }


def _silent_decisions(relay: Relay) -> int:
    """Count standing decisions that ask for a notice and have none in the outbox."""
    rows = (row for site in relay.sites.values() for row in relay.store.cases.of_school(site.id))
    return sum(
        row.state == "standing"
        and any(action["kind"] in {"notice", "referral"} for action in row.actions)
        and not relay.store.messages.caused_by(row.id)
        for row in rows
    )


def _sent_twice(messages: Iterable[Message], arrived: Arrived) -> int:
    """Count causes that the receivers hold under two ids; feeds by what their manifests say they are."""
    causes: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
    for message in messages:
        if message.id in arrived.ids:
            causes[message.idempotency_key,].add(message.id)
    for each in arrived.manifests:
        key = (each["destination"], each["date_to"], each["edition"], each["mode"], each["revision"])
        causes[key].add(each["message_id"])
    return sum(len(ids) > 1 for ids in causes.values())


def _plain_id(message_id: str) -> str:
    """Take the outbox's id out of an email's Message-ID."""
    return message_id.strip("<>").partition("@")[0]


def _absence(truth: Mapping[str, Counter[str]]) -> dict[str, str]:
    """Say how much of each school's possible sessions was missed, beside what is published for its kind."""
    return {school: _rates(codes) for school, codes in truth.items()}


def _rates(codes: Counter[str]) -> str:
    attended = sum(count for code, count in codes.items() if code in _ATTENDED)
    unauthorised = sum(count for code, count in codes.items() if code in _UNAUTHORISED)
    counts = Counts(attended=attended, unauthorised=unauthorised, authorised=codes.total() - attended - unauthorised)
    overall, without = counts.overall_rate, counts.unauthorised_rate
    assert overall is not None
    assert without is not None
    return f"{percent(overall, 2)} % absent, {percent(without, 2)} % unauthorised"
