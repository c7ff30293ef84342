"""Every platform there is, stood up for the contract suite."""

import pytest

from connectors.registry import PLATFORMS
from tests.connectors.rigs import RIGS


@pytest.fixture(params=PLATFORMS)
def kind(request):
    """One platform's rig, not stood up yet."""
    return RIGS[request.param]


@pytest.fixture
def rig(kind, tmp_path):
    """One platform with a week of registers."""
    with kind.standing(tmp_path) as rig:
        yield rig
