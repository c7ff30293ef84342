"""Every platform there is, and one that there is not, stood up for the contract suite."""

import pytest

from connectors.registry import PLATFORMS
from tests.connectors.rigs import RIGS
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
