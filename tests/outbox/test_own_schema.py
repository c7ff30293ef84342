"""Nothing leaves that does not match its own published schema; what is said of it names no pupil."""

import hashlib
import json

import pytest

from outbox.feed_rows import Profile
from outbox.messages import CLOUD_EVENT, EMAIL
from outbox.multipart import Part, join, split
from outbox.notices import compose_notice
from outbox.own_schema import misfit
from tests.outbox.builders import notice, referral, update, withdrawal
from tests.outbox.examples import confirmation, correction, full_day, nil

WHOLE = full_day(Profile.IDENTITY)[0]


def spoiled(*changes, feed=WHOLE, **members):
    """Return the message's payload with bytes of the file replaced, its manifest put right, and members changed."""
    content = feed.csv
    for old, new in changes:
        assert old in content
        content = content.replace(old, new, 1)
    manifest = feed.manifest | {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} | members
    parts = [
        Part(name="feed", file_name=feed.file_name, content_type="text/csv", content=content),
        Part(
            name="manifest", file_name="m.json", content_type="application/json", content=json.dumps(manifest).encode()
        ),
    ]
    return join(parts, "boundary")


@pytest.mark.parametrize("feed", [WHOLE, full_day(Profile.MINIMAL)[0], correction(), nil(), confirmation()])
def test_every_feed_that_is_composed_matches(feed):
    assert misfit("feed.full_day", feed.content_type, feed.payload) is None


@pytest.mark.parametrize("composed", [notice(), update(), referral(), withdrawal()], ids=lambda each: each.kind)
def test_every_notice_that_is_composed_matches(composed):
    assert misfit(f"notice.{composed.kind}", CLOUD_EVENT, compose_notice(composed)) is None


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (spoiled((b",present,", b",here,")), "row 2: attended: is 'here': the format has present, late, absent,"),
        (spoiled((b",present,", b",Robin Canary,")), "row 2: attended: is another word: the format has"),
        (spoiled((b"P937400126001", b"P93740012600")), "row 2: upn: is not in the published form"),
        (spoiled((b",2012-03-14,", b",2012-02-30,")), "row 2: date_of_birth: is not a date as 2026-11-02"),
        (spoiled((b",12,", b",-12,")), "row 3: minutes_late: is not a whole number from 0 on"),
        (spoiled((b",09:12,", b",25:12,")), "row 3: arrived_at: is not a time as 09:05"),
        (spoiled((b"T09:05:00Z", b"T09:05:00")), "row 2: marked_at: is not an instant in UTC"),
        (spoiled((b",not_established,", b",,")), "row 4: reason_status: is empty: every absence has it"),
        (spoiled((b"PL-0412", b"")), "row 2: placement_ref: is empty: every current row has it"),
        (spoiled((b",current,", b",withdrawn,")), "row 2: attended: is filled in a withdrawn row"),
        (spoiled((b"2026-11-04T15:28:00Z", b"")), "row 2: extracted_at: is empty: every row has it"),
        (spoiled((b",session,", b",half,")), "row 1: session: is missing: the format has this column"),
        (spoiled((b",arbor\r\n", b"\r\n")), "row 2: has 38 cells under 39 columns"),
        (spoiled(rows=-1), "manifest: rows: is not in the published form (minimum)"),
        (spoiled(mode="whole"), "manifest: mode: is none of what the format has: full_day, correction, nil"),
        (spoiled(bytes=1), "the file has 2004 bytes, its manifest says 1"),
        (spoiled(sha256="0" * 64), "the file's SHA-256 is not the one in its manifest"),
        (spoiled(layout="own"), "manifest: the whole: corrects_by is missing"),
    ],
)  # fmt: skip
def test_a_feed_that_does_not_match_is_found_out_by_row_and_column(payload, said):
    why = misfit("feed.full_day", *payload)

    assert said.replace("2004", str(len(WHOLE.csv))) in why
    assert why.startswith("does not match its own schema and was not sent: ")
    assert "Robin" not in why


def test_a_record_that_stands_twice_is_found_out():
    header, first, *_ = WHOLE.csv.splitlines(keepends=True)

    assert "row 3: record_id: stands twice" in misfit("feed.full_day", *spoiled((WHOLE.csv, header + first + first)))


def test_a_layout_of_a_receivers_own_is_checked_by_its_manifest_alone():
    payload = spoiled((b",present,", b",P,"), layout="own", corrects_by="record")

    assert misfit("feed.full_day", *payload) is None


@pytest.mark.parametrize(
    ("path", "said"),
    [(("data", "absence"), "data: absence is missing"), (("specversion",), "the whole: specversion is missing")],
)
def test_a_notice_that_lacks_something_is_found_out(path, said):
    event = json.loads(compose_notice(notice()))
    inside = event if len(path) == 1 else event[path[0]]
    del inside[path[-1]]

    assert said in misfit("notice.notification", CLOUD_EVENT, json.dumps(event).encode())


@pytest.mark.parametrize(("kind", "content_type"), [("alert", CLOUD_EVENT), ("notice.notification", EMAIL)])
def test_what_has_no_published_schema_is_not_judged(kind, content_type):
    assert misfit(kind, content_type, b"anything") is None


def test_the_parts_of_a_feed_are_its_file_and_its_manifest():
    assert [part.name for part in split(WHOLE.content_type, WHOLE.payload)] == ["feed", "manifest"]
