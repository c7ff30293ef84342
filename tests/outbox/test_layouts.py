"""A feed's file as one receiver wants it, and what a person can get wrong in saying how."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.layouts import layout_of
from config.loading import load_library
from mapping.model import Half, Session
from outbox.feed_rows import Attended, Profile
from outbox.feeds import FeedKind, Mode, changed_only, compose_feed, numbers_of, revise
from outbox.layout_checks import layout_problems
from outbox.layouts import STANDARD, Column, CorrectsBy, Layout, Rows
from outbox.multipart import split
from tests.outbox.builders import WED, a_day, absent, feed_row, header

SHIPPED = {name: layout_of(name, written) for name, written in load_library().layouts.items()}
WIDE = SHIPPED["example-wide-am-pm"]
MARKS = SHIPPED["example-session-marks"]
WORDS = {"attended": [each.value for each in Attended], "session": ["AM", "PM"], "national_code": ["/", "N"]}


def composed(layout, rows, profile=Profile.MINIMAL, **changes):
    revised, _ = revise({}, rows, profile)
    return compose_feed(header(layout=layout, profile=profile, **changes), revised)


def lines(feed):
    return feed.csv.decode("utf-8-sig").splitlines()


def test_the_standard_written_as_a_layout_is_the_standard():
    assert SHIPPED["attendance-daily-1.0"] == STANDARD
    assert STANDARD.corrects_by is CorrectsBy.RECORD


@pytest.mark.parametrize("profile", list(Profile))
def test_a_copy_of_the_standard_writes_the_same_bytes_cell_by_cell(profile):
    copy = composed(replace(STANDARD, name="a-copy"), a_day(), profile)

    assert copy.csv == composed(STANDARD, a_day(), profile).csv
    assert (copy.manifest["layout"], copy.manifest["corrects_by"]) == ("a-copy", "record")


def test_a_row_of_a_day_holds_both_sessions():
    assert lines(composed(WIDE, a_day())) == [
        "UPN,Placement,Provision type,Date,AM,AM code,PM,PM code",
        "P937400126001,PL-0412,AP,04/11/2026,P,/,A,N",
        ",PL-0413,AP,04/11/2026,L,L,?,",
    ]


def test_names_are_in_a_layout_only_where_the_profile_is_identity():
    head, first, *_ = lines(composed(WIDE, a_day(), Profile.IDENTITY))

    assert head.startswith("UPN,Surname,Forename,Placement,")
    assert first.startswith("P937400126001,Canary,Robin,PL-0412,")


def test_a_morning_leaves_the_afternoon_empty():
    assert lines(composed(WIDE, [feed_row()]))[1] == "P937400126001,PL-0412,AP,04/11/2026,P,/,,"


def test_rows_in_the_manifest_are_rows_of_the_file():
    feed = composed(WIDE, a_day())

    assert (feed.manifest["rows"], feed.manifest["pupils"]) == (2, 2)
    assert feed.csv.startswith(b"\xef\xbb\xbfUPN")


def test_a_layout_without_header_and_manifest_is_one_file():
    feed = composed(MARKS, a_day())

    assert feed.csv == b"P937400126001;20261104;AM;/\n;20261104;AM;L\nP937400126001;20261104;PM;N\n;20261104;PM;-\n"
    assert [part.file_name for part in split(feed.content_type, feed.payload)] == [feed.file_name]


def test_a_files_name_follows_the_layout_and_its_reference_does_not():
    head = header(layout=WIDE)

    assert compose_feed(replace(head, mode=Mode.NIL), ()).file_name == "attendance_thornbury-lane_2026-11-04_00041.csv"
    assert head.reference == "attendance-daily_1.0_thornbury-lane_warwickshire_20261104_000041_r1.csv"
    assert numbers_of(head.reference) == (WED, 41, 1)
    assert numbers_of(replace(head, kind=FeedKind.CONFIRMATION).reference) == (WED, 41, 1)
    assert numbers_of("A7C3-K9MP") is None


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({"instant_format": "%d/%m/%Y %H:%M"}, "01/07/2026 08:05"),
        ({"instant_format": "%d/%m/%Y %H:%M", "are_instants_local": True}, "01/07/2026 09:05"),
    ],
    ids=["utc", "local, in summer"],
)
def test_instants_are_written_by_the_clock_that_is_asked_for(changes, cell):
    layout = Layout(name="own", columns=(Column(name="Marked", source="marked_at"),), **changes)
    row = feed_row(marked_at=datetime(2026, 7, 1, 8, 5, tzinfo=UTC))

    assert lines(composed(layout, [row]))[1] == cell


@pytest.mark.parametrize(("on", "cell"), [(True, "'=cmd()"), (False, "=cmd()")])
def test_the_guard_of_names_can_be_switched_off_for_a_machine(on, cell):
    columns = (Column(name="Name", source="surname", is_identity=True), Column(name="Code", source="provider_mark"))
    layout = Layout(name="own", columns=columns, guards_names=on)
    row = feed_row(surname="=cmd()", provider_mark="-")

    assert lines(composed(layout, [row], Profile.IDENTITY))[1] == f"{cell},-"


def test_a_pupil_at_two_sites_keeps_two_rows():
    rows = [feed_row(), absent(record_id="other", site_id="other-site")]

    assert len(lines(composed(WIDE, rows))) == 3


def test_every_layout_that_ships_is_in_order():
    assert {name: list(layout_problems(each, WORDS)) for name, each in SHIPPED.items()} == {
        name: [] for name in SHIPPED
    }


def column(**changes):
    return Layout(name="own", columns=(Column(**{"name": "A", "source": "upn"} | changes),))


@pytest.mark.parametrize(
    ("layout", "key", "message"),
    [
        (column(source="upnn"), "column[1].from", "is no column of attendance-daily-1.0: did you mean 'upn'?"),
        (column(source=""), "column[1].from", "says where the value comes from: give either from or constant"),
        (column(constant="x"), "column[1].from", "says where the value comes from: give either from or constant"),
        (column(source="surname"), "column[1].identity", "must be true: names and dates of birth go only where the profile is identity"),
        (column(half="AM"), "column[1].session", "has no place here: the value is the same all day, or a row is one session"),
        (replace(column(source="attended"), rows=Rows.DAY), "column[1].session", 'is missing: in a row of a day say whose it is, "AM" or "PM"'),
        (replace(column(half="AM"), rows=Rows.DAY), "column[1].session", "has no place here: the value is the same all day, or a row is one session"),
        (replace(column(), columns=(*column().columns, *column().columns)), "column[2].name", "stands twice"),
        (replace(column(), codes={"upn": {"a": "b"}}), "codes.upn", "is no column with words of its own: its values cannot be mapped"),
        (replace(column(), codes={"session": {"am": "1"}}), "codes.session.am", "is no word of the column: they are AM, PM"),
        (replace(column(), codes={"attended": {"absent": "A", "not_recorded": "-"}}), "codes.attended.present", "is missing: say what each of the words becomes"),
        (replace(column(), codes={"attended": WIDE.codes["attended"] | {"not_recorded": "A"}}), "codes.attended.not_recorded", "is also what another word becomes: not recorded is neither present nor absent"),
        (replace(column(), date_format="dd/mm/yyyy"), "date", "lacks %d: day, month and year, or hour and minute, must be readable"),
        (replace(column(), date_format="%d/%m"), "date", "lacks %Y or %y: day, month and year, or hour and minute, must be readable"),
        (replace(column(), time_format="%H:%Q"), "time", "holds %Q, which is not used here: take %d %m %Y %H %M and the like"),
        (replace(column(), file_name="day.csv"), "file_name", "lacks {sequence}: a name is never used again for other content"),
        (replace(column(), file_name="{surname}_{sequence}.csv"), "file_name", "may hold {sender}, {destination}, {date}, {sequence}, {revision}, {edition}, and nothing else in braces"),
        (replace(column(), file_name="{sequence.real}.csv"), "file_name", "may hold {sender}, {destination}, {date}, {sequence}, {revision}, {edition}, and nothing else in braces"),
        (replace(column(), file_name="{sequence"), "file_name", "may hold {sender}, {destination}, {date}, {sequence}, {revision}, {edition}, and nothing else in braces"),
        (replace(column(), file_name="../{sequence}.csv"), "file_name", "must come to a plain file name: letters, digits, '.', '_' and '-', not ending in .json"),
        (replace(column(), file_name="{sequence}.json"), "file_name", "must come to a plain file name: letters, digits, '.', '_' and '-', not ending in .json"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_layout_is_told_with_its_key(layout, key, message):
    assert next(iter(layout_problems(layout, WORDS))) == (key, message)


def test_a_withdrawn_record_has_no_cell_but_its_own_in_the_published_layout():
    _, published = revise({}, [feed_row()], Profile.MINIMAL)
    rows, _ = revise(published, [], Profile.MINIMAL)

    feed = compose_feed(header(mode=Mode.CORRECTION, profile=Profile.MINIMAL), changed_only(published, rows))

    assert "P937400126001" not in feed.csv.decode()
    assert Session(WED, Half.AM) == feed_row().session
