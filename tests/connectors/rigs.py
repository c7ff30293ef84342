"""For each platform: how to stand it up, and how to bring about what every connector must survive.

A rig answers for everything the suite asks of it: it brings it about, or says in ``cannot`` why its platform never does
such a thing, which the suite prints as a skip. Where it does neither, the test fails.
"""

import csv
import os
import tomllib
from collections.abc import Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from app.demo.platforms.arbor import simulate_arbor
from app.demo.platforms.class_charts import PATH, simulate_class_charts
from app.demo.platforms.class_charts_web import simulate_class_charts_web
from app.demo.platforms.clm import ClmSimulator
from app.demo.platforms.server import Fault, FaultKind
from app.demo.platforms.wonde import SCHOOL, simulate_wonde
from app.demo.platforms.wonde_quirks import Quirks
from connectors.base import Patience, Refusal, Surroundings, Window
from connectors.registry import PLATFORMS
from tests.connectors.worlds import SmallWorld

SECRET = "s3cret-Quarrystone"
WEEK = Window(first=date(2026, 3, 9), last=date(2026, 3, 13))
SHIPPED = Path(__file__).parents[2] / "config"
PROFILES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in (SHIPPED / "profiles").glob("*.toml")}
#: More requests than a pull of a small world makes, with all that is asked again.
FOREVER = 200
#: What only a simulator can play; every other fault is played by the server under it.
OF_THE_PLATFORM = frozenset(
    {
        FaultKind.BODY_STATUS,
        FaultKind.PARTIAL,
        FaultKind.REFUSED,
        FaultKind.REPEATED_PAGE,
        FaultKind.DRIFT,
        FaultKind.SMALL_PAGES,
        FaultKind.UNFILTERED,
    }
)
_NO_PAGES = "the days asked for come all at once"
_ONE_TABLE = "its export is one table: there are no pages, and nothing stands beside the rows"


def a_week():
    """Twelve pupils and a week: more than one page of anything."""
    world = SmallWorld()
    for number in range(4001, 4011):
        world.add(str(number), "Mon 2026-03-09", r"/\ LL NN I\ /\ ")
    world.add("4011", "Mon 2026-03-09", r"/- -- [C1][C1] BB DD")
    return world.add("4012", "Mon 2026-03-09", "-- -- -- -- --")


