"""What each destination is told of each school day, when, and what it is told afterwards."""

import pytest

from app.feeding import publish
from config.models import Feed
from tests.app.builders import contact

MINIMAL = ("local_pupil_id", "session", "attended")


def made(stand, destination="coventry"):
    return [str(each) for each in stand.feeds(destination)]


def a_day(stand, first="Mon 2026-11-02", **texts):
    """Bring a day's marks in the morning and in the afternoon, with everything that is due in between."""
    stand.drop(first, **(texts or {"p1": "N/", "p2": "//"}))
    for clock in ("09:30", "09:45", "12:30", "15:45", "16:00", "16:15"):
        stand.at(f"{first} {clock}").pull()
        stand.decide()


def test_the_morning_is_provisional_and_the_whole_day_is_final(stand):
    a_day(stand)

    assert made(stand) == ["Mon 2026-11-02 provisional full_day 2", "Mon 2026-11-02 final full_day 4"]
    provisional, final = stand.feeds()
    assert provisional.column(*MINIMAL) == ["p1 AM absent", "p2 AM present"]
    assert final.column(*MINIMAL) == ["p1 AM absent", "p2 AM present", "p1 PM present", "p2 PM present"]


def test_nothing_is_made_before_its_time_and_nothing_twice(stand):
    stand.drop("Mon 2026-11-02", p1="//", p2="//")
    stand.pulled("Mon 2026-11-02 09:30")

    publish(stand.at("Mon 2026-11-02 09:44").relay)
    assert made(stand) == []

    publish(stand.at("Mon 2026-11-02 09:45").relay)
    publish(stand.at("Mon 2026-11-02 16:14").relay)
    assert made(stand) == ["Mon 2026-11-02 provisional full_day 2"]


def test_promise_30_a_destination_without_pupils_that_day_gets_a_nil_file(build):
    """An empty day is reported as empty."""
    stand = build(pupils={"p1": {}, "p2": {"la_code": "937", "start_date": "2026-11-03"}})
    a_day(stand, p1="//")
    a_day(stand, "Tue 2026-11-03", p1="//", p2="//")

    assert made(stand, "warwickshire") == [
        "Mon 2026-11-02 provisional nil 0",
        "Mon 2026-11-02 final nil 0",
        "Tue 2026-11-03 provisional full_day 1",
        "Tue 2026-11-03 final full_day 2",
    ]


def test_a_day_on_which_the_only_school_is_closed_has_no_feed(stand):
    a_day(stand, "Thu 2026-11-26")

    for at in ("Fri 2026-11-27 09:45", "Fri 2026-11-27 16:15", "Sat 2026-11-28 16:15"):
        publish(stand.at(at).relay)

    assert [each for each in made(stand) if "11-27" in each or "11-28" in each] == []


def test_a_pupil_not_due_at_a_session_is_told_as_not_expected(build):
    stand = build(pupils={"p1": {"expected": "Mon AM;Tue AM"}, "p2": {}})
    a_day(stand, p1="/-", p2="//")

    _, final = stand.feeds()
    assert final.column("local_pupil_id", "session", "expected", "attended") == [
        "p1 AM Y present",
        "p2 AM Y present",
        "p1 PM N not_expected",
        "p2 PM Y present",
    ]


@pytest.mark.parametrize(
    ("sign", "told"),
    [
        ("/", "Y present / B  "),
        ("L", "Y late L B  "),
        ("N", "Y absent N N not_established not_tried"),
        ("I", "Y absent I I established not_needed"),
        ("[C2]", "N not_expected C2   "),
        ("X", "N not_expected X   "),
        ("B", "Y present B B  "),
        ("-", "Y not_recorded    "),
    ],
)
def test_what_a_code_becomes_in_a_row(stand, sign, told):
    a_day(stand, p1=f"{sign}/", p2="//")

    row = stand.feeds()[1].rows[0]
    names = ("expected", "attended", "national_code", "suggested_home_code", "reason_status", "contact_status")
    assert " ".join(row[name] for name in names) == told


@pytest.mark.parametrize(
    ("arrangement", "present", "absent"),
    [("school_commissioned", "B", "N"), ("la_arranged", "K", "N"), ("dual", "D", "D"), ("single", "/", "N")],
)
def test_the_code_suggested_to_the_home_school_follows_the_arrangement(build, arrangement, present, absent):
    stand = build(pupils={"p1": {"arrangement": arrangement}})
    a_day(stand, p1="/N")

    assert stand.feeds()[1].column("suggested_home_code") == [present, absent]


