"""More notices than on an ordinary day wait together, and whoever must know is told the same minute."""

import pytest

from app.safety import held
from tests.app.builders import mail

PUPILS = {f"p{number}": {} for number in range(1, 41)}


@pytest.fixture
def school(build):
    """Forty pupils."""
    return build(pupils=PUPILS, feeds="")


def three_days(stand, absent):
    """Let so many pupils be absent without explanation on Monday to Wednesday, and the others present."""
    marks = {name: "NN NN NN" if number < absent else r"/\ /\ /\ " for number, name in enumerate(PUPILS)}
    stand.live("Mon 2026-11-02", **{name: text.strip() for name, text in marks.items()})


@pytest.mark.parametrize(
    ("absent", "is_held"),
    [
        pytest.param(13, False, id="less than a third of the roll"),
        pytest.param(14, True, id="one more"),
        pytest.param(38, True, id="a snow day"),
    ],
)
def test_more_than_a_third_of_the_roll_is_too_many(school, absent, is_held):
    three_days(school, absent)

    assert {each.hold.partition("/")[0] for each in school.messages("notice.")} == {"mass" if is_held else ""}


def test_a_small_school_may_have_a_bad_day(build):
    stand = build(pupils={"p1": {}, "p2": {}, "p3": {}}, feeds="")
    stand.live("Mon 2026-11-02", p1="NN NN NN", p2="NN NN NN", p3="NN NN NN")

    assert {each.hold for each in stand.messages("notice.")} == {""}


def test_none_of_them_leaves_and_the_same_minute_somebody_knows(school):
    with school.receiving() as (authority, _):
        three_days(school, 38)
        school.deliver()

        assert authority.ledger.received == ()
    alerts = [each for each in school.messages("alert") if "mass" in each.idempotency_key]
    assert [each.address for each in alerts] == ["it@lane.example", "dsl@lane.example"]
    assert {each.state for each in alerts} == {"delivered"}
    text = " ".join(mail(alerts[0]).get_content().split())
    assert "114 new notices about 38 pupils of 40; on an ordinary day it is about 0." in text


def test_a_second_run_adds_nothing(school):
    three_days(school, 38)
    count = len(school.messages())
    school.judged("Wed 2026-11-04 16:15")

    assert len(school.messages()) == count


def test_it_is_shown_as_what_changed_in_which_registers(school):
    three_days(school, 38)
    [row] = held.holds(school.relay)
    shown = held.show(school.relay, row["hold"].removeprefix("mass/"))

    assert [(each["rule"], each["messages"], each["pupils"]) for each in shown["by_rule"]] == [
        ("three-days-absent", 114, 38)
    ]
    assert shown["by_recipient"][1] == {
        "role": "home_school",
        "organisation": "999001",
        "destination": "mail",
        "messages": 38,
    }
    assert shown["registers"][0] == {
        "session": "Mon 2026-11-02 AM",
        "pupils": 38,
        "codes": {"N": 38},
        "first_seen_at": "2026-11-02T15:45:00+00:00",
    }


def test_what_follows_on_the_same_day_joins_it(school):
    """Five more at the next pull would be nothing by themselves."""
    three_days(school, 33)
    more = dict.fromkeys(list(PUPILS)[33:38], "NN")
    for first in ("Mon 2026-11-02", "Tue 2026-11-03", "Wed 2026-11-04"):
        school.drop(first, **more)
    school.pulled("Wed 2026-11-04 17:00")
    school.judged("Wed 2026-11-04 17:15")

    assert len(held.holds(school.relay)) == 2
    assert {each.hold.partition("/")[0] for each in school.messages("notice.")} == {"mass"}


@pytest.mark.parametrize(("verb", "state"), [("release", "delivered"), ("cancel", "cancelled")])
def test_somebody_who_has_looked_releases_or_cancels_it(school, verb, state):
    with school.receiving():
        three_days(school, 14)
        [row] = held.holds(school.relay)
        answer = getattr(held, verb)(school.relay, row["hold"], by="head_of_provision", note="it was the flu")
        school.deliver()
        again = getattr(held, verb)(school.relay, row["hold"], by="head_of_provision", note="it was the flu")

    assert (
        answer.sentence == f"{row['hold']}: 42 messages {verb.removesuffix('e')}{'led' if verb == 'cancel' else 'ed'}"
    )
    assert {each.state for each in school.messages("notice.")} == {state}
    assert again.is_ok
    assert "nothing is left" in again.sentence
    assert school.decisions("three-days-absent")[0] == "Wed 2026-11-04 p1 three-days-absent"


