"""What is composed, what is published and what the schemas say agree."""

import csv
import io
import json
import re
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from outbox.feed_rows import COLUMNS, Profile
from outbox.notice import Urgency
from outbox.notices import compose_notice
from tests.outbox.builders import CHILD, GOLDEN, ROOT, notice, phoned, referral, update, withdrawal
from tests.outbox.examples import correction, examples, full_day, nil

FORMATS = ROOT / "docs" / "formats"
EXAMPLES = examples()


def schema(name):
    return json.loads((FORMATS / name).read_bytes())


TABLE = {field["name"]: field for field in schema("attendance-daily-1.0.schema.json")["fields"]}
CONCERN = Draft202012Validator(schema("attendance-concern-1.0.schema.json"))
MANIFEST = Draft202012Validator(schema("attendance-daily-1.0.manifest.schema.json"))
_TYPES = {
    "string": r".*",
    "integer": r"\d+",
    "date": r"\d{4}-\d{2}-\d{2}",
    "time": r"\d{2}:\d{2}",
    "datetime": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z",
}


def table_problems(content: bytes) -> list[str]:
    """Check cells against the Table Schema: type, required, enum and pattern."""
    rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
    return [f"{name}={value!r}" for row in rows for name, value in row.items() if not _fits(TABLE[name], value)]


def _fits(field, value) -> bool:
    constraints = field.get("constraints", {})
    if value == "":
        return not constraints.get("required")
    fits_pattern = all(re.fullmatch(each, value) for each in (_TYPES[field["type"]], constraints.get("pattern", ".*")))
    return fits_pattern and value in constraints.get("enum", [value])


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_published_example_is_what_is_composed(name):
    """``python -m tests.outbox.examples`` writes them again; the difference is for a person to read."""
    assert (GOLDEN / name).read_bytes() == EXAMPLES[name]


def test_no_example_is_published_that_nothing_composes():
    assert {path.name for path in GOLDEN.iterdir()} == EXAMPLES.keys()


@pytest.mark.parametrize("name", ["attendance-concern-1.0.schema.json", "attendance-daily-1.0.manifest.schema.json"])
def test_the_schemas_are_valid_schemas(name):
    Draft202012Validator.check_schema(schema(name))


def test_the_table_schema_has_the_columns_of_the_identity_profile_in_order():
    assert tuple(TABLE) == COLUMNS[Profile.IDENTITY]


def test_the_csvw_metadata_has_the_same_columns():
    columns = schema("attendance-daily-1.0.csv-metadata.json")["tableSchema"]["columns"]

    assert tuple(column["name"] for column in columns) == COLUMNS[Profile.IDENTITY]


@pytest.mark.parametrize(
    "feed",
    [full_day(Profile.IDENTITY)[0], full_day(Profile.MINIMAL)[0], correction(), nil()],
    ids=lambda f: f.file_name,
)
def test_feeds_and_manifests_satisfy_their_schemas(feed):
    assert table_problems(feed.csv) == []
    assert [error.message for error in MANIFEST.iter_errors(feed.manifest)] == []


def test_the_table_check_finds_what_is_wrong():
    whole = full_day(Profile.MINIMAL)[0].csv

    assert table_problems(whole.replace(b",absent,", b",away,")) == ["attended='away'"]
    assert table_problems(whole.replace(b",937,", b",,", 1)) == []
    assert table_problems(whole.replace(b",current,", b",,", 1)) == ["record_state=''"]


URGENT = notice(urgency=Urgency.URGENT_PHONE_MADE, phone_call=phoned())


@pytest.mark.parametrize(
    "composed",
    [
        notice(),
        URGENT,
        update(),
        referral(),
        withdrawal(),
        withdrawal(absence=notice().absence),
        referral(child=replace(CHILD, upn="", home_school=None, parents=(), date_of_birth=None), actions=()),
        notice(absence=replace(notice().absence, last_attended=None, codes=(), not_recorded=())),
    ],
    ids=lambda each: each.kind,
)
def test_notices_of_every_kind_satisfy_the_schema(composed):
    assert [error.message for error in CONCERN.iter_errors(json.loads(compose_notice(composed)))] == []


def without(event, *path):
    *parents, last = path
    inside = event
    for name in parents:
        inside = inside[name]
    del inside[last]
    return event


@pytest.mark.parametrize(
    ("composed", "missing"),
    [
        (notice(), ("id",)),
        (notice(), ("data", "absence")),
        (notice(), ("data", "respond_by")),
        (referral(), ("data", "approved_by_role")),
        (referral(), ("data", "child", "address")),
        (update(), ("data", "changes_since_last")),
        (withdrawal(), ("data", "supersedes")),
        (URGENT, ("data", "phone_call")),
    ],
)
def test_the_schema_refuses_a_notice_that_lacks_what_its_kind_needs(composed, missing):
    assert not CONCERN.is_valid(without(json.loads(compose_notice(composed)), *missing))


@pytest.mark.parametrize(("name", "value"), [("full_name", "Robin Canary"), ("date_of_birth", "2012-03-14")])
def test_the_schema_refuses_a_name_in_anything_but_a_referral(name, value):
    event = json.loads(compose_notice(notice()))
    event["data"]["child"][name] = value

    assert not CONCERN.is_valid(event)


@pytest.mark.parametrize("name", ["referral", "history", "incomplete"])
def test_the_schema_refuses_what_is_for_a_referral_alone_in_anything_else(name):
    event = json.loads(compose_notice(notice()))
    event["data"][name] = json.loads(compose_notice(referral()))["data"][name]

    assert not CONCERN.is_valid(event)
