"""A school that does not exist: its Arbor and its mail server on this machine, and the admin who connects it."""

import csv
import re
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Self

from app.demo.platforms.arbor import simulate_arbor
from app.demo.receivers.mail import Mailbox
from config import contacts, placements
from mapping.school_days import LONDON
from tests.builders import upn
from tests.connectors.worlds import SmallWorld

#: As the README's reader types it.
PASSWORD = "what-arbor-gave-you"
PUPILS = range(4001, 4013)
ROLES = {
    "admin": "swift",
    "dsl": "swift",
    "head_of_provision": "swift",
    "staff": "swift",
    "local_authority": "331",
    "commissioner": "coventry-ap",
    "home_school": "999001",
}


class PresentWorld(SmallWorld):
    """The small world of the connectors' tests, as of this moment."""

    def clock(self):
        return datetime.now(UTC)


def last_day_over() -> date:
    """The latest weekday whose time to decide (16:00) has passed, by the clocks in England."""
    now = datetime.now(LONDON)
    day = now.date() if now.time() >= time(16, 0) else now.date() - timedelta(days=1)
    return day - timedelta(days=max(day.weekday() - 4, 0))


def four_weeks() -> SmallWorld:
    """Everybody present for four weeks, but one pupil, of whom nothing was heard on the last three days."""
    world, last = PresentWorld(), last_day_over()
    first = last - timedelta(days=21 + last.weekday())
    days = sum((first + timedelta(days=n)).weekday() < 5 for n in range((last - first).days + 1))
    for number in PUPILS[:-1]:
        world.add(str(number), f"{first:%a} {first}", rf"/\*{days}")
    return world.add(str(PUPILS[-1]), f"{first:%a} {first}", rf"/\*{days - 3} NN*3")


