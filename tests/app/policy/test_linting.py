"""The lint command: one line a finding, with the file and line it is about."""

import json
import re

import pytest
from typer.testing import CliRunner

from app.cli import cli

FILE = """# A policy small enough to know by heart.
[policy]
id = "mine"
name = "Mine"
version = "1"
valid_from = 2026-09-01
review_by = 2027-08-31
source = "our own"
mutable_by = []
overdue = { to = ["head_of_provision"], after_school_days = 1 }

[[rule]]
id = "three"
rows = ["X-1"]
says = "Three days: ring."
once_per = "run"
when = { metric = "consecutive", unit = "school_day", category = "absent", at_least = 3 }

  [[rule.then]]
  kind = "task"
  to = ["staff"]
  says = "Ring the family."
  due_school_days = 0
"""
SHIPPED = [
    # what the published policies leave open, as an attendance officer would want to be told
    ("burton-pru", "stage-2", "overlap", "A5", "day 5 stands in both 'stage-1' (2 to 5) and 'stage-2' (5 to 10)"),
    ("burton-pru", "stage-3", "half day", "A6", "10.5 days, stands in neither 'stage-2' (5 to 10) nor 'stage-3' (11 to 15)"),
    ("targeted-provision", "more-than-five-authorised-sessions", "gap", "A2", "exactly 5 stands in neither"),
    ("targeted-provision", "fifteen-authorised-days-in-a-term", "mixed units", "A3", "counts S1-23"),
    ("targeted-provision", "below-seventy", "same actions", "A24", "'below-eighty': the rung adds nothing"),
    ("swift-learning", "policy", "target without action", "A29", "between 90 and 95 nothing happens"),
    ("swift-learning", "below-ninety", "edge", "A16", "leaves out exactly 90.0"),
    ("swift-learning", "no-word-at-ten-past-nine", "before the register", "A11", "looks at 09:10"),
    ("st-johns", "ac5", "edge", "A16", "nationally is persistent absence already"),
]  # fmt: skip


def lint(*words):
    done = CliRunner().invoke(cli, ["policy", "lint", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def file(tmp_path):
    """Write the policy with one passage changed."""

    def write(was="", becomes=""):
        path = tmp_path / "mine.toml"
        path.write_text(FILE.replace(was, becomes) if was else FILE, "utf-8")
        return path

    return write


def test_a_policy_without_a_doubt_passes(file):
    assert lint(file()) == (0, "", "nothing to say about it\n")


def test_a_finding_is_one_line_with_its_place(file):
    path = file('to = ["staff"]', 'to = ["staff", "parnt"]')
    code, out, err = lint(path)

    assert (code, err) == (1, "1 error, 0 doubts\n")
    assert out == f"{path}:21 three: error: then[1].to holds 'parnt': did you mean 'parent'? (A31)\n"


def test_what_is_missing_stands_at_its_table(file):
    path = file('once_per = "run"\n')
    code, out, _ = lint(path)

    assert code == 1
    assert out.startswith(f"{path}:12 three: error, missing choice: once_per is missing: give one of")


def test_a_policy_whose_review_is_due_is_found_by_the_day(file):
    path = file()

    assert lint(path, "--today", "2027-08-31")[0] == 0
    assert lint(path, "--today", "2027-09-01")[1].startswith(f"{path}:7 policy: doubt, review overdue: ")


def test_several_files_are_read_in_one_go(file):
    path = file("at_least = 3", "at_least = 3, at_most = 2")
    code, out, err = lint(path, "floor")

    assert code == 1
    assert [line.split(" ")[1] for line in out.splitlines()] == ["three:", "three:"]
    assert err == "1 error, 1 doubt\n"


def test_findings_come_as_json(file):
    path = file("at_least = 3", "at_least = 3, at_most = 2")
    done = json.loads(lint(path, "--json")[1])

    assert [
        (each["file"], each["line"], each["rule"], each["kind"], each["is_error"]) for each in done["findings"]
    ] == [
        (str(path), 17, "three", "error", True),
        (str(path), 17, "three", "contradiction", False),
    ]


def test_a_rule_that_names_a_row_of_the_floor_must_ask_what_the_floor_asks(file):
    path = file('rows = ["X-1"]', 'rows = ["FLOOR-CME"]')
    code, out, _ = lint(path)

    assert code == 1
    assert out.startswith(
        f"{path}:14 three: error: rows names FLOOR-CME, but the rule does not ask what the floor asks"
    )


def test_a_file_that_is_no_toml_is_a_wrong_configuration(file):
    path = file("[policy]", "[policy")
    code, out, err = lint(path)

    assert (code, out) == (2, "")
    assert err.startswith(f"{path}: line 2, column ")


def test_a_name_that_is_no_policy_says_which_there_are():
    code, _, err = lint("st-john")

    assert (code, err) == (2, "st-john: is no file and no policy: did you mean 'st-johns'?\n")


def test_a_name_may_be_one_of_the_operators_own(file, tmp_path):
    (tmp_path / "policies").mkdir()
    file().rename(tmp_path / "policies" / "mine.toml")

    assert lint("mine", "--config", tmp_path)[0] == 0


def test_the_floor_leaves_no_doubt():
    assert lint("floor", "--today", "2026-11-23")[0] == 0


@pytest.mark.parametrize(("policy", "rule", "kind", "number", "sentence"), SHIPPED)
def test_the_doubts_of_the_published_policies_are_found(policy, rule, kind, number, sentence):
    code, out, _ = lint(policy, "--today", "2025-09-05")

    assert code == 1
    assert re.search(
        rf"{policy}\.toml:\d+ {rule}: doubt, {kind}: .*{re.escape(sentence)}.* \({number}\)$", out, re.MULTILINE
    )


@pytest.mark.parametrize("policy", ["burton-pru", "complete-works", "st-johns", "swift-learning", "targeted-provision"])
def test_no_policy_that_ships_has_an_error(policy):
    assert "error" not in lint(policy)[1]
