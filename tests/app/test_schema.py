"""The JSON Schema for editors, held to the reader: both take the same files, and both refuse the same."""

import copy
import json
import tomllib
from datetime import date, time

import jsonschema
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.policy.loading import allowed
from app.policy.schema.policy import policy_schema, schema_text
from app.policy.schema.variants import variants
from config.loading import SHIPPED
from rules.policy import PolicyErrors, read_policy
from rules.triggers import TRIGGERS
from tests.builders import NATIONAL

SCHEMA = policy_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
POLICIES = sorted((SHIPPED / "policies").glob("*.toml"))
POLICY = tomllib.loads("""
[policy]
id = "mine"
name = "Mine"
version = "1"
valid_from = 2026-09-01
review_by = 2027-08-31
source = "our own"
mutable_by = []
overdue = { to = ["head_of_provision"], after_school_days = 1 }

[[also_tell]]
rows = ["X-7"]
flags = ["looked_after"]
to = ["social_worker"]

[[covered]]
rows = ["X-8"]
by = "feed"
says = "The feed carries it."

[[ladder]]
id = "days"
fires = "highest_only"

[[rule]]
id = "three"
rows = ["X-1"]
says = "Three days."
ladder = "days"
rung = 1
once_per = "run"
population = { flags_any = ["send"] }
when = { metric = "consecutive", unit = "school_day", category = "absent", at_least = 3, within = { first_months = 3 } }
then = [
  { kind = "task", to = ["staff"], says = "Ring.", due_school_days = 0, repeats = "each_school_day", effort = "call" },
  { kind = "notice", to = ["home_school"], says = "Please help.", due_school_days = 1, approval = "one" },
  { kind = "document", to = ["tutor"], says = "Write.", due_school_days = 1, template = "action-plan" },
  { kind = "referral", to = ["local_authority"], says = "Help.", due_school_days = 1, template = "cme-referral", approval = "none" },
]
""")  # fmt: skip


def plain(value):
    """A document as an editor sees it: dates and times are texts."""
    match value:
        case dict():
            return {key: plain(inner) for key, inner in value.items()}
        case list():
            return [plain(inner) for inner in value]
        case date() | time():
            return value.isoformat()
    return value


def is_valid(data):
    return VALIDATOR.is_valid(plain(data))


def loads(data):
    try:
        read_policy(data, allowed(NATIONAL))
    except PolicyErrors:
        return False
    return True


def changed(path, value):
    """The policy with one value replaced, or taken out when it is ``...``."""
    data = copy.deepcopy(POLICY)
    *within, last = path
    table = data
    for key in within:
        table = table[key]
    if value is ...:
        del table[last]
    else:
        table[last] = value
    return data


