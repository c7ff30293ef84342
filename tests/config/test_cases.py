"""Every way in which a folder can be wrong, with exactly what an operator reads about it.

A case is a folder in ``cases``: its files are laid over ``valid``, ``remove.txt`` names files taken away, and
``expected.txt`` holds every line in order, warnings marked as such.
"""

import shutil
from pathlib import Path

import pytest

from config.loading import load
from config.problems import ConfigErrors

from .conftest import HERE, REGISTRIES

CASES = sorted(path for path in (HERE / "cases").iterdir() if path.is_dir())
CANARIES = ("Canary", "2011-12-13", "R331400026001", "hunter2")


def spoil(folder: Path, case: Path) -> None:
    extra = {"expected.txt", "remove.txt"}
    shutil.copytree(case, folder, dirs_exist_ok=True, ignore=lambda *_: extra)
    for name in (case / "remove.txt").read_text().split() if (case / "remove.txt").exists() else ():
        (folder / name).unlink()


def told(folder: Path, shipped: Path) -> list[str]:
    try:
        operator = load(folder, registries=REGISTRIES, shipped=shipped)
    except ConfigErrors as errors:
        return [*map(str, errors.problems), *(f"warning: {warning}" for warning in errors.warnings)]
    return [f"warning: {warning}" for warning in operator.warnings]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_operator_reads_exactly_what_is_wrong_where_and_what_to_do(case: Path, folder: Path, shipped: Path) -> None:
    spoil(folder, case)

    lines = told(folder, shipped)

    assert lines == (case / "expected.txt").read_text().splitlines()
    assert not [line for line in lines for canary in CANARIES if canary in line]


def test_a_whole_folder_has_nothing_to_say(folder: Path, shipped: Path) -> None:
    assert told(folder, shipped) == []