@dataclass
class Rig:
    """What the contract suite needs of one platform."""

    world: SmallWorld = field(default_factory=a_week)
    slept: list[float] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    kept: dict[str, str] = field(default_factory=dict)
    window: Window = WEEK
    patience: Patience = field(default_factory=Patience)
    #: What an empty answer is worth, and the delay that a busy platform can ask for.
    empty_is_malformed: bool = False
    asks_for_delay: float | None = 40.0
    reads_again: bool = True
    tells_upns: bool = True

    #: Its name in the registry.
    name: ClassVar[str] = ""
    #: Requests that a refused credential costs, and whose action the refusal asks for.
    asked_when_refused: ClassVar[int] = 1
    rejected_is: ClassVar[Refusal] = Refusal.CREDENTIAL
    #: Rows of a page in its rig; none where everything comes at once.
    page_size: ClassVar[int | None] = None
    #: The permission that ``unpermitted`` takes away, as a message must name it.
    permission: ClassVar[str] = ""
    #: Faults its simulator plays, of those that only a simulator can play.
    plays: ClassVar[frozenset[FaultKind]] = frozenset()
    #: Whether rows that move up between two pages leave no trace, because pages are asked for by their number.
    pages_by_number: ClassVar[bool] = False
    #: What its platform never does, and why: fault kinds and names of ``make_`` methods.
    cannot: ClassVar[Mapping[str, str]] = {}

    @classmethod
    @contextmanager
    def standing(cls, folder, **fields):
        rig = cls(**fields)
        with ExitStack() as stack:
            rig.stand_up(stack, folder)
            stack.callback(rig.close)
            yield rig

    @classmethod
    def code_table(cls):
        """Return the rows of the code table that the platform starts from."""
        with (SHIPPED / "codes" / f"{PLATFORMS[cls.name].codes}.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    @classmethod
    def sent(cls, symbol):
        """Return what the platform sends for a symbol that its own list of codes does not know."""
        return symbol

    def surroundings(self, **more):
        plain = {
            "now": self.world.clock,
            "sleep": self.slept.append,
            "profiles": PROFILES,
            "files_seen": self.seen,
            "kept": self.kept,
            "patience": self.patience,
        }
        return Surroundings(**(plain | more))

    def connect(self, name, raw):
        platform = PLATFORMS[name]
        return platform.connect(msgspec.convert(raw, platform.settings), self.surroundings())

    def reconnect(self, **patience):
        """Begin again with a connector that has seen nothing, as after a restart."""
        self.connector.close()
        if patience:
            self.patience = Patience(**patience)
        self.connector = self.connect(self.name, self.raw)

    def close(self):
        self.connector.close()

    def pull(self, window=None):
        """Pull the window, after whatever makes the platform have something to say."""
        return self.connector.pull(window or self.window, seen=lambda _: None)

    def first_day(self):
        """Return the window of the first day alone."""
        return Window(first=self.window.first, last=self.window.first)

    def make(self, what):
        """Bring something about that lasts: ``empty``, ``rejected``, ``revoked`` and so on."""
        if reason := self.cannot.get(what):
            pytest.skip(f"{self.name}: {reason}")
        getattr(self, f"make_{what}")()

    def each_request(self, kind, *, few=False):
        """Yield the number of each request of a pull, with a connector that has seen nothing, for a fault to fall on.

        ``few``: of the first, one in the middle and the last alone, for a fault that takes time.
        """
        if reason := self.cannot.get(kind):
            pytest.skip(f"{self.name}: {reason}")
        assert kind not in OF_THE_PLATFORM or kind in self.plays, f"{type(self).__name__} says nothing of {kind!r}"
        self.fill()
        self.requests()
        self.pull()
        last = self.requests() - 1
        for number in sorted({0, last // 2, last}) if few else range(last + 1):
            self.faults.clear()
            self.kept.clear()
            self.reconnect()
            yield number

    def cannot_see(self, kind, value):
        """Whether a fault leaves no trace in what came; the next pull brings what was missed."""
        return self.pages_by_number and kind is FaultKind.DRIFT and int(value) > 0

    def bring(self, kind, value="", *, after=0, times=FOREVER):
        """Let a fault meet so many requests, after so many that go well."""
        self.faults[:] = [None] * after + [Fault(kind, value)] * times


class ServerRig(Rig):
    """A platform that answers over HTTP: its simulator, the path of its address, and settings beside the usual three."""

    path = ""
    more = ()

    def stand_up(self, stack, folder):
        self.server = stack.enter_context(self.simulate(self.world, "S", username="relay", password=SECRET))
        self.raw = {"address": self.server.address + self.path, "username": "relay", "password": SECRET} | dict(
            self.more
        )
        self.connector = self.connect(self.name, self.raw)

    @property
    def faults(self):
        return self.server.faults

    def requests(self):
        """Return how many requests came since this was last asked."""
        count = len(self.server.asked)
        self.server.asked.clear()
        return count

    def fill(self):
        """A server has something to say at any time."""

    def make_empty(self):
        self.world.shown.clear()

    def make_unavailable(self):
        self.bring(FaultKind.TOO_MANY, "40")

    def make_rejected(self):
        self.server.password = "another"

    def make_revoked(self):
        self.bring(FaultKind.STATUS, "403")

    def make_unpermitted(self):
        self.bring(FaultKind.REFUSED, self.permission)

    def make_malformed(self):
        self.bring(FaultKind.HTML)


class ArborRig(ServerRig):
    name = "arbor"
    simulate = staticmethod(simulate_arbor)
    page_size = 25
    more = (("page_size", page_size),)
    permission = "UkDfe_UpnAssignment"
    pages_by_number = True
    plays = OF_THE_PLATFORM


class ClassChartsRig(ServerRig):
    name = "class_charts"
    path = PATH
    simulate = staticmethod(simulate_class_charts)
    plays = frozenset({FaultKind.BODY_STATUS, FaultKind.UNFILTERED})
    cannot: ClassVar = {
        FaultKind.PARTIAL: _ONE_TABLE,
        FaultKind.REPEATED_PAGE: _ONE_TABLE,
        FaultKind.DRIFT: _ONE_TABLE,
        FaultKind.SMALL_PAGES: _ONE_TABLE,
        FaultKind.REFUSED: "one address gives everything or nothing",
        "unpermitted": "one address gives everything or nothing",
    }

    def stand_up(self, stack, folder):
        super().stand_up(stack, folder)
        self.empty_is_malformed = True


class WondeRig(ServerRig):
    name = "wonde"
    page_size = 25
    permission = "attendance.read"
    plays = frozenset({FaultKind.REFUSED, FaultKind.REPEATED_PAGE, FaultKind.SMALL_PAGES, FaultKind.UNFILTERED})
    cannot: ClassVar = {
        FaultKind.BODY_STATUS: "its errors come with their status (documented)",
        FaultKind.PARTIAL: "an answer of its holds rows or an error (documented)",
        FaultKind.DRIFT: "a page is asked for by the cursor of the one before",
    }

    @classmethod
    def sent(cls, symbol):
        """A code outside the school's list comes as its id alone."""
        return f"C{symbol.encode().hex()}"

    def stand_up(self, stack, folder):
        self.quirks = Quirks()
        self.server = stack.enter_context(simulate_wonde(self.world, "S", token=SECRET, quirks=self.quirks))
        self.raw = {"address": self.server.address, "school": SCHOOL, "token": SECRET, "per_page": self.page_size}
        self.raw |= {"pause_seconds": 0.0}
        self.connector = self.connect(self.name, self.raw)

    def make_unpermitted(self):
        self.quirks.refused["attendance/session"] = self.permission

    def make_rejected(self):
        self.server.username = self.server.token = "another"


class ClassChartsWebRig(ServerRig):
    name = "class_charts_web"
    simulate = staticmethod(simulate_class_charts_web)
    more = (("accept_unofficial", True),)
    #: The form, and then the page to which a sign-in leads.
    asked_when_refused = 2
    plays = frozenset({FaultKind.BODY_STATUS, FaultKind.UNFILTERED})
    cannot: ClassVar = {
        FaultKind.PARTIAL: "an answer of its holds days or an error",
        FaultKind.REPEATED_PAGE: _NO_PAGES,
        FaultKind.DRIFT: _NO_PAGES,
        FaultKind.SMALL_PAGES: _NO_PAGES,
        FaultKind.REFUSED: "a parent sees all of a child or nothing",
        "unpermitted": "a parent sees all of a child or nothing",
    }

    def stand_up(self, stack, folder):
        super().stand_up(stack, folder)
        self.empty_is_malformed, self.tells_upns = True, False

    def make_malformed(self):
        # A page in answer to the sign-in says that the password is wrong: let sign-in and ping pass.
        self.bring(FaultKind.HTML, after=2)


class FolderRig(Rig):
    """A folder into which somebody else writes: no request, no answer, no credential of this program's own."""

    cannot = dict.fromkeys(FaultKind, "nobody is asked, so nobody answers wrongly") | {
        "revoked": "who takes a right away from a folder takes it away as a whole",
        "unpermitted": "a folder has one right, and `rejected` takes it",
    }

    rejected_is = Refusal.LOCAL

    def requests(self):
        return 0


class ClmRig(FolderRig):
    name = "clm"

    def stand_up(self, stack, folder):
        self.empty_is_malformed, self.asks_for_delay, self.reads_again = True, None, False
        self.folder = folder / "drop"
        self.folder.mkdir()
        self.provider = ClmSimulator(world=self.world, school="S", folder=self.folder)
        self.raw = {"folder": str(self.folder), "profile": "clm-long"}
        self.connector = self.connect(self.name, self.raw)
        self._stack = stack

    def fill(self):
        for number in range((self.window.last - self.window.first).days + 1):
            self.provider.write_day(self.window.first + timedelta(days=number))

    def make_empty(self):
        self.world.shown.clear()
        for path in self.folder.iterdir():
            path.unlink()
        self.provider.write_day(self.window.first)

    def make_unavailable(self):
        self.folder.rename(self.folder.with_name("unmounted"))

    def make_rejected(self):
        self._stack.enter_context(no_right_to_read(self.folder))

    def make_malformed(self):
        self.fill()
        for path in self.folder.iterdir():
            path.write_bytes(b"<!doctype html><html></html>")


class FilesRig(ClmRig):
    name = "files"


@contextmanager
def no_right_to_read(folder):
    """Take the right to read a folder away, from root as well."""
    folder.chmod(0)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)
        folder.chmod(0o700)


RIGS = {
    "arbor": ArborRig,
    "class_charts": ClassChartsRig,
    "class_charts_web": ClassChartsWebRig,
    "clm": ClmRig,
    "wonde": WondeRig,
    "files": FilesRig,
}