def test_released_it_still_waits_for_an_address_that_nobody_confirmed(school):
    school.contacts[2]["confirmed_on"] = ""
    with school.receiving():
        three_days(school, 14)
        [row] = [each for each in held.holds(school.relay) if each["hold"].startswith("mass/")]
        answer = held.release(school.relay, row["hold"], by="head_of_provision", note="it was the flu")

    assert answer.sentence.endswith("28 messages released; 14 still wait for another check")
    assert {each.hold for each in school.messages("notice.")} == {"", "unconfirmed"}


def test_nobody_looking_is_put_to_more_people_the_same_day_and_the_next(school):
    with school.receiving():
        three_days(school, 38)
        for moment in ("Wed 2026-11-04 16:59", "Wed 2026-11-04 17:00", "Wed 2026-11-04 17:15", "Thu 2026-11-05 08:00"):
            school.at(moment).deliver()

    late = [each for each in school.messages("alert") if "waits" in each.idempotency_key]
    assert [each.address for each in late] == ["it@lane.example", "dsl@lane.example", "head@lane.example"] * 2


@pytest.mark.parametrize(
    ("share", "is_held"), [("1.0", False), ("0.01", True)], ids=["told never", "told always, from six pupils"]
)
def test_the_share_is_the_operators_to_set(school, share, is_held):
    school.toml += f"\n[safety]\nmass_share = {share}\nmass_notices = 1000\n"
    three_days(school, 6)

    assert {bool(each.hold) for each in school.messages("notice.")} == {is_held}


def test_the_one_real_referral_does_not_wait_for_a_surge_of_others(build):
    """Two pupils have been missing for ten days when snow is taken for absence: their floor leaves, the rest waits."""
    stand = build(pupils=PUPILS, feeds="")
    names = list(PUPILS)
    for monday, days in (("Mon 2026-11-02", 5), ("Mon 2026-11-09", 2)):
        present, absent = (r"/\ " * days).strip(), ("OO " * days).strip()
        stand.live(monday, **dict.fromkeys(names, present) | dict.fromkeys(names[:2], absent))
    stand.live("Wed 2026-11-11", **dict.fromkeys(names, "OO OO OO"))

    pressing = [each for each in stand.messages("notice.") if each.created_at.day == 13]
    holds = {stand.store.cases.get(each.cause).rule: each.hold.partition("/")[0] for each in pressing}
    assert holds["three-days-absent"] == "mass"
    assert holds["floor-ten-days-unauthorised"] == ""


def test_a_surge_of_notices_counts_only_against_an_ordinary_day(build):
    """Sixty notices are many for a school with two a day, and nothing for one with thirty."""
    stand = build(pupils=PUPILS, feeds="")
    stand.toml += "\n[safety]\nmass_share = 1.0\nmass_notices = 20\n"
    three_days(stand, 10)

    assert {each.hold.partition("/")[0] for each in stand.messages("notice.")} == {"mass"}


def test_registers_corrected_at_the_source_cancel_what_was_held_and_nobody_is_asked_again(school):
    with school.receiving():
        three_days(school, 38)
        for first in ("Mon 2026-11-02", "Tue 2026-11-03", "Wed 2026-11-04"):
            school.drop(first, **dict.fromkeys(PUPILS, "//"))
        school.pulled("Thu 2026-11-05 09:30")
        school.judged("Thu 2026-11-05 09:45")
        school.deliver()

    assert {each.state for each in school.messages("notice.")} == {"cancelled"}
    assert held.holds(school.relay) == []
    assert not [each for each in school.messages("alert") if "waits" in each.idempotency_key]


def test_in_a_trial_nobody_has_to_look(school):
    school.toml += '\n[safety]\nmode = "trial"\ntrial_addresses = ["it@lane.example"]\n'
    three_days(school, 38)

    assert {each.hold for each in school.messages("notice.")} == {"trial"}
