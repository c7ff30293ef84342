"""A validator that knows nothing of this program accepts our feeds by the published Table Schemas, and refuses others."""

import csv
import json

import pytest
from frictionless import Resource, Schema, system

from outbox.feed_rows import Profile
from outbox.own_schema import csv_misfits
from tests.outbox.builders import ROOT
from tests.outbox.examples import confirmation, correction, full_day, nil

FORMATS = ROOT / "docs" / "formats"
LONGEST_FIELD = 131_072


@pytest.fixture(autouse=True)
def limits_as_they_were():
    """Take back the limit that the validator sets for the whole process."""
    yield
    csv.field_size_limit(LONGEST_FIELD)


def independent_problems(content, stem, tmp_path):
    path = tmp_path / "feed.csv"
    path.write_bytes(content)
    described = Schema.from_descriptor(json.loads((FORMATS / f"{stem}-1.0.schema.json").read_bytes()))
    with system.use_context(trusted=True):
        report = Resource(path=str(path), schema=described).validate()
    return [error.message for task in report.tasks for error in task.errors] or list(report.errors)


@pytest.mark.parametrize(
    ("stem", "feed"),
    [
        ("attendance-daily", full_day(Profile.IDENTITY)[0]),
        ("attendance-daily", full_day(Profile.MINIMAL)[0]),
        ("attendance-daily", correction()),
        ("attendance-daily", nil()),
        ("attendance-confirmation", confirmation()),
    ],
    ids=["identity", "minimal", "correction with a withdrawal", "nil", "confirmation"],
)
def test_an_independent_validator_accepts_our_feeds(stem, feed, tmp_path):
    assert independent_problems(feed.csv, stem, tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [(b",absent,", b",away,"), (b"P937400126001", b"P93"), (b",current,", b",,"), (b"2026-11-04,AM", b"4 Nov,AM")],
)
def test_the_independent_validator_and_ours_refuse_the_same(old, new, tmp_path):
    content = full_day(Profile.IDENTITY)[0].csv.replace(old, new, 1)

    assert len(independent_problems(content, "attendance-daily", tmp_path)) >= 1
    assert len(list(csv_misfits("attendance-daily/1.0", content))) >= 1