RULE, THEN = ("rule", 0), ("rule", 0, "then")
WRONG = [
    (("policy",), ...),
    (("rule",), ...),
    (("moon",), {}),
    (("policy", "name"), ...),
    (("policy", "name"), ""),
    (("policy", "moon"), 1),
    (("policy", "review_by"), 3),
    (("policy", "mutable_by"), ["queen"]),
    (("policy", "overdue"), ...),
    (("policy", "overdue", "to"), []),
    (("policy", "overdue", "after_school_days"), 0),
    (("policy", "target"), 101),
    (("ladder", 0, "fires"), "sometimes"),
    (("also_tell", 0, "flags"), ["tall"]),
    (("also_tell", 0, "to"), []),
    (("covered", 0, "by"), "magic"),
    (("covered", 0, "says"), ...),
    ((*RULE, "rows"), []),
    ((*RULE, "rows"), ...),
    ((*RULE, "says"), ...),
    ((*RULE, "moon"), 1),
    ((*RULE, "rung"), ...),
    ((*RULE, "rung"), 0),
    ((*RULE, "once_per"), "blue moon"),
    ((*RULE, "population"), {}),
    ((*RULE, "population"), {"flags_any": ["tall"]}),
    ((*RULE, "population"), {"moon": ["send"]}),
    ((*RULE, "mutable_by"), ["queen"]),
    ((*RULE, "no_action"), "nothing"),
    ((*RULE, "floor"), True),
    ((*RULE, "then"), ...),
    ((*RULE, "then"), []),
    ((*RULE, "when"), ...),
    ((*RULE, "when", "metric"), "moon"),
    ((*RULE, "when", "metric"), ...),
    ((*RULE, "when", "unit"), ...),
    ((*RULE, "when", "unit"), "moon"),
    ((*RULE, "when", "category"), ...),
    ((*RULE, "when", "category"), "asleep"),
    ((*RULE, "when", "at_least"), ...),
    ((*RULE, "when", "at_least"), 0),
    ((*RULE, "when", "at_least"), "3"),
    ((*RULE, "when", "more_than"), 2),
    ((*RULE, "when", "window"), "term"),
    ((*RULE, "when", "standing"), "a feeling"),
    ((*RULE, "when", "within"), {}),
    ((*RULE, "when", "within", "first_sessions"), 3),
    ((*RULE, "when", "within"), {"first_months": 0}),
    ((*THEN, 0, "kind"), "postcard"),
    ((*THEN, 0, "to"), ["queen"]),
    ((*THEN, 0, "to"), []),
    ((*THEN, 0, "says"), ...),
    ((*THEN, 0, "due_school_days"), -1),
    ((*THEN, 0, "due_school_days"), ...),
    ((*THEN, 0, "repeats"), "always"),
    ((*THEN, 0, "effort"), "telepathy"),
    ((*THEN, 0, "template"), "action-plan"),
    ((*THEN, 0, "approval"), "one"),
    ((*THEN, 1, "repeats"), "each_school_day"),
    ((*THEN, 1, "approval"), "as_authority"),
    ((*THEN, 1, "effort"), "call"),
    ((*THEN, 2, "template"), ...),
    ((*THEN, 2, "template"), "haiku"),
    ((*THEN, 2, "approval"), "one"),
    ((*THEN, 3, "approval"), ...),
    ((*THEN, 3, "approval"), "perhaps"),
]

WHENS = [
    'metric = "consecutive", unit = "session", category = "unexplained", more_than = 0, standing = "safeguarding_concern"',
    'metric = "each", unit = "school_day", category = "absent"',
    'metric = "percentage", unit = "session", window = "school_year", below = 90, min_sessions = 20, clear_at = 95',
    'metric = "percentage", unit = "session", window = "school_weeks", school_weeks = 6, category = "absent", at_least = 10, min_sessions = 20, clear_at = 5, counting = "national"',
    'metric = "percentage", unit = "session", window = "since_event", event = "contract_agreed", at_most = 90, min_sessions = 1, clear_at = 100',
    'metric = "rolling_count", unit = "session", category = "unauthorised", at_least = 10, school_weeks = 10',
    'metric = "cumulative", unit = "school_day", category = "illness", at_least = 15, less_than = 20, window = "school_year", again_each_run = true',
    'metric = "deadline", unit = "school_day", code = "N", after_school_days = 5',
    'metric = "deadline", unit = "school_day", event = "contract_agreed", after_school_days = 5',
    'metric = "time_of_day", unit = "session", session = "AM", at = 09:10:00, category = "unexplained"',
    'metric = "minutes", unit = "session", minutes = 10, category = "unexplained"',
    'metric = "before_session", unit = "session", lead_school_days = 1',
    'metric = "register", unit = "session", session = "PM", by = 13:30:00',
    'metric = "event", event = "pre_commencement", school_days_before = 5',
    'metric = "event", event = "first_session", category = "absent"',
    'metric = "event", event = "return", category = "absent", at_least = 1, at_most = 3',
    'metric = "event", event = "term_end", about = "pupil"',
    'metric = "event", event = "weekly", about = "school", on = "last_day"',
    'metric = "event", event = "part_time", on = "first_day"',
    'metric = "event", event = "behaviour_concern"',
    'metric = "review", unit = "school_day", of = "three", after_school_days = 5, measure = "attendance", below = 90, min_sessions = 10',
    'metric = "review", unit = "school_day", of = "three", after_school_days = 5, measure = "still_holds"',
    'metric = "pattern", unit = "session", shape = "weekday", category = "absent", at_least = 3, school_weeks = 6',
]  # fmt: skip


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_schema_that_ships_is_the_one_the_readers_give():
    assert (SHIPPED / "policy.schema.json").read_text("utf-8") == schema_text()


