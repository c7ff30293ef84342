import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.model import Half, Session
from outbox.feed_rows import COLUMNS, Attended, Profile, cells, when
from outbox.feeds import Mode, changed_only, compose_feed, revise
from outbox.layouts import STANDARD
from outbox.multipart import Part, join, split
from tests.outbox.builders import WED, a_day, absent, at, feed_row, header

MINIMAL, IDENTITY = Profile.MINIMAL, Profile.IDENTITY


def compose(rows, profile=IDENTITY, **changes):
    revised, _ = revise({}, rows, profile)
    return compose_feed(header(profile=profile, **changes), revised)


def read(feed):
    return list(csv.DictReader(io.StringIO(feed.csv.decode(), newline="")))


def revisions(rows):
    return {row.record_id: row.revision for row in rows}


def test_a_row_says_what_happened_in_one_session():
    (row,) = read(compose([absent()], MINIMAL))

    assert row["date"] == "2026-11-04"
    assert (row["session"], row["expected"], row["attended"], row["national_code"]) == ("AM", "Y", "absent", "N")
    assert (row["reason_status"], row["contact_status"]) == ("not_established", "not_reached")
    assert (row["contact_at"], row["extracted_at"]) == ("2026-11-04T09:40:00Z", "2026-11-04T15:28:00Z")
    assert (row["revision"], row["record_state"]) == ("1", "current")


def test_the_file_is_what_rfc_4180_says():
    feed = compose(a_day())

    assert feed.csv.startswith(b"schema_version,record_id,revision,record_state,sender_id,")
    assert feed.csv.count(b"\r\n") == feed.csv.count(b"\n") == 5
    assert '"Wren, the second",Zoë,'.encode() in feed.csv


def test_names_and_dates_of_birth_are_in_the_identity_profile_alone():
    minimal, identity = compose(a_day(), MINIMAL), compose(a_day(), IDENTITY)

    assert "Canary" in identity.csv.decode()
    assert not any(word in minimal.csv.decode() for word in ("Canary", "Robin", "Zoë", "2012-03-14", "surname"))
    assert set(COLUMNS[IDENTITY]) - set(COLUMNS[MINIMAL]) == {"surname", "forename", "date_of_birth"}


def test_no_row_without_its_name_column_loses_a_value():
    assert all(cells(absent(), profile).keys() < set(COLUMNS[profile]) for profile in Profile)


@pytest.mark.parametrize("profile", Profile)
def test_nothing_but_the_file_names_the_child(profile):
    feed = compose(a_day(), profile)

    assert feed.file_name == "attendance-daily_1.0_thornbury-lane_warwickshire_20261104_000041_r1.csv"
    assert "Canary" not in json.dumps(feed.manifest) + feed.file_name + feed.content_type


def test_a_file_name_keeps_to_plain_letters():
    feed = compose(a_day(), sender_id="Thornbury Lane / 2", destination="../etc")

    assert feed.file_name.startswith("attendance-daily_1.0_Thornbury-Lane-2_..-etc_")


def test_the_manifest_proves_the_file():
    feed = compose(a_day())

    assert feed.manifest["sha256"] == hashlib.sha256(feed.csv).hexdigest()
    assert feed.manifest["bytes"] == len(feed.csv)
    assert feed.manifest["rows"] == len(read(feed)) == 4
    assert (feed.manifest["pupils"], feed.manifest["sessions_not_recorded"]) == (2, 1)
    assert feed.manifest["registers"] == "3 of 4"
    assert (feed.manifest["sequence"], feed.manifest["previous_sequence"]) == (41, 40)
    assert compose(a_day(), sequence=1).manifest["previous_sequence"] is None


def test_the_payload_holds_both_files_the_manifest_last():
    feed = compose(a_day())

    csv_part, manifest_part = split(feed.content_type, feed.payload)
    assert (csv_part.name, csv_part.file_name, csv_part.content) == ("feed", feed.file_name, feed.csv)
    assert (manifest_part.name, json.loads(manifest_part.content)) == ("manifest", feed.manifest)
    assert manifest_part.file_name == feed.file_name.replace(".csv", ".json")


def test_the_same_rows_in_any_order_are_the_same_bytes():
    assert compose(a_day()).payload == compose(reversed(a_day())).payload


def test_promise_30_a_day_without_sessions_is_reported_as_empty():
    """An empty day is reported as empty."""
    feed = compose([], mode=Mode.NIL)

    assert read(feed) == []
    assert feed.csv.count(b"\r\n") == 1
    assert (feed.manifest["mode"], feed.manifest["rows"]) == ("nil", 0)


@pytest.mark.parametrize(("mode", "rows"), [(Mode.NIL, a_day()), (Mode.FULL_DAY, []), (Mode.CORRECTION, [])])
def test_a_feed_says_nil_exactly_when_it_is(mode, rows):
    with pytest.raises(ValueError, match="an empty day is a nil feed"):
        compose(rows, mode=mode)


