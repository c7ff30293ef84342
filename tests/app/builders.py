"""A small operator: a folder as an admin writes it, a simulated clock, and registers in the tiny language.

One school, ``lane``, sends files into a drop folder (CLM); with ``arbor=True`` a second, ``brook``, is a simulated
Arbor. Feeds and notices go to Coventry over HTTPS, to Warwickshire's folder and by mail; whether anybody listens
there is up to the test. Every pupil carries the canary's name.
"""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

from app import pipeline
from app.demo.platforms.arbor import simulate_arbor
from app.demo.receivers.authority import Authority
from app.demo.receivers.mail import Mailbox
from app.reading import read
from app.scheduler import Scheduler
from app.wiring import Surroundings, open_relay, reloaded
from config.contacts import COLUMNS as CONTACT_COLUMNS
from config.events import COLUMNS as EVENT_COLUMNS
from config.holds import COLUMNS as HOLD_COLUMNS
from config.placements import COLUMNS as PLACEMENT_COLUMNS
from config.settings import read_settings
from outbox.multipart import split
from tests.builders import CANARY, day, moment, session, spelled, upn
from tests.connectors.worlds import SmallWorld

SIGNING_SECRET = "whsec_c3ludGhldGljLXNlY3JldC1mb3ItdGVzdHMtb25seQ=="
PASSWORD = "Quarrystone-not-a-secret"
STATES = ("pending", "sending", "delivered", "dead", "cancelled")

RELAY = """
[provider]
id            = "lane-provision"
name          = "Lane Provision"
contact_role  = "head of provision"
contact_email = "attendance@lane.example"
contact_phone = "01632 960001"

[times]
pull             = ["09:30", "12:30", "15:45"]
provisional_feed = "09:45"
decide           = "16:00"
final_feed       = "16:15"

[limits]
reread_days = 14

[[school]]
id       = "lane"
name     = "The Lane"
platform = "clm"
policy   = "lane"
calendar = "autumn"
codes    = "clm-dfe"

  [school.connector]
  folder         = "{folder}/drop"
  settle_seconds = 0
"""
BROOK = """
[[school]]
id       = "brook"
name     = "The Brook"
platform = "arbor"
policy   = "swift-learning"
calendar = "autumn"

  [school.connector]
  address         = "{arbor}"
  username        = "relay"
  password_secret = "arbor_password"
"""
DESTINATIONS = """
[[destination]]
id           = "coventry"
channel      = "https"
organisation = "331"
agreement    = "agreement 1"
agreed_on    = 2026-09-01
confirmed_on = 2026-09-01
legal_basis  = "public task"

  [destination.settings]
  url                = "{coventry}"
  signing_key_secret = "coventry_signing"

[[destination]]
id           = "warwickshire"
channel      = "folder"
organisation = "937"
agreement    = "agreement 2"
agreed_on    = 2026-09-01
confirmed_on = 2026-09-01
legal_basis  = "public task"

  [destination.settings]
  path = "{folder}/warwickshire"

[[destination]]
id           = "mail"
channel      = "smtp"
organisation = "lane-provision"
agreement    = "agreement 3"
legal_basis  = "public task"

  [destination.settings]
  host   = "127.0.0.1"
  port   = {mail_port}
  tls    = "none"
  sender = "relay@lane.example"
"""
FEEDS = """
[[feed]]
destination = "coventry"
la_code     = "331"

[[feed]]
destination = "warwickshire"
la_code     = "937"
"""
#: Two terms' worth of nothing special: the clocks go back in the first week, and there is an INSET day in November.
CALENDAR = """
inset = [2026-11-27]

[[term]]
name  = "Autumn"
first = 2026-10-19
last  = 2026-12-18
"""
#: Small, so that what the tests say does not change whenever a provider's policy does.
POLICY = (Path(__file__).parent / "policies" / "lane.toml").read_text()
_CONFIRMED = {"confirmed_on": "2026-09-01"}
_AGREED = {"legal_basis": "public task", "agreement": "agreement 4", "agreed_on": "2026-09-01"} | _CONFIRMED