def test_a_mark_in_quarantine_is_told_as_not_recorded(stand):
    path = stand.drop("Mon 2026-11-02", p1="N/", p2="//")
    path.write_text(path.read_text().replace(",AM,N", ",AM,H"))
    stand.pulled("Mon 2026-11-02 15:45")
    publish(stand.at("Mon 2026-11-02 16:15").relay)

    final = stand.feeds()[-1]
    assert (final.rows[0]["attended"], final.rows[0]["national_code"]) == ("not_recorded", "")
    assert final.manifest["registers"] == "1 of 2"


# --- corrections -------------------------------------------------------------------------------------------------


def test_a_correction_holds_only_what_changed_and_says_so(stand):
    a_day(stand)

    stand.drop("Mon 2026-11-02", p1="I/")
    stand.pulled("Tue 2026-11-03 09:30")
    publish(stand.at("Tue 2026-11-03 16:15").relay)

    correction = next(each for each in stand.feeds() if each.manifest["mode"] == "correction")
    assert (str(correction), correction.manifest["revision"]) == ("Mon 2026-11-02 final correction 1", 3)
    assert correction.column(*MINIMAL, "national_code", "revision", "record_state") == ["p1 AM absent I 2 current"]


def corrected(stand, text, *, on):
    """Change Monday's marks of the first pupil in the morning of a later day, and see that day to its end."""
    stand.drop("Mon 2026-11-02", p1=text)
    stand.pulled(f"{on} 09:30")
    publish(stand.at(f"{on} 16:15").relay)


def test_revisions_rise_with_each_change_and_only_then(stand):
    a_day(stand)
    corrected(stand, "I/", on="Tue 2026-11-03")
    corrected(stand, "C/", on="Wed 2026-11-04")
    corrected(stand, "M/", on="Thu 2026-11-05")

    corrections = [each for each in stand.feeds() if each.manifest["mode"] == "correction"]
    assert [each.column("local_pupil_id", "session", "revision") for each in corrections] == [
        ["p1 AM 2"],
        ["p1 AM 3"],
        ["p1 AM 4"],
    ]


def test_a_mark_changed_and_changed_back_is_told_with_the_time_of_the_last_change(stand):
    a_day(stand)

    stand.drop("Mon 2026-11-02", p1="I/")
    stand.pulled("Tue 2026-11-03 09:30")
    stand.drop("Mon 2026-11-02", p1="N/")
    stand.pulled("Tue 2026-11-03 12:30")
    publish(stand.at("Tue 2026-11-03 16:15").relay)

    [correction] = [each for each in stand.feeds() if each.manifest["mode"] == "correction"]
    assert correction.column("national_code", "changed_at") == ["N 2026-11-03T12:30:00Z"]


def test_corrections_leave_once_a_day_after_the_final_feed(stand):
    a_day(stand)

    stand.drop("Mon 2026-11-02", p1="I/")
    stand.pulled("Tue 2026-11-03 09:30")
    publish(stand.at("Tue 2026-11-03 09:45").relay)
    publish(stand.at("Tue 2026-11-03 16:00").relay)

    assert [each for each in made(stand) if "correction" in each] == []


def test_a_pupil_who_was_never_theirs_is_withdrawn_from_one_and_told_to_the_other(stand):
    a_day(stand)

    stand.placements[0]["la_code"] = "937"
    stand.reread()
    stand.pulled("Tue 2026-11-03 09:30")
    publish(stand.at("Tue 2026-11-03 16:15").relay)

    [theirs] = [each for each in stand.feeds("coventry") if each.manifest["mode"] == "correction"]
    [ours] = [each for each in stand.feeds("warwickshire") if each.manifest["mode"] == "correction"]
    assert theirs.column("revision", "record_state", "local_pupil_id") == ["2 withdrawn ", "2 withdrawn "]
    assert ours.column(*MINIMAL, "revision") == ["p1 AM absent 1", "p1 PM present 1"]
    assert {row["record_id"] for row in theirs.rows} == {row["record_id"] for row in ours.rows}


def test_a_placement_that_did_not_change_the_past_corrects_nothing(stand):
    a_day(stand)

    stand.placements[0]["end_date"] = "2026-11-06"
    stand.placements[1]["surname"] = "Another"
    stand.reread()
    stand.pulled("Tue 2026-11-03 09:30")
    publish(stand.at("Tue 2026-11-03 16:15").relay)

    assert [each for each in made(stand) if "correction" in each] == []


# --- downtime and sequence ---------------------------------------------------------------------------------------


