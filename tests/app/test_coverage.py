"""Every demand of the published policies beside what carries it out."""

import json
import re

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.policy.coverage import coverage
from app.policy.files import find
from config.loading import SHIPPED

BURTON = (SHIPPED / "policies" / "burton-pru.toml").read_text("utf-8")


def cover(*words):
    done = CliRunner().invoke(cli, ["policy", "coverage", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def line_at(where):
    file, _, line = where.rpartition(":")
    return (SHIPPED.parent / file).read_text("utf-8").split("\n")[int(line) - 1]


@pytest.fixture
def overlay(tmp_path):
    """Lay a policy over those that ship; it is written with one passage changed."""

    def write(was, becomes, *, name="burton-pru", text=BURTON):
        assert was in text
        (tmp_path / "policies").mkdir(exist_ok=True)
        (tmp_path / "policies" / f"{name}.toml").write_text(text.replace(was, becomes), "utf-8")
        return tmp_path

    return write


def test_every_row_of_the_published_policies_is_accounted_for():
    code, out, err = cover()

    assert (code, err) == (0, "")
    assert "155 of 155 accounted for; of the floor 6 of 6" in out


def test_every_rule_stands_on_the_line_that_is_given_for_it():
    code, out, _ = cover("--json")
    found = json.loads(out)

    assert code == 0
    assert (found["accounted_for"], found["of"], found["problems"]) == (155, 155, [])
    rules = {
        (by["where"], by["name"])
        for file in found["policies"]
        for row in file["rows"]
        for by in row["by"]
        if by["name"]
    }
    assert len(rules) > 100
    assert [name for where, name in rules if f'"{name}"' not in line_at(where)] == []


def test_every_entry_without_a_rule_begins_on_the_line_that_is_given_for_it():
    entries = [
        by["where"]
        for file in json.loads(cover("--json")[1])["policies"]
        for row in file["rows"]
        for by in row["by"]
        if not by["name"]
    ]

    assert {line_at(where).strip() for where in entries} == {"[[covered]]", "[[also_tell]]"}


def test_a_row_is_printed_with_its_line_in_the_published_text_and_its_place_in_the_policy():
    _, out, _ = cover()

    assert "  S4-07  line 16-20  Two to five days: stage 1, and the daily welfare calls go on." in out
    assert re.search(r"    \S*burton-pru\.toml:\d+  rule stage-1: task to attendance_team", out)


def test_a_row_left_to_people_shows_the_reason():
    _, out, _ = cover()

    assert "by people alone: " in out.partition("  S3-07  ")[2].partition("  S3-08  ")[0]


def test_a_row_that_nothing_carries_out_is_missing(overlay):
    folder = overlay('"S4-07"', '"BP-07"')
    code, out, err = cover("--config", folder)

    assert code == 1
    assert "154 of 155 accounted for" in out
    assert "S4-07 (line 16-20) is carried out by nothing: Two to five days" in err
    assert err.count("\n") == 1


def test_a_row_cannot_be_left_to_people_and_be_carried_out_by_a_rule(overlay):
    folder = overlay("[policy]", '[[covered]]\nrows = ["S4-07"]\nby = "human"\nsays = "People do."\n\n[policy]')
    code, _, err = cover("--config", folder)

    assert code == 1
    assert "S4-07 is left to people alone, and " in err


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("S4-99", "S4-99 is a row of no published policy"),
        ("S3-29", "S3-29 is a row of another policy, swift-learning"),
        ("FLOOR-MOON", "FLOOR-MOON is a row of no published policy"),
    ],
)
def test_a_policy_cannot_name_a_row_that_is_not_its_own(overlay, row, problem):
    code, _, err = cover("--config", overlay('"S4-07"', f'"S4-07", "{row}"'))

    assert code == 1
    assert problem in err


def test_rows_of_an_operators_own_are_nobody_elses_business(overlay):
    code, _, err = cover("--config", overlay('"S4-07"', '"S4-07", "BP-1"'))

    assert (code, err) == (0, "")


def test_a_policy_must_say_what_it_chose_where_the_published_text_leaves_a_question_open(overlay):
    folder = overlay("A41", "day 16")
    code, _, err = cover("--config", folder)

    assert code == 1
    assert "nothing says what is chosen for A41: Does the education welfare officer first hear at day 16?" in err


def test_a_second_policy_that_claims_the_same_rows_must_account_for_all_of_them(overlay):
    folder = overlay('"S4-07"', '"BP-07"', name="ours")
    code, out, err = cover("--config", folder)

    assert code == 1
    assert "ours.toml" in err
    assert "154 of 155 accounted for" in out


def test_a_policy_that_claims_no_rows_is_left_out(overlay):
    folder = overlay('seed       = "S4"', "", name="ours")
    code, out, _ = cover("--config", folder)

    assert code == 0
    assert "ours.toml" not in out


def test_a_policy_with_rows_of_its_own_is_left_out(overlay):
    folder = overlay('seed       = "S4"', 'seed = "BP"', name="ours")
    code, out, _ = cover("--config", folder)

    assert code == 0
    assert "ours.toml" not in out


def test_a_file_that_is_no_toml_is_a_wrong_configuration(overlay):
    code, _, err = cover("--config", overlay("[policy]", "[policy"))

    assert code == 2
    assert "is not TOML" in err


def test_a_published_policy_that_no_file_carries_out_is_missing():
    found = coverage(find(["burton-pru", "floor"], None))

    assert found.counts(floor=False) == (33, 155)
    assert "no file accounts for st-johns: 26 rows" in found.problems
    assert len(found.problems) == 4