def placement(pupil_id: str, number: int, **fields: str) -> dict[str, str]:
    """Write a row of placements.csv; Coventry's unless said otherwise."""
    surname, forename = CANARY
    plain = {
        "pupil_id": pupil_id,
        "school": "lane",
        "platform_id": str(4000 + number),
        "upn": upn(number),
        "surname": surname,
        "forename": forename,
        "date_of_birth": "2011-03-14",
        "year_group": "10",
        "start_date": "2026-10-19",
        "la_code": "331",
        "home_school": "Alder Academy",
        "home_school_urn": "999001",
        "commissioner": "commissioner-1",
        "placement_ref": f"PL-{number}",
        "arrangement": "school_commissioned",
    }
    return plain | fields


def contact(role: str, organisation: str, destination: str = "mail", address: str = "", **fields: str):
    """Write a row of contacts.csv, agreed and confirmed."""
    plain = {"role": role, "organisation": organisation, "destination": destination, "address": address}
    return plain | _AGREED | fields


def recorded(pupil_id: str, on: str, event: str) -> dict[str, str]:
    """Write a row of events.csv: ``recorded("p1", "Mon 2026-11-02", "contract_agreed")``."""
    when = f"{day(on):%Y-%m-%d}"
    return {"pupil_id": pupil_id, "school": "lane", "date": when, "event": event, "recorded_by": "head of provision"}


def hold(pupil_id: str, first: str, last: str, rule: str = "", **fields: str) -> dict[str, str]:
    """Write a row of holds.csv; by the head of provision unless said otherwise."""
    when = {"first": f"{day(first):%Y-%m-%d}", "last": f"{day(last):%Y-%m-%d}"}
    who = {"author": "M Ash", "role": "head_of_provision", "reason": "in hospital, as the family told us"}
    return {"pupil_id": pupil_id, "school": "lane", "rule": rule} | who | when | fields


def contacts() -> list[dict[str, str]]:
    """Everybody the policy names."""
    return [
        contact("local_authority", "331", "coventry"),
        contact("local_authority", "937", "warwickshire"),
        contact("commissioner", "commissioner-1", address="places@council.example"),
        contact("home_school", "999001", address="office@alder.example"),
        contact("head_of_provision", "lane-provision", address="head@lane.example"),
        contact("dsl", "lane-provision", address="dsl@lane.example"),
        contact("staff", "lane-provision", address="staff@lane.example"),
        contact("admin", "lane-provision", address="it@lane.example"),
    ]


@dataclass
class Clock:
    """The instant that the relay takes for now."""

    instant: datetime = field(default_factory=lambda: moment("Mon 2026-11-02 07:00"))

    def __call__(self) -> datetime:
        return self.instant