@pytest.mark.parametrize(
    "name", ["=cmd()", "+44", "-Robin", "@sum", "\tRobin", "\rRobin", "\nRobin", "\0Robin", "＝cmd()", "  =cmd()"]
)
def test_a_spreadsheet_does_not_run_a_name(name):
    guarded, bare = (
        compose([feed_row(surname=name)], layout=replace(STANDARD, guards_names=on)) for on in (True, False)
    )

    assert read(guarded)[0]["surname"] == f"'{name}"
    assert read(bare)[0]["surname"] == name


def test_codes_and_ordinary_names_stay_as_they_are():
    (row,) = read(compose([feed_row(provider_mark="-", surname="O'Wren-Smith", placement_ref="=PL")]))

    assert (row["provider_mark"], row["surname"], row["placement_ref"]) == ("-", "O'Wren-Smith", "=PL")


def test_what_has_not_changed_keeps_its_revision():
    rows, published = revise({}, a_day(), IDENTITY)
    again, published_again = revise(published, a_day(), IDENTITY)

    assert set(revisions(rows).values()) == {1}
    assert revisions(again) == revisions(rows)
    assert published_again == published
    assert changed_only(published, again) == ()


def test_a_changed_mark_raises_the_revision_of_its_record_alone():
    first, absence, *others = a_day()
    _, published = revise({}, [first, absence, *others], IDENTITY)
    explained = replace(absence, national_code="I", changed_at=at(16))

    rows, _ = revise(published, [first, explained, *others], IDENTITY)

    assert revisions(changed_only(published, rows)) == {absence.record_id: 2}


def test_a_corrected_name_raises_a_revision_only_where_names_are_sent():
    _, minimal = revise({}, [feed_row()], MINIMAL)
    _, identity = revise({}, [feed_row()], IDENTITY)
    renamed = feed_row(surname="Corrected")

    assert changed_only(minimal, revise(minimal, [renamed], MINIMAL)[0]) == ()
    assert len(changed_only(identity, revise(identity, [renamed], IDENTITY)[0])) == 1


def test_a_record_that_no_longer_holds_is_withdrawn_once_and_says_nothing_of_the_pupil():
    first, *others = a_day()
    _, published = revise({}, [first, *others], IDENTITY)

    rows, after = revise(published, others, IDENTITY)
    again, after_again = revise(after, others, IDENTITY)

    (withdrawn,) = changed_only(published, rows)
    assert (withdrawn.record_id, withdrawn.revision, withdrawn.row) == (first.record_id, 2, None)
    assert revisions(again) == revisions(rows)
    assert after_again == after
    (row,) = read(compose_feed(header(mode=Mode.CORRECTION), (withdrawn,)))
    assert {name for name, value in row.items() if value} == {
        "schema_version", "record_id", "revision", "record_state", "sender_id", "sender_name", "date", "extracted_at",
    }  # fmt: skip


def test_a_record_that_comes_back_has_a_higher_revision_than_its_withdrawal():
    first, *others = a_day()
    published = {}
    for rows in ([first, *others], others):
        _, published = revise(published, rows, IDENTITY)

    rows, _ = revise(published, [first, *others], IDENTITY)

    assert revisions(changed_only(published, rows)) == {first.record_id: 3}


def test_two_rows_of_one_record_are_an_error():
    with pytest.raises(ValueError, match="two rows of the feed are the same record"):
        revise({}, [feed_row(), feed_row()], IDENTITY)


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from("/NI"), max_size=3), max_size=6))
def test_a_receiver_that_keeps_the_highest_revision_knows_the_last_day(days):
    published, kept = {}, {}
    for day in days:
        rows = [feed_row(record_id=pupil, local_pupil_id=pupil, national_code=code) for pupil, code in day.items()]
        revised, after = revise(published, rows, MINIMAL)
        kept |= {each.record_id: each.row for each in changed_only(published, revised)}
        published = after

    assert {key: row.national_code for key, row in kept.items() if row} == (days[-1] if days else {})


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"attended": Attended.ABSENT}, "an absence needs reason_status and contact_status"),
        ({"marked_at": None}, "only a session not recorded has no marked_at"),
    ],
)
def test_a_row_that_says_too_little_is_an_error(changes, problem):
    with pytest.raises(ValueError, match=problem):
        feed_row(**changes)


def test_a_summer_afternoon_is_written_in_utc():
    assert when(datetime(2026, 7, 1, 13, 5, 59, 999, tzinfo=UTC)) == "2026-07-01T13:05:59Z"


def test_a_payload_cut_short_is_no_payload():
    content_type, payload = join([Part(name="a", file_name="a.csv", content_type="text/csv", content=b"x\r\n--")], "b")

    assert split(content_type, payload)[0].content == b"x\r\n--"
    with pytest.raises(ValueError, match="not a whole multipart payload"):
        split(content_type, payload[:-5])


def test_a_file_over_several_days_dates_no_withdrawal():
    _, published = revise({}, [feed_row()], IDENTITY)
    rows, _ = revise(published, [], IDENTITY)

    (row,) = read(compose_feed(header(mode=Mode.CORRECTION, date_from=date(2026, 11, 2)), rows))

    assert row["date"] == ""
    assert Session(WED, Half.AM) == feed_row().session