def test_downtime_makes_up_every_final_edition_and_no_provisional(stand):
    a_day(stand)
    stand.drop("Tue 2026-11-03", p1="// //", p2="// //")
    stand.pulled("Thu 2026-11-05 12:30")
    publish(stand.at("Thu 2026-11-05 12:30").relay)

    assert made(stand)[2:] == [
        "Thu 2026-11-05 provisional full_day 2",
        "Tue 2026-11-03 final full_day 4",
        "Wed 2026-11-04 final full_day 4",
    ]


def test_the_sequence_of_a_destination_has_no_gaps_whatever_was_made(stand):
    a_day(stand)
    stand.drop("Mon 2026-11-02", p1="I/")
    a_day(stand, "Tue 2026-11-03")
    a_day(stand, "Fri 2026-11-06")

    numbers = [each.manifest["sequence"] for each in stand.feeds()]
    assert numbers == list(range(1, 10))
    assert [each.manifest["previous_sequence"] for each in stand.feeds()] == [None, *numbers[:-1]]


def test_a_relay_started_in_the_evening_makes_the_final_edition_alone(stand):
    stand.drop("Mon 2026-11-02", p1="//", p2="//")
    stand.pulled("Mon 2026-11-02 17:00")
    stand.decide()

    assert made(stand) == ["Mon 2026-11-02 final full_day 4"]
    assert [each.manifest["revision"] for each in stand.feeds()] == [1]


def test_feeds_leave_in_order_and_are_taken(stand):
    with stand.receiving() as (authority, _):
        stand.drop("Mon 2026-11-02", p1="N/", p2="//")
        for clock in ("09:45", "16:15"):
            stand.pulled(f"Mon 2026-11-02 {clock}")
            publish(stand.relay)
            stand.deliver()

    assert [each.kind for each in authority.ledger.received] == ["feed", "feed"]
    assert authority.ledger.problems == ()
    assert stand.told("feed") == [
        "feed.full_day to coventry delivered",
        "feed.nil to warwickshire delivered",
        "feed.full_day to coventry delivered",
        "feed.nil to warwickshire delivered",
    ]


def test_a_feed_that_cannot_be_made_does_not_stop_the_others(stand):
    """One feed without a selector, which no configuration that was checked holds."""
    broken = Feed.model_construct(destination="coventry", la_code=None, editions=("final",))
    object.__setattr__(stand.relay.operator, "feeds", (broken, stand.relay.operator.feeds[1]))
    stand.drop("Mon 2026-11-02", p1="//", p2="//")
    stand.pulled("Mon 2026-11-02 15:45")

    decided = stand.at("Mon 2026-11-02 16:15").decide()

    [problem] = decided.problems
    assert problem.startswith("feed to coventry: failed unexpectedly: StopIteration at models.py:")
    assert made(stand, "warwickshire") == ["Mon 2026-11-02 final nil 0"]


def test_the_minimal_profile_has_no_names_and_the_identity_profile_has(build):
    stand = build()
    stand.toml = stand.toml.replace('organisation = "937"', 'organisation = "937"\nprofile = "identity"')
    stand.placements[0]["la_code"] = "937"
    a_day(stand, p1="//", p2="//")

    assert "surname" not in stand.feeds("coventry")[0].rows[0]
    assert stand.feeds("warwickshire")[0].column("surname", "forename") == ["Quillfeather Ottoline"]


def test_when_a_mark_was_made_and_changed_is_told(stand):
    stand.drop("Mon 2026-11-02", p1="N-")
    stand.pulled("Mon 2026-11-02 09:30")
    stand.drop("Mon 2026-11-02", p1="I-")
    stand.pulled("Mon 2026-11-02 12:30")
    publish(stand.at("Mon 2026-11-02 16:15").relay)

    final = stand.feeds()[-1]
    assert final.column("local_pupil_id", "session", "marked_at", "changed_at") == [
        "p1 AM 2026-11-02T09:30:00Z 2026-11-02T12:30:00Z",
        "p2 AM  2026-11-02T00:00:00Z",
        "p1 PM  2026-11-02T00:00:00Z",
        "p2 PM  2026-11-02T00:00:00Z",
    ]


def test_nothing_is_published_of_a_school_in_the_holidays(stand):
    publish(stand.at("Mon 2026-12-21 16:15").relay)

    assert stand.messages("feed") == []


def test_contacts_have_no_part_in_feeds(stand):
    stand.contacts = [contact("staff", "lane-provision", address="staff@lane.example")]
    a_day(stand)

    assert len(stand.feeds()) == 2