class Stand:
    """An operator's folder with a relay on it. ``pupils`` maps ids to what differs from ``placement``."""

    def __init__(self, folder: Path, *, arbor=False, pupils=None, more="", feeds=FEEDS) -> None:
        self.folder, self.clock, self.running = folder, Clock(), ExitStack()
        self.operator, self.drop_folder = folder / "operator", folder / "drop"
        self.places = {"coventry": "http://127.0.0.1:9/in", "mail_port": 9, "arbor": "http://127.0.0.1:9"}
        self.world = SmallWorld()
        self.arbor = self._simulate() if arbor else None
        given = {"p1": {}, "p2": {}} if pupils is None else pupils
        self.placements = [placement(name, number, **fields) for number, (name, fields) in enumerate(given.items(), 1)]
        self.contacts = contacts()
        self.events: list[dict[str, str]] = []
        self.holds: list[dict[str, str]] = []
        self.calendar, self.policy = CALENDAR, POLICY
        self.toml = RELAY + (BROOK if arbor else "") + DESTINATIONS + feeds + more
        self._files = 0
        self._relay = None

    def _simulate(self):
        self.world.clock = self.clock
        server = self.running.enter_context(simulate_arbor(self.world, "brook", password=PASSWORD))
        self.places["arbor"] = server.address
        return server

    @contextmanager
    def receiving(self, is_down=lambda: False) -> Iterator[tuple[Authority, Mailbox]]:
        """Let Coventry and the mail server listen; to be entered before the relay is first used."""
        authority = Authority(
            self.folder / "coventry", secrets=[SIGNING_SECRET], is_down=is_down, clock=self.clock, port=0
        )
        with authority, Mailbox(self.folder / "mail") as mailbox:
            self.places |= {"coventry": authority.url, "mail_port": mailbox.port}
            yield authority, mailbox

    def write(self) -> Path:
        """Write the operator's folder as it now is, and return it."""
        for path in (
            self.operator / "calendars",
            self.operator / "policies",
            self.drop_folder,
            self.folder / "secrets",
        ):
            path.mkdir(parents=True, exist_ok=True)
        (self.folder / "warwickshire").mkdir(exist_ok=True)
        text = self.toml.format(folder=self.folder, **self.places)
        (self.operator / "relay.toml").write_text(text)
        (self.operator / "calendars" / "autumn.toml").write_text(self.calendar)
        (self.operator / "placements.csv").write_text(_table(PLACEMENT_COLUMNS, self.placements))
        (self.operator / "contacts.csv").write_text(_table(CONTACT_COLUMNS, self.contacts))
        (self.operator / "events.csv").write_text(_table(EVENT_COLUMNS, self.events))
        (self.operator / "holds.csv").write_text(_table(HOLD_COLUMNS, self.holds))
        (self.operator / "policies" / "lane.toml").write_text(self.policy)
        (self.folder / "secrets" / "coventry_signing").write_text(SIGNING_SECRET)
        (self.folder / "secrets" / "arbor_password").write_text(PASSWORD)
        return self.operator

    @property
    def settings(self):
        return read_settings(
            config=self.operator,
            database=self.folder / "relay.db",
            secrets_dir=self.folder / "secrets",
            heartbeat=self.folder / "heartbeat",
        )

    @property
    def relay(self):
        """The relay, opened when it is first needed."""
        if self._relay is None:
            self.write()
            around = Surroundings(now=self.clock, sleep=lambda _: None)
            self._relay = open_relay(read(self.settings), self.settings, around)
        return self._relay

    @property
    def store(self):
        return self.relay.store

    def reread(self) -> None:
        """Write the folder again and let the relay read it, as the scheduler does before a job."""
        relay = self.relay
        self.write()
        self._relay = reloaded(relay, self.settings)

    def close(self) -> None:
        if self._relay is not None:
            self._relay.close()
            self._relay = None
        self.running.close()

    def at(self, text: str) -> "Stand":
        """Set the clock: ``Mon 2026-11-02 15:45``."""
        self.clock.instant = moment(text)
        return self

    def drop(self, first: str, name="", **texts: str) -> Path:
        """Put a file with these marks of each pupil into the drop folder; ``--`` writes no row."""
        self._files += 1
        ids = {each["pupil_id"]: each for each in self.placements}
        rows = [
            (ids[who]["platform_id"], ids[who]["upn"], *CANARY, f"{when:%d/%m/%Y}", half, sign)
            for who, text in texts.items()
            for (when, half), sign in spelled(first, text)
            if sign != "-"
        ]
        text = io.StringIO()
        csv.writer(text).writerows(
            [("Learner Ref", "UPN", "Surname", "Forename", "Date", "Session", "Mark", "Minutes Late"), *rows]
        )
        self.write() if not self.drop_folder.exists() else None
        path = self.drop_folder / (name or f"register-{self._files:03}.csv")
        path.write_text(text.getvalue())
        return path

    def pull(self, *schools: str):
        """Pull; return what came of the one school, or of all in a list."""
        sites = [self.relay.sites[name] for name in schools] if schools else self.relay.sites.values()
        done = pipeline.pull(self.relay, sites)
        return done[0] if len(done) == 1 else done

    def decide(self):
        return pipeline.decide(self.relay)

    def deliver(self):
        return pipeline.deliver(self.relay)

    def pulled(self, text: str):
        """Set the clock and pull."""
        return self.at(text).pull()

    def judged(self, text: str):
        """Set the clock and decide; return what came of the first school."""
        return self.at(text).decide().schools[0]

    def live(self, first: str, **texts: str) -> None:
        """Live through school days: each day's marks come at 15:45, and the day is judged at 16:00."""
        of_days: dict[date, dict[str, str]] = {}
        for who, text in texts.items():
            for (when, _), sign in spelled(first, text):
                of_days.setdefault(when, {}).setdefault(who, "")
                of_days[when][who] += f"[{sign}]" if len(sign) > 1 else sign
        for when, marks in of_days.items():
            self.drop(f"{when:%a %Y-%m-%d}", **marks)
            self.pulled(f"{when:%a %Y-%m-%d} 15:45")
            self.judged(f"{when:%a %Y-%m-%d} 16:00")

    def wheel(self, **given) -> Scheduler:
        return Scheduler(self.relay, **given)

    def register(self, text: str, school="lane") -> dict[str, str]:
        """Return one register as it stands: pupil id to sign."""
        from mapping.marks import offset, year_of

        at = session(text)
        strings = self.store.registers.year_of_school(school, year_of(at.day))
        return {pupil: chr(marks[offset(at)]) for pupil, marks in strings}

    def decisions(self, *rules: str, school="lane") -> list[str]:
        """List decisions about pupils as ``Wed 2026-11-04 p1 rule-name``, ``withdrawn`` added where it is."""
        return [
            f"{each.fired_on:%a %Y-%m-%d} {each.pupil_id} {each.rule}"
            + (" withdrawn" if each.state == "withdrawn" else "")
            for each in self.store.cases.of_school(school)
            if each.pupil_id and (not rules or each.rule in rules)
        ]

    def messages(self, *kinds: str):
        """Return the messages whose kind begins so, in the order of enqueueing."""
        every = [each for state in STATES for each in self.store.messages.listed(state=state, limit=10_000)]
        return [each for each in sorted(every, key=lambda each: each.seq) if each.kind.startswith(kinds or ("",))]

    def told(self, *kinds: str) -> list[str]:
        """List messages as ``kind to destination address state``."""
        return [
            " ".join(filter(None, (each.kind, "to", each.destination, each.address, each.state)))
            for each in self.messages(*kinds)
        ]

    def feeds(self, destination="coventry") -> list["Feed"]:
        """Return the feeds made for a destination, in order."""
        return [Feed(each) for each in self.messages("feed.") if each.destination == destination]


class Feed:
    """One feed message taken apart."""

    def __init__(self, message) -> None:
        content, manifest = (part.content for part in split(message.content_type, message.payload))
        self.manifest = json.loads(manifest)
        self.rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))

    def __str__(self) -> str:
        """``Mon 2026-11-02 final full_day 2``: the day, edition, mode and number of rows."""
        when = date.fromisoformat(self.manifest["date_to"])
        return f"{when:%a %Y-%m-%d} {self.manifest['edition']} {self.manifest['mode']} {len(self.rows)}"

    def column(self, *names: str) -> list[str]:
        """Return these columns of each row, joined."""
        return [" ".join(row[name] for name in names) for row in self.rows]


def event(message):
    """Return the JSON of a notice over HTTPS or into a folder."""
    return json.loads(message.payload)


def mail(message):
    """Return a notice by mail as a message."""
    return message_from_bytes(message.payload, policy=policy.SMTP)


def days_of(first: str, count: int) -> list[date]:
    """Return a date and those after it."""
    return [day(first) + timedelta(days=number) for number in range(count)]


def _table(columns, rows) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
