"""The page of the promises: thirty-two rows, and every test that a row links to exists and is named after it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "promises.md"
ROWS = dict(re.findall(r"^\| (\d+) \| (.+)$", PAGE.read_text("utf-8"), re.MULTILINE))
LINK = re.compile(r"\[(\w+)\]\(([^)\s]+)\)")


def functions_of(path):
    """Return the names of the tests that pytest finds at the top of a module."""
    return {each.name for each in ast.parse(path.read_text("utf-8")).body if isinstance(each, ast.FunctionDef)}


def named():
    """Return every test that is named after a promise, with its file."""
    return {
        (path, name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in functions_of(path)
        if name.startswith("test_promise_")
    }


def linked(row):
    return {((PAGE.parent / target).resolve(), name) for name, target in LINK.findall(row)}


def test_no_promise_is_missing_and_none_is_there_twice():
    assert list(map(int, ROWS)) == list(range(1, 33))
    assert len(re.findall(r"^\| \d+ \|", PAGE.read_text("utf-8"), re.MULTILINE)) == 32


@pytest.mark.parametrize("number", ROWS)
def test_a_promise_has_tests_that_exist_and_are_named_after_it(number):
    found = linked(ROWS[number])

    assert found
    assert [name for path, name in found if name not in functions_of(path)] == []
    assert [name for _, name in found if not name.startswith(f"test_promise_{int(number):02}_")] == []


def test_every_test_named_after_a_promise_is_on_the_page():
    assert named() == {each for row in ROWS.values() for each in linked(row)}
