"""The page of the thirty ways in which pulls go wrong: each row leads to tests that exist."""

import re
from pathlib import Path

import pytest

from tests.test_promises import LINK, functions_of

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "traps.md"
ROWS = dict(re.findall(r"^\| (\d+) \| (.+)$", PAGE.read_text("utf-8"), re.MULTILINE))


def linked(row):
    return [((PAGE.parent / target).resolve(), name) for name, target in LINK.findall(row)]


def test_no_problem_is_missing_and_none_is_there_twice():
    assert list(map(int, ROWS)) == list(range(1, 31))
    assert len(re.findall(r"^\| \d+ \|", PAGE.read_text("utf-8"), re.MULTILINE)) == 30


@pytest.mark.parametrize("number", ROWS)
def test_a_problem_has_tests_that_exist(number):
    found = linked(ROWS[number])

    assert found
    assert [name for path, name in found if name not in functions_of(path)] == []


def test_a_test_named_after_a_problem_stands_in_its_row():
    named = {
        (path, name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in functions_of(path)
        if name.startswith("test_trap_")
    }
    of_rows = {
        (path, name) for number, row in ROWS.items() for path, name in linked(row) if f"_trap_{int(number):02}_" in name
    }

    assert named == of_rows
