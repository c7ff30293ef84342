"""Why something was sent, and why nothing was: every rule of the pupil's policy on one day."""

from datetime import date

import pytest

from app.people.answers import Answer
from app.people.explaining import explain
from tests.builders import CANARY, day


def explained(stand, on=None, pupil="p1"):
    """Return the one explanation as plain values."""
    [found] = explain(stand.relay, pupil, sites=list(stand.relay.sites.values()), day=day(on) if on else None)
    return found.as_json()


def rule(told, name):
    return next(each for each in told["rules"] if each["rule"] == name)


@pytest.fixture
def absent(stand):
    """Absent for three days with one register missing, then back, then absent again for two days."""
    stand.drop("Mon 2026-11-02", p1=r"NN -- NN NN /\ NN NN", p2=r"/\*7")
    stand.pulled("Tue 2026-11-10 15:45")
    stand.live("Wed 2026-11-11", p1=r"/\ ".strip(), p2=r"/\ ".strip())
    return stand


def test_a_rule_that_has_not_reached_its_number_says_what_was_measured_and_what_it_asks_for(absent):
    told = rule(explained(absent, "Tue 2026-11-10"), "three-days-unexplained")

    assert told["state"] == "did not fire"
    assert told["asks_for"] == "3 school days running absent without explanation"
    assert told["measured"].startswith("absent without explanation on 2 school days running: Mon 9 Nov to Tue 10 Nov")
    assert told["measured"].endswith("the rule asks for 3")
    assert told["counted"] == ["2026-11-09 AM", "2026-11-09 PM", "2026-11-10 AM", "2026-11-10 PM"]
    assert (told["ladder"], told["rung"], told["rows"]) == ("days-unexplained", 1, ("L-26",))


def test_a_rule_that_fired_names_its_sessions_and_those_not_recorded(absent):
    told = rule(explained(absent, "Thu 2026-11-05"), "three-days-unexplained")

    assert (told["state"], told["why_not"]) == ("fired", None)
    assert len(told["counted"]) == 6
    assert told["not_recorded"] == ["2026-11-03 AM", "2026-11-03 PM"]


def test_days_stepped_over_are_named_with_their_cause(build):
    stand = build()
    stand.live("Thu 2026-11-26", p1="NN .. NN", p2=r"/\ .. /\ ".strip())

    told = rule(explained(stand, "Mon 2026-11-30"), "three-days-unexplained")

    assert "2026-11-27 INSET day" in told["stepped_over"]


def test_a_rule_whose_condition_still_stands_says_when_it_fired(stand):
    stand.live("Mon 2026-11-02", p1="NN*4", p2=r"/\*4")

    told = rule(explained(stand), "three-days-unexplained")

    assert told["state"] == "holds"
    assert told["why_not"] == "fired already on 2026-11-04, and the condition still stands"
    assert told["fired_before"] == [date(2026, 11, 4)]


def test_a_rule_about_others_says_about_whom(absent):
    told = rule(explained(absent, "Tue 2026-11-10"), "floor-social-worker")

    assert told["why_not"] == "the rule is only about pupils with looked_after or social_worker"


def test_a_rule_that_needs_a_concern_says_that_none_stands(absent):
    told = rule(explained(absent, "Tue 2026-11-10"), "floor-unexplained-with-a-concern")

    assert told["why_not"] == "no safeguarding concern stands on that day"


def test_a_percentage_says_its_sessions_and_its_smallest_sample(absent):
    told = rule(explained(absent), "below-ninety")

    assert "possible sessions" in told["measured"]
    assert "not before 20 possible sessions" in told["asks_for"]


def test_a_muted_rule_says_until_when(build):
    stand = build()
    stand.holds = [
        {
            "pupil_id": "p1",
            "school": "lane",
            "rule": "three-days-unexplained",
            "author": "M Lee",
            "role": "head_of_provision",
            "reason": "agreed with the family",
            "first": "2026-11-02",
            "last": "2026-11-20",
        }
    ]
    stand.live("Mon 2026-11-02", p1="NN*3", p2=r"/\*3")

    told = rule(explained(stand, "Wed 2026-11-04"), "three-days-unexplained")

    assert (told["state"], told["why_not"]) == ("muted", "muted until 2026-11-20")


def test_what_was_decided_asked_and_sent_stands_below(stand):
    stand.live("Mon 2026-11-02", p1="NN*3", p2=r"/\*3")

    told = explained(stand)

    assert [(each["rule"], each["state"]) for each in told["decisions"]] == [
        ("three-days-absent", "standing"),
        ("three-days-unexplained", "standing"),
    ]
    assert [(each["role"], each["says"]) for each in told["tasks"] if "welfare" in each["says"]] == [
        ("staff", "Make a welfare check.")
    ]
    assert [(each["kind"], each["destination"]) for each in told["messages"]] == [
        ("notice.notification", "coventry"),
        ("notice.notification", "mail"),
        ("notice.notification", "mail"),
    ]


def test_decisions_standing_and_withdrawn_are_both_there(stand):
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2=r"/\*3")
    stand.drop("Tue 2026-11-03", p1="//")
    stand.pulled("Thu 2026-11-05 09:30")
    stand.judged("Thu 2026-11-05 09:45")

    told = explained(stand, "Wed 2026-11-04")

    states = {(each["rule"], each["state"]) for each in told["decisions"]}
    assert ("three-days-unexplained", "withdrawn") in states
    assert {each["state"] for each in told["messages"]} == {"cancelled"}
    assert {each["why_withdrawn"] is None for each in told["decisions"] if each["state"] == "withdrawn"} == {False}


def test_without_a_day_it_is_the_latest_school_day(absent):
    absent.at("Sun 2026-11-15 12:00")

    assert explained(absent)["day"] == date(2026, 11, 13)
    assert explained(absent, "Sat 2026-11-07")["day"] == date(2026, 11, 6)


@pytest.mark.parametrize(
    ("pupil", "on", "sentence"),
    [
        ("p9", None, "pupil p9: placements.csv has nobody of this id at lane"),
        ("p1", "Mon 2020-01-06", "pupil p1: no school day of lane lies on or shortly before 2020-01-06"),
    ],
)
def test_what_cannot_be_explained_is_said_in_a_sentence(stand, pupil, on, sentence):
    found = explain(stand.relay, pupil, sites=list(stand.relay.sites.values()), day=day(on) if on else None)

    assert isinstance(found, Answer)
    assert (found.is_ok, found.sentence) == (False, sentence)


def test_an_explanation_names_nobody(absent):
    assert not [name for name in CANARY if name in str(explained(absent))]