class ImaginarySchool:
    """Up from ``with`` to its end. Each public method is something that a page leaves to the reader's hands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = four_weeks()
        self._running = ExitStack()

    def __enter__(self) -> Self:
        self.arbor = self._running.enter_context(simulate_arbor(self.world, "S", username="relay", password=PASSWORD))
        self.mail = self._running.enter_context(Mailbox(self.folder / "mail"))
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def fill_in(self) -> None:
        """Fill in what ``init`` wrote; every line of relay.toml that is needed must be there to be changed."""
        operator = self.folder / "operator"
        relay = (operator / "relay.toml").read_text("utf-8")
        at = 0
        for key, value in self._values():
            line = re.compile(rf"^( *)(?:# )?({key} *= *).*$", re.MULTILINE).search(relay, at)
            assert line, f"relay.toml has no line {key} where one is looked for"
            relay = f"{relay[: line.start()]}{line[1]}{line[2]}{value}{relay[line.end() :]}"
            at = line.start() + 1
        relay = relay.replace("allowed_domains = []", 'allowed_domains = ["*.example"]')
        # A mail relay of this machine needs no TLS; a real one is never set so.
        relay = relay.replace(
            "[destination.settings]", f'[destination.settings]\nport = {self.mail.port}\ntls = "none"'
        )
        (operator / "relay.toml").write_text(relay, "utf-8")
        (operator / "calendars" / "this-year.toml").write_text(self._calendar(), "utf-8")
        _write(operator / "placements.csv", placements.COLUMNS, map(_placement, PUPILS))
        _write(operator / "contacts.csv", contacts.COLUMNS, map(_contact, ROLES))

    def change_platform(self, platform: str, address: str, codes: str) -> None:
        """Have the school's registers in another platform, with a code table of the operator's own."""
        self._replace("relay.toml", 'platform = "arbor"', f'platform = "{platform}"')
        self._replace("relay.toml", f'"{self.arbor.address}"', f'"{address}"')
        (self.folder / "operator" / "codes").mkdir()
        (self.folder / "operator" / "codes" / f"{platform}.csv").write_text(codes, "utf-8")

    def have_more_than_the_files_know(self) -> None:
        """Arbor has a symbol that no code table knows, and a pupil whom placements.csv knows by another UPN alone."""
        first = last_day_over() - timedelta(days=7)
        now, stranger = self.world.clock(), PUPILS[-1] + 1
        self.world.add(str(stranger), f"{first:%a} {first}", r"/\ /\ ")
        own = [mark for mark in self.world.marks("S", date.min, date.max, now) if mark.platform_id == str(PUPILS[0])]
        self.world.show(own[-1]._replace(symbol="Q9"), now)
        placed = self.folder / "operator" / "placements.csv"
        rows = [_placement(number) for number in PUPILS]
        _write(placed, placements.COLUMNS, [*rows, _placement(stranger) | {"platform_id": "", "upn": ""}])

    def learn_of_the_code(self) -> None:
        """The school says what its symbol means, and relay.toml names the table that has it."""
        self._replace("codes/coventry-site.csv", "Q9,,", "Q9,B,")
        self._replace("relay.toml", '"this-year"', '"this-year"\ncodes = "coventry-site"', times=1)

    def lose_the_password(self) -> None:
        """Arbor gets another password, and nobody tells."""
        self.arbor.password = "another one"

    def remember_the_password(self) -> None:
        self.arbor.password = PASSWORD

    def mistype_an_authority(self) -> None:
        self._replace("placements.csv", ",331,", ",33l,", times=1)

    def correct_the_authority(self) -> None:
        self._replace("placements.csv", ",33l,", ",331,")

    def correct_three_days(self) -> None:
        """Say of another pupil, too, that nothing was heard of it on the last three days."""
        now = self.world.clock()
        own = [mark for mark in self.world.marks("S", date.min, date.max, now) if mark.platform_id == str(PUPILS[0])]
        for mark in own[-6:]:
            self.world.show(mark._replace(symbol="N"), now)

    def stop_the_mail(self) -> None:
        """Let relay.toml name a port at which nothing listens."""
        self._replace("relay.toml", f"port = {self.mail.port}", "port = 1")

    def start_the_mail(self) -> None:
        """Let it name the right one again."""
        self._replace("relay.toml", "port = 1\n", f"port = {self.mail.port}\n")

    def keep_past_registers(self) -> None:
        """Lay last autumn's marks of three pupils, their roll and the term beside each other."""
        calendar = "[[term]]\nname = 'Autumn'\nfirst = 2025-09-02\nlast = 2025-12-19\n"
        (self.folder / "calendar.toml").write_text(calendar, "utf-8")
        days = [date(2025, 9, 2) + timedelta(days=number) for number in range(60)]
        days = [day for day in days if day.weekday() < 5]
        marks = [
            {"pupil_id": f"P{number}", "date": str(day), "session": half, "code": "N" if missed else code}
            for number in PUPILS[:3]
            for at, day in enumerate(days)
            for half, code in (("AM", "/"), ("PM", "\\"))
            for missed in [number == PUPILS[0] and 20 <= at < 32]
        ]
        _write(self.folder / "marks.csv", ("pupil_id", "date", "session", "code"), marks)
        columns = "pupil_id,upn,surname,forename,date_of_birth,year_group,start_date,end_date,la_code,home_school_urn"
        roll = ({"pupil_id": f"P{number}", "start_date": "2025-09-02", "la_code": "331"} for number in PUPILS[:3])
        _write(self.folder / "roll.csv", (*columns.split(","), "commissioner", "flags"), roll)

    def _replace(self, name: str, old: str, new: str, times: int = -1) -> None:
        path = self.folder / "operator" / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, times), "utf-8")

    def _values(self) -> list[tuple[str, str]]:
        """Return what is written behind each key, in the order of the file."""
        return [
            ("id", '"swift"'),
            ("name", '"Swift Learning"'),
            ("contact_role", '"Attendance lead"'),
            ("contact_email", '"attendance@swift.example"'),
            ("contact_phone", '"01632 960001"'),
            # At any later hour a pull then reads earlier days again, so that the pages hold whenever they are read.
            ("pull", '["00:01"]'),
            ("id", '"coventry-site"'),
            ("name", '"Coventry site"'),
            ("platform", '"arbor"'),
            ("policy", '"swift-learning"'),
            ("calendar", '"this-year"'),
            ("address", f'"{self.arbor.address}"'),
            ("username", '"relay"'),
            ("password_secret", '"arbor_password"'),
            ("organisation", '"swift"'),
            ("agreement", '"our own"'),
            ("legal_basis", '"public task"'),
            ("host", '"127.0.0.1"'),
            ("sender", '"attendance@swift.example"'),
        ]

    def _calendar(self) -> str:
        day = last_day_over()
        first, last = day - timedelta(days=60), day + timedelta(days=60)
        return f"bank_holidays = false\n\n[[term]]\nfirst = {first}\nlast  = {last}\n"


def _placement(number: int) -> dict[str, str]:
    return {
        "pupil_id": f"P{number}",
        "school": "coventry-site",
        "platform_id": str(number),
        "upn": upn(number),
        "start_date": str(last_day_over() - timedelta(days=60)),
        "la_code": "331",
        "home_school_urn": "999001",
        "commissioner": "coventry-ap",
        "arrangement": "school_commissioned",
    }


def _contact(role: str) -> dict[str, str]:
    agreed = {"legal_basis": "public task", "agreement": "A 1", "agreed_on": "2026-09-01"}
    agreed |= {"confirmed_on": str(last_day_over())}
    address = f"{role.replace('_', '-')}@swift.example"
    return {"role": role, "organisation": ROLES[role], "destination": "mail", "address": address} | agreed


def _write(path: Path, columns, rows) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
