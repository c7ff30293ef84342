"""A later notice of a case: what it says is new, what it takes the place of, and when nothing is sent at all."""

import pytest

from app.people.following import followed
from tests.app.builders import POLICY, event, mail

PRESENT = r"/\ ".strip()

#: A further rung of the ladder of days, told to the commissioner as well.
SEVEN = """
[[rule]]
id     = "seven-days-unexplained"
rows   = ["L-91"]
says   = "Seven days running without an explanation: the commissioner is asked to visit."
ladder = "days-unexplained"
rung   = 4
once_per = "run"
when   = { metric = "consecutive", unit = "school_day", category = "unexplained", at_least = 7 }

  [[rule.then]]
  kind = "task"
  to   = ["staff"]
  says = "Go with them."
  due_school_days = 1

  [[rule.then]]
  kind = "notice"
  to   = ["commissioner"]
  says = "Please visit the home with us."
  due_school_days = 1
"""


@pytest.fixture
def stand(build):
    stand = build(pupils={"p1": {"la_code": "937"}, "p2": {}})
    stand.policy = POLICY + SEVEN
    with stand.receiving():
        yield stand


def absent(stand, first, days, *, mark="NN", delivered=True):
    """Live through days without a word, each day's messages leaving when it is over."""
    for _ in range(days):
        stand.live(first, p1=mark, p2=PRESENT)
        if delivered:
            stand.deliver()
        first = f"{stand.relay.sites['lane'].calendar.nth_after(stand.clock().date(), 1):%a %Y-%m-%d}"


def corrected(stand, at, **texts):
    """Correct marks, written ``Mon_2026_11_02="//"``, and judge."""
    for when, text in texts.items():
        name, *iso = when.split("_")
        stand.drop(f"{name} {'-'.join(iso)}", p1=text)
    stand.pulled(f"{at} 09:30")
    stand.judged(f"{at} 09:45")


def of_the_ladder(stand, destination="warwickshire"):
    """The notices about days without an explanation, as one recipient was told them."""
    return [
        event(each)["data"]
        for each in stand.messages("notice")
        if each.destination == destination and each.payload and event(each)["data"]["rule"].endswith("-unexplained")
    ]


def to_commissioner(stand):
    """Rule, kind and state of what the commissioner was or was not told about the ladder, in order."""
    rules = {each.id: each.rule for each in stand.store.cases.of_school("lane")}
    return [
        f"{rules[each.cause]} {each.kind.removeprefix('notice.')} {each.state}"
        for each in stand.messages("notice")
        if each.address == "places@council.example" and rules[each.cause].endswith("-unexplained")
    ]


# --- a further rung ----------------------------------------------------------------------------------------------


def test_a_later_rung_of_a_case_updates_what_the_recipient_was_told(stand):
    absent(stand, "Mon 2026-11-02", 10)

    first, update = of_the_ladder(stand)
    assert (first["kind"], update["kind"]) == ("notification", "update")
    assert update["changes_since_last"] == ["rung_reached", "more_sessions_missed"]
    assert update["supersedes"] == first["notice_ref"]
    assert update["case_ref"] == first["case_ref"]
    assert "changes_since_last" not in first


def test_an_update_is_shown_under_the_notice_it_updates(stand):
    absent(stand, "Mon 2026-11-02", 7)

    first, update = [
        mail(each)
        for each in stand.messages("notice")
        if each.address == "places@council.example"
        and "days running without an explanation" in mail(each).get_body(("plain",)).get_content()
    ]
    assert first["In-Reply-To"] is None
    assert update["In-Reply-To"] == first["Message-ID"]
    assert update["References"] == f"{first['References']} {first['Message-ID']}"


def test_what_had_not_left_yet_gives_way_and_the_later_one_is_the_first(stand):
    absent(stand, "Mon 2026-11-02", 7, delivered=False)

    assert to_commissioner(stand) == [
        "five-days-unexplained notification cancelled",
        "seven-days-unexplained notification pending",
    ]


def test_what_gave_way_is_sent_after_all_when_the_later_one_is_taken_back(stand):
    absent(stand, "Mon 2026-11-02", 7, delivered=False)

    corrected(stand, "Wed 2026-11-11", Tue_2026_11_10="//")

    assert to_commissioner(stand) == [
        "five-days-unexplained notification cancelled",
        "seven-days-unexplained notification cancelled",
        "five-days-unexplained notification pending",
    ]


def test_a_later_one_taken_back_leaves_the_earlier_in_force_and_says_so(stand):
    absent(stand, "Mon 2026-11-02", 7)

    corrected(stand, "Wed 2026-11-11", Tue_2026_11_10="//")

    assert to_commissioner(stand) == [
        "five-days-unexplained notification delivered",
        "seven-days-unexplained update delivered",
        "seven-days-unexplained withdrawal pending",
    ]
    first, update, withdrawal = [each for each in stand.messages("notice") if _is_of_the_ladder(stand, each)]
    said = mail(withdrawal).get_body(("plain",)).get_content()
    assert f"This takes back our notice {update.subject_ref}." in said
    assert f"Our notice {first.subject_ref} before it still stands." in said


