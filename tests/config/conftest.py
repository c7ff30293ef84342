"""A whole, valid operator's folder to spoil, over a small shipped folder that no other test changes."""

import shutil
from pathlib import Path

import pytest

from config.loading import SHIPPED, Registries

HERE = Path(__file__).parent
REGISTRIES = Registries(
    platforms={"arbor": "arbor", "clm": "clm"},
    writers={"arbor"},
    channels={"https", "smtp"},
    feed_channels={"https"},
    file_channels={"https"},
    events={"safeguarding_concern", "contract_agreed"},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE / "valid", tmp_path / "operator"))


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    target = Path(shutil.copytree(HERE / "shipped", tmp_path / "shipped"))
    shutil.copy(SHIPPED / "bank_holidays.csv", target)
    shutil.copy(SHIPPED / "codes" / "national.csv", target / "codes")
    for kind in ("authorities", "layouts"):
        shutil.copytree(SHIPPED / kind, target / kind)
    return target
