"""A policy that changes: what was decided stays as it was made, and old days go on being judged by the old policy."""

import tomllib

import pytest

from app.judging.versions import read_back, written
from tests.app.builders import POLICY, event

NOTICE = "three-days-absent"
#: The second version calls after four days instead of three.
FOUR = POLICY.replace('version    = "1"', 'version    = "2"').replace(
    'once_per = "run"\nwhen = { metric = "consecutive", unit = "school_day", category = "absent", at_least = 3 }',
    'once_per = "run"\nwhen = { metric = "consecutive", unit = "school_day", category = "absent", at_least = 4 }',
)


def follow(stand, policy):
    stand.policy = policy
    stand.reread()


def versions(stand):
    return [f"{each.fired_on:%a %d} v{each.policy_version} {each.state}" for each in kept(stand) if each.rule == NOTICE]


def kept(stand):
    return stand.store.cases.of_school("lane")


def test_the_second_version_is_another():
    assert FOUR.count("at_least = 4") == 1


def test_what_an_earlier_version_decided_stays(stand):
    stand.live("Mon 2026-11-02", p1="NN*3", p2=r"/\*3")
    follow(stand, FOUR)
    stand.live("Thu 2026-11-05", p1=r"/\ ".strip(), p2=r"/\ ".strip())

    assert versions(stand) == ["Wed 04 v1 standing"]
    assert stand.messages("notice.withdrawal") == []


def test_a_new_version_judges_from_its_first_day_on(stand):
    stand.live("Mon 2026-11-02", p1=r"/\*3", p2=r"/\*3")
    follow(stand, FOUR)
    stand.live(
        "Thu 2026-11-05",
        p1="NN*4",
        p2="NN*3",
    )

    assert versions(stand) == ["Tue 10 v2 standing"]


def test_an_old_day_corrected_is_judged_by_the_policy_of_that_day(stand):
    with stand.receiving():
        stand.live("Mon 2026-11-02", p1="NN*3", p2=r"NN /\ NN")
        stand.deliver()
        follow(stand, FOUR)
        stand.live("Thu 2026-11-05", p1=r"/\ ".strip(), p2=r"/\ ".strip())
        stand.drop("Tue 2026-11-03", p1="//", p2="NN")
        stand.pulled("Fri 2026-11-06 09:30")
        stand.judged("Fri 2026-11-06 09:45")

    assert sorted(
        f"{each.pupil_id} v{each.policy_version} {each.state}" for each in kept(stand) if each.rule == NOTICE
    ) == [
        "p1 v1 withdrawn",
        "p2 v1 standing",
    ]
    [taken_back] = [each for each in stand.messages("notice.withdrawal") if each.destination == "coventry"]
    assert event(taken_back)["data"]["policy_version"] == "1"


def test_a_rule_changed_without_a_new_version_takes_nothing_back_either(stand):
    stand.live("Mon 2026-11-02", p1="NN*3", p2=r"/\*3")
    follow(stand, FOUR.replace('version    = "2"', 'version    = "1"'))
    stand.drop("Mon 2026-11-02", p1="OO")
    stand.live("Thu 2026-11-05", p1=r"/\ ".strip(), p2=r"/\ ".strip())

    assert versions(stand) == ["Wed 04 v1 standing"]


def test_a_policy_that_cannot_be_read_any_more_leaves_its_days_alone(stand):
    stand.live("Mon 2026-11-02", p1="NN*3", p2=r"/\*3")
    follow(stand, FOUR)
    stand.live("Thu 2026-11-05", p1=r"/\ ".strip(), p2=r"/\ ".strip())
    with stand.store.transaction():
        stand.store._connection.write(
            "UPDATE policy_in_force SET content = replace(content, 'consecutive', 'no such metric') WHERE first_day = ''"
        )
    stand.drop("Tue 2026-11-03", p1="//")
    stand.pulled("Fri 2026-11-06 09:30")

    assert stand.judged("Fri 2026-11-06 09:45").problem is None
    assert versions(stand) == ["Wed 04 v1 standing"]


def test_a_policy_changed_twice_before_it_judged_a_day_was_followed_once(stand):
    stand.live("Mon 2026-11-02", p1=r"/\ ".strip(), p2=r"/\ ".strip())
    for policy in (FOUR, FOUR.replace('version    = "2"', 'version    = "3"')):
        follow(stand, policy)
        stand.judged("Tue 2026-11-03 09:00")

    in_force = stand.store.records.in_force("lane")
    assert [(f"{each.first_day}", each.version) for each in in_force] == [("0001-01-01", "1"), ("2026-11-03", "3")]


@pytest.mark.parametrize("text", [POLICY, 'a = 2026-09-01\nb = 09:30:00\nc = [{ d = 1.5, e = true }]\nf = "Ŵ"'])
def test_a_policy_is_kept_to_the_last_date_and_time(text):
    assert read_back(written(tomllib.loads(text))) == tomllib.loads(text)