def _is_of_the_ladder(stand, message):
    rules = {each.id: each.rule for each in stand.store.cases.of_school("lane")}
    return message.address == "places@council.example" and rules[message.cause].endswith("-unexplained")


def test_when_all_of_a_case_is_taken_back_each_notice_is_in_order(stand):
    absent(stand, "Mon 2026-11-02", 7)

    corrected(stand, "Wed 2026-11-11", Wed_2026_11_04="//")
    stand.deliver()

    assert to_commissioner(stand) == [
        "five-days-unexplained notification delivered",
        "seven-days-unexplained update delivered",
        "five-days-unexplained withdrawal delivered",
        "seven-days-unexplained withdrawal delivered",
    ]


def test_what_was_taken_back_is_nothing_to_update(stand):
    absent(stand, "Mon 2026-11-02", 5)
    corrected(stand, "Mon 2026-11-09", Wed_2026_11_04="//")
    absent(stand, "Mon 2026-11-09", 3)

    assert to_commissioner(stand)[-1] == "five-days-unexplained notification delivered"


# --- a correction after which it still fires ----------------------------------------------------------------------


def test_a_run_that_a_correction_moves_is_an_update_and_no_withdrawal(stand):
    """He was there on Monday: five days running are reached on the next Monday instead."""
    absent(stand, "Mon 2026-11-02", 5)
    stand.drop("Mon 2026-11-02", p1="//")
    absent(stand, "Mon 2026-11-09", 1)

    first, update = of_the_ladder(stand)
    assert (update["kind"], update["supersedes"]) == ("update", first["notice_ref"])
    assert update["changes_since_last"] == ["more_sessions_missed", "register_corrected"]
    assert update["absence"]["first_missed_date"] == "2026-11-03"
    assert stand.decisions("five-days-unexplained") == [
        "Fri 2026-11-06 p1 five-days-unexplained withdrawn",
        "Mon 2026-11-09 p1 five-days-unexplained",
    ]


# --- nothing mechanical ------------------------------------------------------------------------------------------

#: A rule that fires on every day of a long absence: what Worcestershire asks nobody to pass on each time.
DAILY = """
[[rule]]
id       = "n-stands-two-school-days"
rows     = ["L-90"]
says     = "The commissioner is told of an N that still stands after two school days."
once_per = "day"
when     = { metric = "deadline", unit = "school_day", code = "N", after_school_days = 2 }

  [[rule.then]]
  kind = "notice"
  to   = ["commissioner"]
  says = "Please note."
  due_school_days = 2
"""


def daily(stand, *, limit=10):
    """What became of each day's notice to the commissioner, and why."""
    stand.policy = POLICY + DAILY
    stand.toml = stand.toml.replace("reread_days = 14", f"reread_days = 14\nupdate_after_school_days = {limit}")
    absent(stand, "Mon 2026-11-02", 7)
    rules = {each.id: each.rule for each in stand.store.cases.of_school("lane")}
    return [each for each in stand.messages("notice") if rules[each.cause] == "n-stands-two-school-days"]


def test_that_the_absence_goes_on_is_not_said_again_each_day(stand):
    first, *others = daily(stand)

    assert (first.kind, first.state) == ("notice.notification", "delivered")
    assert len(others) == 4
    assert {(each.kind, each.state) for each in others} == {("notice.update", "cancelled")}
    assert {each.reason for each in others} == {
        f"only that the absence goes on is new since notice {first.subject_ref}: it is too soon to say so"
    }


def test_it_is_said_again_once_the_operators_interval_is_over(stand):
    kinds = [f"{each.kind.removeprefix('notice.')} {each.state}" for each in daily(stand, limit=3)]

    assert kinds == [
        "notification delivered",
        "update cancelled",
        "update cancelled",
        "update delivered",
        "update cancelled",
    ]


def test_an_interval_of_none_says_it_each_time(stand):
    kinds = {each.state for each in daily(stand, limit=0)}

    assert kinds == {"delivered"}


def test_a_reason_that_came_in_is_said_at_once(stand):
    stand.policy = POLICY + DAILY
    absent(stand, "Mon 2026-11-02", 3)
    stand.drop("Mon 2026-11-02", p1="II")
    absent(stand, "Thu 2026-11-05", 1)

    last = [mail(each) for each in stand.messages("notice.update") if each.state == "delivered"][-1]
    assert "the reason for an absence is known now" in last.get_body(("plain",)).get_content()


def test_what_was_not_sent_is_not_tried_again_by_judging_again(stand):
    daily(stand)
    before = [(each.id, each.state) for each in stand.messages()]

    stand.at("Tue 2026-11-10 16:05").decide()
    stand.at("Tue 2026-11-10 16:10").decide()

    assert [(each.id, each.state) for each in stand.messages()] == before


def test_why_nothing_was_sent_is_among_what_followed_from_the_decision(stand):
    daily(stand)
    rows = [each for each in stand.store.cases.of_school("lane") if each.rule == "n-stands-two-school-days"]

    reasons = [each["reason"] for each in followed(stand.relay, "lane", "p1", rows)["messages"]]

    assert reasons[0] == ""
    assert all("it is too soon to say so" in each for each in reasons[1:])
