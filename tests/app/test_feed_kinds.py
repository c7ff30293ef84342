"""Layouts of a receiver's own, confirmations to home schools, and what is known of a call: as the store holds them."""

import pytest

from app.feeding import publish
from app.reading import read
from config.problems import ConfigErrors
from mapping.school_days import at_local
from outbox.multipart import split
from outbox.own_schema import misfit
from store.tasks import Task
from tests.app.builders import FEEDS, moment
from tests.builders import CANARY, day

MONDAY, TUESDAY = "Mon 2026-11-02", "Tue 2026-11-03"
OWN = """
says      = "Agreed with nobody: a test."
rows      = "day"
date      = "%d/%m/%Y"
file_name = "day_{sequence}.csv"

[[column]]
name = "Pupil"
from = "local_pupil_id"

[[column]]
name = "Date"
from = "date"

[[column]]
name    = "AM"
from    = "attended"
session = "AM"

[[column]]
name    = "PM"
from    = "attended"
session = "PM"
"""


def with_layout(stand, name, text=""):
    """Let Coventry take its feed in a layout."""
    stand.toml = stand.toml.replace('organisation = "331"', f'organisation = "331"\nlayout = "{name}"')
    if text:
        folder = stand.write() / "layouts"
        folder.mkdir()
        (folder / f"{name}.toml").write_text(text)
    return stand


def files(stand, destination="coventry"):
    """Return the name and text of each file sent, and its manifest's mode, in order."""
    messages = [each for each in stand.messages("feed.") if each.destination == destination]
    return [
        (part.file_name, part.content.decode().splitlines())
        for each in messages
        for part in split(each.content_type, each.payload)
        if part.name == "feed"
    ]


def final(stand, when):
    stand.pulled(f"{when} 15:45")
    publish(stand.at(f"{when} 16:15").relay)


# --- layouts -----------------------------------------------------------------------------------------------------------


def test_a_layout_costs_one_file(stand):
    with_layout(stand, "own", OWN)
    stand.drop(MONDAY, p1="N/", p2="//")
    final(stand, MONDAY)

    assert files(stand) == [
        ("day_1.csv", ["Pupil,Date,AM,PM", "p1,02/11/2026,absent,present", "p2,02/11/2026,present,present"])
    ]
    manifest = stand.feeds()[0].manifest
    assert (manifest["layout"], manifest["corrects_by"], manifest["rows"]) == ("own", "whole_day", 2)
    assert {misfit(each.kind, each.content_type, each.payload) for each in stand.messages("feed.")} == {None}


def test_a_correction_in_a_layout_without_revisions_is_the_whole_day_again(stand):
    with_layout(stand, "own", OWN)
    stand.drop(MONDAY, p1="N/", p2="//")
    final(stand, MONDAY)
    stand.drop(MONDAY, p1="I/")
    stand.placements[1]["la_code"] = "937"
    stand.toml = stand.toml
    final(stand, TUESDAY)

    again = next(each for each in stand.feeds() if each.manifest["revision"] == 2)
    assert (again.manifest["mode"], again.manifest["date_to"], len(again.rows)) == ("full_day", "2026-11-02", 2)


def test_a_withdrawn_record_is_missing_from_a_day_sent_again(stand):
    with_layout(stand, "own", OWN)
    stand.drop(MONDAY, p1="N/", p2="//")
    final(stand, MONDAY)
    stand.placements[0]["la_code"] = "937"
    stand.reread()
    final(stand, TUESDAY)

    again = next(each for each in stand.feeds() if each.manifest["revision"] == 2)
    assert again.column("Pupil", "AM") == ["p2 present"]


def test_a_day_in_a_layout_that_did_not_change_is_not_sent_again(stand):
    with_layout(stand, "own", OWN)
    stand.drop(MONDAY, p1="N/", p2="//")
    final(stand, MONDAY)
    final(stand, TUESDAY)

    assert [each.manifest["date_to"] for each in stand.feeds()] == ["2026-11-02", "2026-11-03"]


