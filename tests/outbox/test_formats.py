"""What is composed, what is published and what the schemas say agree."""

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from outbox.confirmations import CONFIRMATION_COLUMNS
from outbox.feed_rows import COLUMNS, Profile
from outbox.notice import Urgency
from outbox.notices import compose_notice
from outbox.own_schema import csv_misfits
from outbox.validating import validate
from tests.outbox.builders import CHILD, GOLDEN, ROOT, notice, phoned, referral, update, withdrawal
from tests.outbox.examples import correction, examples, full_day, nil

FORMATS = ROOT / "docs" / "formats"
EXAMPLES = examples()


def schema(name):
    return json.loads((FORMATS / name).read_bytes())


TABLE = {field["name"]: field for field in schema("attendance-daily-1.0.schema.json")["fields"]}
CONCERN = Draft202012Validator(schema("attendance-concern-1.0.schema.json"))
MANIFEST = Draft202012Validator(schema("attendance-daily-1.0.manifest.schema.json"))


def table_problems(content: bytes) -> list[str]:
    return [str(each) for each in csv_misfits("attendance-daily/1.0", content)]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_published_example_is_what_is_composed(name):
    """``python -m tests.outbox.examples`` writes them again; the difference is for a person to read."""
    assert (GOLDEN / name).read_bytes() == EXAMPLES[name]


def test_no_example_is_published_that_nothing_composes():
    assert {path.name for path in GOLDEN.iterdir()} == EXAMPLES.keys()


@pytest.mark.parametrize("name", sorted(path.name for path in FORMATS.glob("*.json")))
def test_what_is_published_is_what_the_program_checks_by(name):
    assert (FORMATS / name).read_bytes() == (ROOT / "outbox" / "formats" / name).read_bytes()


def test_every_schema_that_ships_is_published():
    shipped = {path.name for path in (ROOT / "outbox" / "formats").iterdir()}

    assert shipped == {path.name for path in FORMATS.glob("*.json")}


@pytest.mark.parametrize(
    "name",
    [
        "attendance-concern-1.0.schema.json",
        "attendance-daily-1.0.manifest.schema.json",
        "attendance-confirmation-1.0.manifest.schema.json",
    ],
)
def test_the_schemas_are_valid_schemas(name):
    Draft202012Validator.check_schema(schema(name))


def test_the_table_schema_has_the_columns_of_the_identity_profile_in_order():
    assert tuple(TABLE) == COLUMNS[Profile.IDENTITY]


@pytest.mark.parametrize(
    ("stem", "names"),
    [("attendance-daily", COLUMNS[Profile.IDENTITY]), ("attendance-confirmation", CONFIRMATION_COLUMNS)],
)
def test_the_csvw_metadata_has_the_same_columns(stem, names):
    described = schema(f"{stem}-1.0.csv-metadata.json")

    assert tuple(column["name"] for column in described["tableSchema"]["columns"]) == names
    assert tuple(field["name"] for field in schema(f"{stem}-1.0.schema.json")["fields"]) == names
    assert (FORMATS / described["url"]).is_file()


#: The published files of 1.0 as they were when it was published; a later 1.x must go on taking them.
YESTERDAY = {name: content for name, content in EXAMPLES.items() if name.startswith("attendance-")}


@pytest.mark.parametrize("name", sorted(YESTERDAY))
def test_promise_29_every_published_version_still_validates(name):
    """Every published version of a schema still validates."""
    assert [str(problem) for problem in validate(GOLDEN / name).problems] == []


@pytest.mark.parametrize(
    "feed",
    [full_day(Profile.IDENTITY)[0], full_day(Profile.MINIMAL)[0], correction(), nil()],
    ids=lambda f: f.file_name,
)
def test_feeds_and_manifests_satisfy_their_schemas(feed):
    assert table_problems(feed.csv) == []
    assert [error.message for error in MANIFEST.iter_errors(feed.manifest)] == []


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
