"""Every platform there is, and one that there is not, stood up for the contract suite; simulators for its own tests."""

import pytest

from app.demo.platforms.arbor import simulate_arbor
from app.demo.platforms.arbor_ways import ArborWays
from app.demo.platforms.wonde import simulate_wonde
from app.demo.platforms.wonde_quirks import Quirks
from connectors.registry import PLATFORMS
from tests.connectors.rigs import RIGS
from tests.connectors.worlds import SmallWorld
from tests.imaginary.platform import LINE, RIG


@pytest.fixture(params=[*PLATFORMS, *LINE])
def kind(request, monkeypatch):
    """One platform's rig, not stood up yet; the imaginary one gets its line in the registry."""
    for name, platform in LINE.items():
        monkeypatch.setitem(PLATFORMS, name, platform)
    return (RIGS | RIG)[request.param]


@pytest.fixture
def rig(kind, tmp_path):
    """One platform with a week of registers."""
    with kind.standing(tmp_path) as rig:
        yield rig


@pytest.fixture
def world():
    """Seven pupils and a week: several pages of ten."""
    world = SmallWorld()
    for number in range(4001, 4008):
        world.add(str(number), "Mon 2026-03-09", r"/\ /\ NN LI /\ ")
    return world


@pytest.fixture
def ways():
    return ArborWays()


@pytest.fixture
def arbor(world, ways):
    """The test's own world as Arbor, with its ways."""
    with simulate_arbor(world, "S", ways=ways) as server:
        yield server


@pytest.fixture
def quirks():
    return Quirks()


@pytest.fixture
def wonde(world, quirks):
    """The test's own world as Wonde, with its quirks."""
    with simulate_wonde(world, "S", quirks=quirks) as server:
        yield server