def test_a_layout_without_a_manifest_sends_one_file(stand):
    with_layout(stand, "example-session-marks")
    stand.drop(MONDAY, p1="N/", p2="//")
    final(stand, MONDAY)

    [message] = [each for each in stand.messages("feed.") if each.destination == "coventry"]
    assert len(split(message.content_type, message.payload)) == 1
    assert message.subject_ref.startswith("attendance-daily_1.0_lane-provision_coventry_20261102_000001_r1")


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("wide", "", "relay.toml: destination[1].layout: names no file in layouts/: choose from attendance-daily-1.0, example-session-marks, example-wide-am-pm"),
        ("own", OWN.replace('"date"', '"dat"'), "layouts/own.toml: column[2].from: is no column of attendance-daily-1.0: did you mean 'date'?"),
        ("own", OWN.replace("rows  ", "row   "), "layouts/own.toml: row: is not a key here: did you mean 'rows'?"),
        ("own", OWN.replace('= "day"', '= "pupil"'), "layouts/own.toml: rows: must be one of 'session' or 'day'"),
        ("own", OWN.replace("[[column]]", "[[colum]]"), "layouts/own.toml: column: is missing: give a [[column]] table for each column, in order"),
        ("own", OWN.replace("_{sequence}", ""), "layouts/own.toml: file_name: lacks {sequence}: a name is never used again for other content"),
        ("own", OWN + '[codes.attended]\nabsent = "A"\n', "layouts/own.toml: codes.attended.present: is missing: say what each of the words becomes"),
        ("attendance-daily-1.0", OWN, "layouts/attendance-daily-1.0.toml: is the published format, which nobody changes: give yours another file name"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_file_and_key(stand, name, text, problem):
    with_layout(stand, name, text)
    stand.write()

    with pytest.raises(ConfigErrors) as wrong:
        read(stand.settings)

    assert problem in map(str, wrong.value.problems)


# --- confirmations -----------------------------------------------------------------------------------------------------

CONFIRMED = """
[[destination]]
id           = "alder"
channel      = "folder"
organisation = "999001"
agreement    = "agreement 9"
agreed_on    = 2026-09-01
confirmed_on = 2026-09-01
legal_basis  = "public task"

  [destination.settings]
  path = "{folder}/warwickshire"

[[feed]]
destination     = "alder"
kind            = "confirmation"
home_school_urn = "999001"
"""


@pytest.mark.parametrize(
    ("arrangement", "marks", "told"),
    [
        ("school_commissioned", "/L", ["AM attended B N", "PM attended B Y"]),
        ("la_arranged", "/L", ["AM attended K N", "PM attended K Y"]),
        ("dual", "/N", ["AM attended D N", "PM did_not_attend D N"]),
        ("school_commissioned", "IN", ["AM did_not_attend  N", "PM did_not_attend  N"]),
        ("school_commissioned", "/-", ["AM attended B N", "PM not_known  N"]),
        ("dual", "--", ["AM not_known  N", "PM not_known  N"]),
        ("school_commissioned", "/X", ["AM attended B N"]),
        ("single", "//", []),
    ],
)
def test_a_home_school_learns_of_each_session_what_it_may_write(build, arrangement, marks, told):
    stand = build(pupils={"p1": {"arrangement": arrangement}}, more=CONFIRMED)
    stand.drop(MONDAY, p1=marks)
    final(stand, MONDAY)

    [feed] = stand.feeds("alder")
    assert feed.column("session", "attended", "suggested_home_code", "arrived_late") == told
    [message] = [each for each in stand.messages("feed.") if each.destination == "alder"]
    assert misfit(message.kind, message.content_type, message.payload) is None
    assert feed.manifest["mode"] == ("full_day" if told else "nil")


def test_a_confirmation_holds_no_name_and_no_reason_whatever_the_profile(build):
    stand = build(
        more=CONFIRMED.replace("999001", "999001", 1).replace('"public task"', '"public task"\nprofile = "identity"')
    )
    stand.drop(MONDAY, p1="IN", p2="//")
    final(stand, MONDAY)

    [message] = [each for each in stand.messages("feed.") if each.destination == "alder"]
    assert [name for name in (*CANARY, "2011-03-14") if name.encode() in message.payload] == []
    assert "national_code" not in stand.feeds("alder")[0].rows[0]


def test_a_mark_that_came_late_says_that_it_has_changed(build):
    stand = build(pupils={"p1": {}}, more=CONFIRMED)
    stand.drop(MONDAY, p1="-/")
    final(stand, MONDAY)
    stand.drop(MONDAY, p1="//")
    final(stand, TUESDAY)

    correction = next(each for each in stand.feeds("alder") if each.manifest["mode"] == "correction")
    assert correction.column("session", "attended", "changed_since", "revision") == ["AM attended Y 2"]


def test_a_confirmation_and_a_daily_feed_to_one_school_share_its_numbers(build):
    stand = build(more=CONFIRMED + '\n[[feed]]\ndestination = "alder"\nhome_school_urn = "999001"\n')
    stand.drop(MONDAY, p1="N/", p2="//")
    final(stand, MONDAY)

    assert [each.manifest["sequence"] for each in stand.feeds("alder")] == [1, 2]
    assert len({each.manifest["message_id"] for each in stand.feeds("alder")}) == 2


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('home_school_urn = "999001"\n', 'commissioner = "commissioner-1"\n', "feed[3]: is a confirmation, which goes to a home school: say whose pupils by home_school_urn"),
        ('"confirmation"', '"confirmed"', "feed[3].kind: must be one of 'daily' or 'confirmation': did you mean 'confirmation'?"),
        ('destination     = "alder"', 'destination     = "mail"', "feed[3].destination: goes by smtp, which takes no feeds: use folder, https"),
    ],
)  # fmt: skip
def test_a_confirmation_that_cannot_be_is_refused(build, old, new, problem):
    stand = build(more=CONFIRMED.replace(old, new), feeds=FEEDS)
    stand.write()

    with pytest.raises(ConfigErrors) as wrong:
        read(stand.settings)

    assert problem in str(wrong.value)


# --- calls -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "at", "told"),
    [
        ("reached", "10:00", "reached 2026-11-02T10:00:00Z"),
        ("visited_seen", "10:00", "reached 2026-11-02T10:00:00Z"),
        ("no_answer", "10:00", "not_reached 2026-11-02T10:00:00Z"),
        ("", "10:00", "not_tried "),
    ],
)
def test_what_a_task_of_the_day_noted_is_told_as_contact(stand, outcome, at, told):
    stand.drop(MONDAY, p1="N/", p2="//")
    stand.pulled(f"{MONDAY} 09:30")
    done_at = moment(f"{MONDAY} {at}")
    task = Task(
        id="t1", decision_id=None, school="lane", pupil_id="p1", role="staff", says="Ring home.",
        due_on=day(MONDAY), opened_at=done_at,
    )  # fmt: skip
    with stand.store.transaction():
        stand.store.tasks.add(task)
        stand.store.tasks.done("t1", done_at, "rang", method="call", outcome=outcome)

    publish(stand.at(f"{MONDAY} 16:15").relay)

    absence = stand.feeds()[-1].rows[0]
    assert f"{absence['contact_status']} {absence['contact_at']}" == told
    assert at_local(day(MONDAY), done_at.time()) == done_at
