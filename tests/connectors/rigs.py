"""For each platform: how to stand it up, and how to bring about what every connector must survive."""

import os
import tomllib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import msgspec

from app.demo.platforms.arbor import simulate_arbor
from app.demo.platforms.class_charts import PATH, simulate_class_charts
from app.demo.platforms.class_charts_web import simulate_class_charts_web
from app.demo.platforms.clm import ClmSimulator
from app.demo.platforms.server import Fault, FaultKind
from app.demo.platforms.wonde import SCHOOL, simulate_wonde
from app.demo.platforms.wonde_quirks import Quirks
from connectors.base import Surroundings, Window
from connectors.registry import PLATFORMS
from tests.connectors.worlds import SmallWorld

SECRET = "s3cret-Quarrystone"
WEEK = Window(first=date(2026, 3, 9), last=date(2026, 3, 13))
SHIPPED = Path(__file__).parents[2] / "config"
PROFILES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in (SHIPPED / "profiles").glob("*.toml")}


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
    #: What an empty answer is worth, and the delay that a busy platform can ask for.
    empty_is_malformed: bool = False
    asks_for_delay: float | None = 40.0
    reads_again: bool = True
    tells_upns: bool = True

    @classmethod
    @contextmanager
    def standing(cls, folder):
        rig = cls()
        with ExitStack() as stack:
            rig.stand_up(stack, folder)
            yield rig

    def surroundings(self, **more):
        plain = {"now": self.world.clock, "sleep": self.slept.append, "profiles": PROFILES, "files_seen": self.seen}
        return Surroundings(**(plain | more))

    def connect(self, name, raw):
        platform = PLATFORMS[name]
        return platform.connect(msgspec.convert(raw, platform.settings), self.surroundings())

    def pull(self):
        """Pull the week, after whatever makes the platform have something to say."""
        return self.connector.pull(WEEK, seen=lambda _: None)


class ServerRig(Rig):
    name = "arbor"
    path = ""

    def stand_up(self, stack, folder):
        self.server = stack.enter_context(self.simulate(self.world, "S", username="relay", password=SECRET))
        self.raw = {"address": self.server.address + self.path, "username": "relay", "password": SECRET} | dict(
            self.more
        )
        self.connector = self.connect(self.name, self.raw)
        stack.callback(self.connector.close)

    def fill(self):
        """A server has something to say at any time."""

    def always(self, kind, value=""):
        self.server.faults += [Fault(kind, value)] * 20

    def make_empty(self):
        self.world.shown.clear()

    def make_unavailable(self):
        self.always(FaultKind.TOO_MANY, "40")

    def make_rejected(self):
        self.server.password = "another"

    def make_malformed(self):
        self.always(FaultKind.HTML)


class ArborRig(ServerRig):
    name = "arbor"
    simulate = staticmethod(simulate_arbor)
    more = (("page_size", 7),)


class ClassChartsRig(ServerRig):
    name = "class_charts"
    path = PATH
    simulate = staticmethod(simulate_class_charts)
    more = ()

    def stand_up(self, stack, folder):
        super().stand_up(stack, folder)
        self.empty_is_malformed = True


class WondeRig(ServerRig):
    name = "wonde"

    def stand_up(self, stack, folder):
        self.quirks = Quirks()
        self.server = stack.enter_context(simulate_wonde(self.world, "S", token=SECRET, quirks=self.quirks))
        self.raw = {"address": self.server.address, "school": SCHOOL, "token": SECRET, "per_page": 7}
        self.raw |= {"pause_seconds": 0.0}
        self.connector = self.connect(self.name, self.raw)
        stack.callback(self.connector.close)

    def make_rejected(self):
        self.server.username = self.server.token = "another"


class ClassChartsWebRig(ServerRig):
    name = "class_charts_web"
    simulate = staticmethod(simulate_class_charts_web)
    more = (("accept_unofficial", True),)

    def stand_up(self, stack, folder):
        super().stand_up(stack, folder)
        self.empty_is_malformed, self.tells_upns = True, False

    def make_malformed(self):
        # A page in answer to the sign-in says that the password is wrong: let sign-in and ping pass.
        self.server.faults += [None, None]
        super().make_malformed()


class ClmRig(Rig):
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
        for number in range(5):
            self.provider.write_day(WEEK.first + timedelta(days=number))

    def make_empty(self):
        self.world.shown.clear()
        for path in self.folder.iterdir():
            path.unlink()
        self.provider.write_day(WEEK.first)

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