def test_the_command_prints_the_schema():
    done = CliRunner().invoke(cli, ["policy", "schema"])

    assert (done.exit_code, json.loads(done.stdout)) == (0, SCHEMA)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_policy_that_ships_is_valid(path):
    assert [error.message for error in VALIDATOR.iter_errors(plain(tomllib.loads(path.read_text("utf-8"))))] == []


def test_a_policy_that_loads_is_valid():
    assert (loads(POLICY), is_valid(POLICY)) == (True, True)


@pytest.mark.parametrize(("path", "value"), WRONG, ids=str)
def test_what_the_reader_refuses_the_schema_refuses(path, value):
    data = changed(path, value)

    assert (loads(data), is_valid(data)) == (False, False)


@pytest.mark.parametrize("when", WHENS)
def test_a_condition_that_the_reader_takes_is_valid(when):
    condition = tomllib.loads(f"when = {{ {when} }}")["when"]
    problems = refusals(condition)

    assert problems == []
    assert is_valid(changed((*RULE, "when"), condition))


@pytest.mark.parametrize("when", WHENS)
def test_a_condition_needs_each_of_its_keys(when):
    condition = tomllib.loads(f"when = {{ {when} }}")["when"]
    fewer = [{key: value for key, value in condition.items() if key != left_out} for left_out in condition]

    assert [is_valid(changed((*RULE, "when"), each)) for each in fewer] == [refusals(each) == [] for each in fewer]


@pytest.mark.parametrize("when", WHENS)
def test_a_condition_takes_no_other_key(when):
    condition = tomllib.loads(f"when = {{ {when} }}")["when"]

    assert refusals(condition | {"moon": 1}) != []
    assert not is_valid(changed((*RULE, "when"), condition | {"moon": 1}))


def refusals(condition):
    """What the reader says of a condition, whatever it says of the rule around it."""
    try:
        read_policy(changed((*RULE, "when"), condition), allowed(NATIONAL))
    except PolicyErrors as errors:
        return [
            str(each)
            for each in errors.problems
            if ": when" in each.where and "no rule about a pupil" not in each.message
        ]
    return []


def test_what_a_reader_asks_for_is_found_out_by_letting_it_read():
    def read(table):
        if table.choice("kind", ("a", "b", "c")) == "a":
            return table.day("on"), table.has("note") and table.text("note")
        return table.choices("to", ("x", "y"), may_be_empty=True), table.flag("is_so"), table.has("is_so")

    one, other = variants(read, {"id": {"const": 1}})

    assert one.as_schema() == {
        "type": "object",
        "properties": {
            "id": {"const": 1},
            "kind": {"enum": ["b", "c"]},
            "to": {"type": "array", "items": {"enum": ["x", "y"]}},
            "is_so": {"type": "boolean"},
        },
        "required": ["id", "kind", "to", "is_so"],
        "additionalProperties": False,
    }
    assert other.properties["on"] == {"type": "string", "format": "date"}
    assert other.properties.keys() - other.required == {"note"}


def test_every_metric_and_unit_is_tried():
    tried = [tomllib.loads(f"when = {{ {when} }}")["when"] for when in WHENS] + [POLICY["rule"][0]["when"]]

    assert {(each["metric"], each.get("unit")) for each in tried} >= TRIGGERS.keys() - {
        ("each", "session"),
        ("cumulative", "session"),
    }
